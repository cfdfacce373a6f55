//! The host as a server runs it: plugins in folders, counted calls, a snapshot of the bus a
//! request.

use std::{
    future::Future,
    hint::black_box,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use raisfast_contract::{
    PluginId,
    hook::{
        Filter, FilterHtml, OnContentCreating, OnContentUpdating, OnLogin, OnPostCreating,
        RenderMarkdown,
    },
};
use raisfast_health::Health;
use raisfast_hooks::Bus;
use raisfast_plugins::{PluginState, Plugins, PluginsOptions, RememberNothing};
use raisfast_runtime::{Runtime, RuntimeOptions};
use tempfile::TempDir;

use super::{Setup, capabilities::capabilities, event, post_as_json};
use crate::{Contender, Work, scenario::Guest};

/// Plugins that do one work.
pub struct Host {
    calls: Calls,
    workers: tokio::runtime::Runtime,
    /// The plugins that the calls reach.
    _plugins: Plugins,
    _folder: TempDir,
}

/// Makes one call after the other, as many as it is told, and gives the last answer and the time
/// that all took.
type Calls = Arc<dyn Fn(u64) -> Pin<Box<dyn Future<Output = Result<Called>> + Send>> + Send + Sync>;

struct Called {
    answer: String,
    took: Duration,
}

impl Host {
    /// Starts a number of plugins that all do the work, one after the other.
    pub fn start(setup: &Setup, work: &Work, plugins: u32) -> Result<Self> {
        Self::of(setup, &setup.guest(work)?, work, plugins)
    }

    /// The same with any plugin.
    pub(super) fn of(setup: &Setup, guest: &Guest, work: &Work, plugins: u32) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        for number in 1..=plugins {
            guest.deploy(folder.path(), number)?;
        }
        let workers = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let health = Arc::new(Health::default());
        let bus = Bus::gated(health.clone(), health.clone());
        let plugins = workers.block_on(async {
            let options = PluginsOptions {
                folder: folder.path().to_owned(),
                hot_reload: true,
                runtime: Runtime::new(RuntimeOptions {
                    cache: Some(setup.cache.path().to_owned()),
                    ..RuntimeOptions::default()
                })?,
                bus: bus.clone(),
                health,
                capabilities: capabilities().await?,
                releases: Arc::new(RememberNothing),
                switches: Arc::new(RememberNothing),
                identities: Arc::new(RememberNothing),
                ticks: Arc::new(RememberNothing),
                settings: Arc::new(RememberNothing),
                ceilings: raisfast_plugins::Ceilings::default(),
                succession: raisfast_plugins::Succession::default(),
                patience: std::time::Duration::from_mins(1),
                config: std::collections::HashMap::default(),
                safe_mode: raisfast_plugins::SafeMode::Off,
                way_out: |_| None,
            };
            anyhow::Ok(Plugins::start(options).await?)
        })?;
        if let Some(failed) = plugins
            .list()
            .into_iter()
            .find(|plugin| plugin.state != PluginState::Running)
        {
            return Err(anyhow!(
                "the benchmark's plugin does not run: {}",
                failed.last_error.unwrap_or_default()
            ));
        }
        Ok(Self {
            calls: calls(bus, work)?,
            workers,
            _plugins: plugins,
            _folder: folder,
        })
    }

    fn call(&self, times: u64) -> Result<Called> {
        let calls = (self.calls)(times);
        // On this thread, as every contender: a core of its own could be a quicker or a slower one.
        self.workers.block_on(calls)
    }
}

impl Contender for Host {
    fn answer(&mut self) -> Result<String> {
        Ok(self.call(1)?.answer)
    }

    fn run(&mut self, times: u64) -> Result<Duration> {
        Ok(self.call(times)?.took)
    }
}

fn calls(bus: Bus, work: &Work) -> Result<Calls> {
    Ok(match work {
        Work::Login => logins(bus, Guest::id(1).parse()?),
        Work::Post(post) => filters::<OnPostCreating>(bus, post.clone().into(), post_as_json),
        Work::Html(html) | Work::Fib(html) => {
            filters::<FilterHtml>(bus, html.as_str().into(), str::to_owned)
        }
        Work::HostCall => {
            let page = format!("data:{}", Work::KEY);
            filters::<FilterHtml>(bus, page.into(), str::to_owned)
        }
        Work::Markdown(text) => renderings(bus, text.as_str().into()),
        Work::Digest(text) => {
            filters::<OnContentUpdating>(bus, event(text).into(), |event| event.data.clone())
        }
        Work::Json(json) => {
            filters::<OnContentCreating>(bus, event(json).into(), |event| event.data.clone())
        }
    })
}

fn filters<H: Filter>(bus: Bus, value: Arc<H::Value>, text: fn(&H::Value) -> String) -> Calls {
    Arc::new(move |times| {
        let (bus, value) = (bus.clone(), Arc::clone(&value));
        Box::pin(async move {
            let mut last = None;
            let began = Instant::now();
            for _ in 0..times {
                // Before the next call, as every contender's answer goes.
                drop(last.take());
                let hooks = bus.snapshot();
                last = Some(hooks.filter::<H>(Arc::clone(&value), |_| Ok(())).await?);
            }
            let took = began.elapsed();
            let answer = last.as_deref().map(text).unwrap_or_default();
            Ok(Called { answer, took })
        })
    })
}

fn renderings(bus: Bus, markdown: Arc<str>) -> Calls {
    Arc::new(move |times| {
        let (bus, markdown) = (bus.clone(), Arc::clone(&markdown));
        Box::pin(async move {
            let mut last = String::new();
            let began = Instant::now();
            for _ in 0..times {
                drop(std::mem::take(&mut last));
                let hooks = bus.snapshot();
                last = hooks
                    .first::<RenderMarkdown>(Arc::clone(&markdown), |_| Ok(()))
                    .await
                    .context("the benchmark's plugin rendered nothing")?;
            }
            let took = began.elapsed();
            Ok(Called { answer: last, took })
        })
    })
}

/// Past the outbox, which is not part of a call.
fn logins(bus: Bus, plugin: PluginId) -> Calls {
    let user: Arc<str> = "ann".into();
    Arc::new(move |times| {
        let (bus, plugin, user) = (bus.clone(), plugin.clone(), Arc::clone(&user));
        Box::pin(async move {
            let began = Instant::now();
            for _ in 0..times {
                let hooks = bus.snapshot();
                let called = hooks.call_on::<OnLogin>(&plugin, (Arc::clone(&user),), None);
                let raisfast_hooks::Called::Ended(ended) = called.await else {
                    bail!("nobody subscribes to on-login");
                };
                black_box(ended?);
            }
            let took = began.elapsed();
            let answer = String::new();
            Ok(Called { answer, took })
        })
    })
}
