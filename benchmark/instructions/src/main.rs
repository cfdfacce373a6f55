//! Hook calls in production's wiring, to be run under callgrind by `cargo xtask instructions`.
//!
//! Each call is made in batches of two sizes, several rounds of them. A batch is one run of
//! [`batch`], the one function whose instructions are counted, and a line of a file with its size
//! and the call's name, in the order of the batches.

mod capabilities;

use std::{
    env,
    fs::{self, File},
    io::Write,
    path::Path,
    sync::Arc,
};

use anyhow::{Context, Result, bail, ensure};
use raisfast_contract::{
    PluginId, PostInput,
    hook::{FilterHtml, OnLogin, OnPostCreating, RenderMarkdown},
};
use raisfast_health::Health;
use raisfast_hooks::{Bus, Called, Hooks};
use raisfast_plugins::{PluginState, Plugins, PluginsOptions, RememberNothing};
use raisfast_runtime::{Runtime, RuntimeOptions};
use tempfile::TempDir;
use tokio::runtime::Runtime as Tokio;

/// Calls in the two batches: their difference counts ten calls, and nothing of the way in and out.
const SIZES: [u32; 2] = [1, 11];

/// Rounds of batches. The clock's ticks cost whatever call they fall into, so the smallest count is
/// the call's; a batch is short beside the time between two ticks.
const ROUNDS: u32 = 15;

const WARM_UP: u32 = 20;

/// The hooks of the plugin that waits for nothing.
const HOOKS: &str = "[hooks.on-login]\n[hooks.on-post-creating]\n[hooks.filter-html]\n";

/// The hook of the plugin that waits for the host.
const HTML_HOOK: &str = "[hooks.filter-html]\n";

fn main() -> Result<()> {
    let mut arguments = env::args_os().skip(1);
    let (Some(guests), Some(batches)) = (arguments.next(), arguments.next()) else {
        bail!(
            "name the folder of the benchmark's guests and a file for the batches, or run `cargo xtask instructions`"
        );
    };
    let guest = |name: &str| {
        let path = Path::new(&guests).join(name).join("plugin.wasm");
        fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))
    };
    let (plugin_wasm, waiting_wasm) = (guest("plugin")?, guest("waiting")?);
    let mut counter = Counter {
        // As in a server, with threads that a long call could leave its own for. The calls are made
        // on this one.
        tokio: tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?,
        batches: File::create(batches)?,
    };
    let compiled = tempfile::tempdir()?;
    let runtime = Runtime::new(RuntimeOptions {
        // A guest is compiled once for all its plugins, which takes most of the time.
        cache: Some(compiled.path().join("aot")),
        // Six are made. Each reserves 8 GiB of address space, of which valgrind has 64 in one
        // piece.
        max_instances: 6,
        ..RuntimeOptions::default()
    })?;
    let start = |wasm, hooks, plugins| {
        let host = Host::start(&runtime, wasm, hooks, plugins);
        counter.tokio.block_on(host)
    };
    let one = start(&plugin_wasm, HOOKS, 1)?;
    let four = start(&plugin_wasm, HOOKS, 4)?;
    let waiting = start(&waiting_wasm, HTML_HOOK, 1)?;

    fill_holes(16_000);

    let (plugin, user) = (plugin(0), Arc::from("0197c9f0-6c1e-7b3a-9d55-1c2e3f405162"));
    counter.count("on-login", async || {
        let params = (Arc::clone(&user),);
        let called = one.hooks().call_on::<OnLogin>(&plugin, params, None).await;
        ensure!(matches!(called, Called::Ended(Ok(()))), "{called:?}");
        Ok(())
    })?;
    let post = Arc::new(PostInput {
        title: "A Post of Some Length".into(),
        content: "It was a bright cold day. ".repeat(80),
        ..PostInput::default()
    });
    let html = Arc::from("<p>It was a bright cold day.</p>\n".repeat(64));
    let key = Arc::from("data:colour");
    counter.count("on-post-creating, 2 KB", async || {
        filtered(&one, &post).await
    })?;
    counter.count("a chain of 4, 2 KB", async || filtered(&four, &post).await)?;
    counter.count("filter-html, 2 KB", async || {
        let answer = one
            .hooks()
            .filter::<FilterHtml>(Arc::clone(&html), |_| Ok(()))
            .await?;
        ensure!(answer.ends_with("<!-- filtered -->"), "{answer}");
        Ok(())
    })?;
    counter.count("filter-html with a get-data", async || {
        let answer = waiting
            .hooks()
            .filter::<FilterHtml>(Arc::clone(&key), |_| Ok(()))
            .await?;
        ensure!(*answer == *capabilities::VALUE, "{answer}");
        Ok(())
    })?;
    counter.count("a hook nobody subscribes to", async || {
        let answer = one
            .hooks()
            .first::<RenderMarkdown>("*".into(), |_| Ok(()))
            .await;
        ensure!(answer.is_none(), "{answer:?}");
        Ok(())
    })?;
    Ok(())
}

/// Takes this many blocks of the heap that were given back. Which they are differs with the moments
/// at which threads ran; without them the calls' larger blocks come from the heap's end, in every
/// run alike.
fn fill_holes(blocks: usize) {
    // Larger than those that the allocator keeps ready for each thread.
    const BYTES: usize = 1_040;
    for _ in 0..blocks {
        Box::leak(vec![0_u8; BYTES].into_boxed_slice());
    }
}

/// Plugins as a server has them, with a bus.
struct Host {
    bus: Bus,
    /// They serve while this lives.
    _plugins: Plugins,
    _folder: TempDir,
}

impl Host {
    async fn start(runtime: &Runtime, wasm: &[u8], hooks: &str, plugins: usize) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        for number in 0..plugins {
            install(folder.path(), &plugin(number), wasm, hooks)?;
        }
        let health = Arc::new(Health::default());
        let bus = Bus::gated(health.clone(), health.clone());
        let started = Plugins::start(PluginsOptions {
            folder: folder.path().to_owned(),
            hot_reload: false,
            runtime: runtime.clone(),
            bus: bus.clone(),
            health,
            capabilities: capabilities::capabilities(),
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
        })
        .await?;
        for status in started.list() {
            ensure!(
                matches!(status.state, PluginState::Running),
                "the guest does not run: {:?}",
                status.last_error
            );
        }
        Ok(Self {
            bus,
            _plugins: started,
            _folder: folder,
        })
    }

    /// Returns the hooks as a request takes them.
    fn hooks(&self) -> Hooks {
        self.bus.snapshot()
    }
}

fn plugin(number: usize) -> PluginId {
    format!("com.example.counted-{number}")
        .parse()
        .expect("a reverse domain name")
}

fn install(folder: &Path, id: &PluginId, wasm: &[u8], hooks: &str) -> Result<()> {
    let folder = folder.join(id.as_str());
    fs::create_dir(&folder)?;
    fs::write(folder.join("plugin.wasm"), wasm)?;
    let manifest = format!(
        "[plugin]\nid = \"{id}\"\nname = \"Counted\"\nversion = \"1.0.0\"\nentry = \"plugin.wasm\"\n\
         [pool]\nsize = 1\n{hooks}"
    );
    Ok(fs::write(folder.join("manifest.toml"), manifest)?)
}

async fn filtered(host: &Host, post: &Arc<PostInput>) -> Result<()> {
    let answer = host
        .hooks()
        .filter::<OnPostCreating>(Arc::clone(post), |_| Ok(()))
        .await?;
    ensure!(
        answer.slug.as_deref() == Some("a-post-of-some-length"),
        "{answer:?}"
    );
    Ok(())
}

/// Makes calls in batches and notes each batch.
struct Counter {
    tokio: Tokio,
    batches: File,
}

impl Counter {
    fn count(&mut self, name: &str, call: impl AsyncFn() -> Result<()>) -> Result<()> {
        for _ in 0..WARM_UP {
            self.tokio.block_on(call())?;
        }
        for _ in 0..ROUNDS {
            for size in SIZES {
                fill_holes(64);
                batch(&mut || {
                    self.tokio.block_on(async {
                        for _ in 0..size {
                            call().await?;
                        }
                        Ok(())
                    })
                })?;
                writeln!(self.batches, "{size} {name}")?;
            }
        }
        Ok(())
    }
}

/// Makes the calls that are counted. Its name stands on callgrind's command line, so it must stay a
/// function of its own.
#[inline(never)]
fn batch(calls: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    std::hint::black_box(calls())
}
