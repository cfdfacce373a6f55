//! Versions follow each other on three servers while clients write through a balancer.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use raisfast_tests::{
    ChildServer, Client, Cluster, DatabaseServer, Manifest, eventually_within, guest,
};
use serde_json::json;
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinSet};

use crate::SERVER;

const PLUGIN: &str = "com.example.lifecycle";
const CLIENTS: usize = 4;
/// The longest time between the first server with a version and the last.
const MOST: Duration = Duration::from_secs(5);

/// An answered request.
#[derive(Debug, Clone)]
struct Served {
    server: usize,
    version: String,
    begun: Instant,
    ended: Instant,
}

/// Clients that write, each to the next server, and note which version has served them.
struct Load {
    clients: JoinSet<()>,
    stop: watch::Sender<bool>,
    served: Arc<Mutex<Vec<Served>>>,
}

impl Load {
    fn begin(servers: &[ChildServer]) -> Self {
        let admins: Arc<[Client]> = servers.iter().map(|server| server.admin.clone()).collect();
        let (stop, served, turn) = (
            watch::Sender::new(false),
            Arc::default(),
            Arc::new(AtomicUsize::new(0)),
        );
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let client = write(
                Arc::clone(&admins),
                stop.subscribe(),
                Arc::clone(&served),
                Arc::clone(&turn),
            );
            clients.spawn(client);
        }
        Self {
            clients,
            stop,
            served,
        }
    }

    fn served(&self) -> Vec<Served> {
        self.served.lock().expect("nobody panics with it").clone()
    }

    /// Waits until each server has served a request that began from now on, and returns those.
    async fn goes_on(&self) -> Vec<Served> {
        let begun = Instant::now();
        eventually_within(Duration::from_secs(30), "each server serves", || async {
            let since: Vec<_> = self.served();
            let since: Vec<_> = since.into_iter().filter(|it| it.begun >= begun).collect();
            let has = |server| since.iter().any(|it| it.server == server);
            (0..3).all(has).then_some(since)
        })
        .await
    }

    /// Stops it. A request that has failed panics here.
    async fn end(self) {
        self.stop.send_replace(true);
        self.clients.join_all().await;
    }
}

/// Writes until it is stopped. Each request has to succeed.
async fn write(
    admins: Arc<[Client]>,
    stop: watch::Receiver<bool>,
    served: Arc<Mutex<Vec<Served>>>,
    turn: Arc<AtomicUsize>,
) {
    let post = json!({ "title": "One", "content": "", "status": "draft" });
    while !*stop.borrow() {
        let next = turn.fetch_add(1, Relaxed) % admins.len();
        let begun = Instant::now();
        let answer = admins[next].post("/api/v1/posts", &post).await.expect(201);
        let excerpt = answer["excerpt"].as_str().unwrap_or_default();
        // `version <v> instance …`
        let version = excerpt.split(' ').nth(1).unwrap_or_default().to_owned();
        let ended = Instant::now();
        served.lock().expect("nobody panics with it").push(Served {
            server: next,
            version,
            begun,
            ended,
        });
    }
}

/// A plugin's folder that an operator has built.
fn built(version: &str, setting: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = Manifest::new(PLUGIN, &["on-post-creating"])
        .version(version)
        .with(&format!("[config]\nversion = \"{version}\"\n{setting}"));
    fs::write(folder.path().join("manifest.toml"), manifest.text()).expect("a manifest");
    fs::write(folder.path().join("plugin.wasm"), guest("lifecycle")).expect("a wasm");
    folder
}

async fn install(server: &ChildServer, folder: &Path) -> (bool, String) {
    let folder = folder.to_str().expect("UTF-8");
    server.command(SERVER, &["plugin", "install", folder]).await
}

/// Asserts that all servers went from one version to the other within the time that they may take.
fn followed(served: &[Served], before: &str, after: &str) {
    let of = |version| served.iter().filter(move |it| it.version == version);
    let first = of(after).map(|it| it.ended).min();
    let first = first.expect("a server has it");
    let mut last = BTreeMap::new();
    for it in of(before) {
        let begun = last.entry(it.server).or_insert(it.begun);
        *begun = it.begun.max(*begun);
    }
    for (server, begun) in last {
        let late = begun.saturating_duration_since(first);
        assert!(late < MOST, "server {server} has {before} for {late:?}");
    }
    let others = served
        .iter()
        .filter(|it| it.version != before && it.version != after);
    assert_eq!(others.count(), 0, "no other version serves");
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_follow_each_other_under_load_and_no_request_fails() {
    let cluster = Cluster::on(DatabaseServer::Postgres).await;
    let mut servers = Vec::new();
    for name in ["one", "two", "three"] {
        servers.push(cluster.process(name).start_child(SERVER, "").await);
    }
    let (is_done, said) = install(&servers[0], built("1.0.0", "").path()).await;
    assert!(is_done, "{said}");
    let load = Load::begin(&servers);
    let before = load.goes_on().await;
    assert!(before.iter().all(|it| it.version == "1.0.0"), "{before:?}");

    let (is_done, said) = install(&servers[1], built("2.0.0", "").path()).await;
    assert!(is_done, "{said}");
    let after = load.goes_on().await;
    assert!(after.iter().all(|it| it.version == "2.0.0"), "{after:?}");
    followed(&load.served(), "1.0.0", "2.0.0");

    let then = load.served().len();
    let broken = built("3.0.0", "on-load = \"refuse\"");
    let (is_done, said) = install(&servers[2], broken.path()).await;
    assert!(
        !is_done && said.contains("on-load does not like it here"),
        "{said}"
    );
    load.goes_on().await;
    let since = load.served().split_off(then);
    assert!(
        since.iter().all(|it| it.version == "2.0.0"),
        "it serves nowhere"
    );

    let back = ["plugin", "rollback", PLUGIN];
    let (is_done, said) = servers[0].command(SERVER, &back).await;
    assert!(is_done, "{said}");
    let after = load.goes_on().await;
    assert!(after.iter().all(|it| it.version == "1.0.0"), "{after:?}");
    followed(&load.served().split_off(then), "2.0.0", "1.0.0");
    load.end().await;
}
