//! One server under load.

#![expect(
    clippy::cast_precision_loss,
    reason = "counts and nanoseconds of a run have fewer digits"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use hyper::Method;
use serde_json::{Value, json};

use super::super::{
    Guest,
    connection::Connection,
    server_process::{ServerHome, ServerProcess},
};

/// Connections that are used at the same time.
const CONNECTIONS: usize = 8;
/// Requests of each connection in a batch.
const REQUESTS: usize = 40;
const CONTENT: usize = 2_000;
/// The longest time that actions may lag behind the posts of a batch.
const ACTIONS_DEADLINE: Duration = Duration::from_secs(30);

/// The content of a batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Load {
    Post,
    Get,
}

/// A server with its connections.
pub(super) struct Loaded {
    plugins: u32,
    _process: ServerProcess,
    admin: Connection,
    connections: Vec<Connection>,
    /// Posts that were written, from which their titles are counted.
    posts: usize,
    slugs: Arc<Vec<String>>,
    batches: [Batches; 2],
    _home: ServerHome,
}

/// The results of the batches of one load.
#[derive(Default)]
pub(super) struct Batches {
    /// Requests a second, one for each batch.
    pub(super) throughput: Vec<f64>,
    /// Nanoseconds, one for each request.
    pub(super) latencies: Vec<f64>,
    /// Nanoseconds that 99 % of a batch's requests did not exceed, one for each batch.
    pub(super) slowest: Vec<f64>,
}

impl Loaded {
    pub(super) async fn start(guest: &Guest, plugins: u32) -> Result<Self> {
        let home = ServerHome::new()?;
        let directory = home.plugins("all");
        for number in 1..=plugins {
            guest.deploy_variant(&directory, number)?;
        }
        let process = home.start(&directory).await?;
        let admin = process.connect_as_admin().await?;
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(admin.another().await?);
        }
        let mut server = Self {
            plugins,
            _process: process,
            admin,
            connections,
            posts: 0,
            slugs: Arc::default(),
            batches: <[Batches; 2]>::default(),
            _home: home,
        };
        server.first_posts().await?;
        // Until then all connections to the database are open, and caches warm.
        server.batch(Load::Post).await?;
        server.batch(Load::Get).await?;
        server.batches = <[Batches; 2]>::default();
        Ok(server)
    }

    /// Returns the results so far of the batches of a load.
    pub(super) fn batches(&self, load: Load) -> &Batches {
        &self.batches[load as usize]
    }

    /// Writes the posts that are read later, and checks that the plugin takes part.
    async fn first_posts(&mut self) -> Result<()> {
        let mut slugs = Vec::new();
        for _ in 0..CONNECTIONS * REQUESTS {
            let post = post(self.posts);
            self.posts += 1;
            let answer = self
                .admin
                .send(Method::POST, "/api/v1/posts", post)
                .await?
                .json(201)?;
            slugs.push(
                answer["slug"]
                    .as_str()
                    .context("a post has a slug")?
                    .to_owned(),
            );
        }
        self.slugs = Arc::new(slugs);
        self.actions_have_run().await?;
        Ok(())
    }

    /// Sends one batch of requests over all connections.
    pub(super) async fn batch(&mut self, load: Load) -> Result<()> {
        let (posts, begun) = (self.posts, Instant::now());
        let callers: Vec<_> = std::mem::take(&mut self.connections)
            .into_iter()
            .enumerate()
            .map(|(caller, connection)| {
                let first = posts + caller * REQUESTS;
                tokio::spawn(requests(connection, load, first, Arc::clone(&self.slugs)))
            })
            .collect();
        let mut latencies = Vec::with_capacity(CONNECTIONS * REQUESTS);
        for caller in callers {
            let (connection, took) = caller.await??;
            self.connections.push(connection);
            latencies.extend(took);
        }
        let mut ended = Instant::now();
        if load == Load::Post {
            self.posts += CONNECTIONS * REQUESTS;
            ended = self.actions_have_run().await?.unwrap_or(ended);
        }
        let batches = &mut self.batches[load as usize];
        let requests = latencies.len() as f64;
        batches
            .throughput
            .push(requests / (ended - begun).as_secs_f64());
        latencies.sort_by(f64::total_cmp);
        batches.slowest.push(latencies[latencies.len() * 99 / 100]);
        batches.latencies.extend(latencies);
        Ok(())
    }

    /// Waits until every plugin's action has run for every post, and returns when that was seen;
    /// none if they had all run before. Fails if a hook has failed.
    pub(super) async fn actions_have_run(&mut self) -> Result<Option<Instant>> {
        let posts = self.posts as u64;
        let deadline = Instant::now() + ACTIONS_DEADLINE;
        let mut waited = None;
        loop {
            let answer = self
                .admin
                .send(Method::GET, "/api/v1/admin/plugins", "")
                .await?;
            let listed = answer.json(200)?;
            let plugins = listed["items"].as_array().context("plugins are listed")?;
            ensure!(
                plugins.len() == self.plugins as usize,
                "not all plugins are there"
            );
            let calls = plugins
                .iter()
                .map(|plugin| {
                    Ok((
                        calls(plugin, "on-post-creating")?,
                        calls(plugin, "on-post-created")?,
                    ))
                })
                .collect::<Result<Vec<_>>>()?;
            if calls.iter().all(|&calls| calls == (posts, posts)) {
                return Ok(waited);
            }
            ensure!(
                Instant::now() < deadline,
                "of {posts} posts the plugins' filters and actions have seen {calls:?}"
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
            waited = Some(Instant::now());
        }
    }
}

/// One connection's share of a batch, and how long each request took, in nanoseconds.
async fn requests(
    mut connection: Connection,
    load: Load,
    first: usize,
    slugs: Arc<Vec<String>>,
) -> Result<(Connection, Vec<f64>)> {
    let mut latencies = Vec::with_capacity(REQUESTS);
    for number in first..first + REQUESTS {
        let begun = Instant::now();
        let (answer, expected) = match load {
            Load::Post => (
                connection
                    .send(Method::POST, "/api/v1/posts", post(number))
                    .await?,
                201,
            ),
            Load::Get => {
                let path = format!("/api/v1/posts/{}", slugs[number % slugs.len()]);
                (connection.send(Method::GET, &path, "").await?, 200)
            }
        };
        latencies.push(begun.elapsed().as_nanos() as f64);
        ensure!(
            answer.status == expected,
            "{}: {}",
            answer.status,
            answer.text()
        );
    }
    Ok((connection, latencies))
}

/// A post of which there is no other.
fn post(number: usize) -> String {
    let content = "All work and no play. ".repeat(CONTENT / 22);
    json!({ "title": format!("Number {number} of many"), "content": content, "status": "published" })
        .to_string()
}

/// Returns the number of calls of a plugin's hook, if none failed.
fn calls(plugin: &Value, hook: &str) -> Result<u64> {
    let hooks = plugin["hooks"].as_array().context("a plugin has hooks")?;
    let found = hooks.iter().find(|found| found["hook"] == hook);
    let found = found.with_context(|| format!("the plugin does not subscribe to {hook}"))?;
    ensure!(
        found["errors"] == 0,
        "{hook} has failed: {}",
        plugin["last_error"]
    );
    found["calls"].as_u64().context("calls are counted")
}
