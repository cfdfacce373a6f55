//! From a plugin's file to its instances: compiled, taken from the cache, and swapped while it
//! serves.

#![expect(
    clippy::cast_precision_loss,
    reason = "counts and nanoseconds of a run have fewer digits"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use raisfast_contract::ScriptLanguage;
use raisfast_runtime::Runtime;

use super::{
    Guest, Progress,
    deployed::{self, Directory, Loaded},
};
use crate::report::{Figure, Report, Unit};

/// The name of the figures about the benchmark's own plugin in the report.
pub const SCENARIO: &str = "loading";
const COMPILED: &str = "compiled, to 4 instances";
const CACHED: &str = "cached, to 4 instances";

/// The scenarios of scripts, which are never compiled.
pub(crate) const SCRIPTS: [(&str, ScriptLanguage); 3] = [
    ("loading a JavaScript script", ScriptLanguage::JavaScript),
    ("loading a Lua script", ScriptLanguage::Lua),
    ("loading a Rhai script", ScriptLanguage::Rhai),
];

/// The time that the ways to load a plugin have taken, in nanoseconds, round by round.
#[derive(Default)]
struct Samples {
    compiled: Vec<f64>,
    cached: Vec<f64>,
    reload_compiled: Vec<f64>,
    reload_cached: Vec<f64>,
    changed_file: Vec<f64>,
}

/// Loads a plugin in each way, `rounds` times. It has to give posts a slug in `on-post-creating`.
pub fn measure(
    scenario: &str,
    guest: &Guest,
    rounds: usize,
    report: &mut Report,
    progress: Progress,
) -> Result<()> {
    let workers = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let samples = workers.block_on(async {
        let loading = Loading::prepare(&guest.with("[hooks.on-post-creating]\n")).await?;
        let mut samples = Samples::default();
        for round in 0..rounds {
            progress(scenario, round as f64 / rounds as f64);
            loading.round(round, &mut samples).await?;
        }
        anyhow::Ok(samples)
    })?;
    describe(scenario, samples, report);
    Ok(())
}

/// Loads a script, and changes its file while it serves, `rounds` times. Its interpreter was
/// compiled before, as it is after the first script of its language.
pub(crate) fn measure_script(
    scenario: &str,
    guest: &Guest,
    rounds: usize,
    report: &mut Report,
    progress: Progress,
) -> Result<()> {
    let workers = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let (mut loaded, mut changed) = (Vec::new(), Vec::new());
    workers.block_on(async {
        let loading = Loading::prepare(&guest.with("[hooks.on-post-creating]\n")).await?;
        for round in 0..rounds {
            progress(scenario, round as f64 / rounds as f64);
            loaded.push(loading.load(&loading.caching).await?);
            let new = loading.guest.variant(u32::try_from(round)? + 1);
            changed.push(loading.change(&new).await?);
        }
        anyhow::Ok(())
    })?;
    for (name, samples) in [
        ("to 4 instances", loaded),
        ("changed file, to an answer", changed),
    ] {
        report.add(Figure::of(scenario, name, Unit::Nanoseconds, samples));
    }
    Ok(())
}

/// The plugin to load, and the place to load it.
struct Loading {
    guest: Guest,
    directory: Directory,
    /// Without a cache.
    compiling: Runtime,
    caching: Runtime,
    _cache: tempfile::TempDir,
    /// Plugins that serve while they are replaced: by request, and by changing the file.
    asked: (Directory, Loaded),
    watched: (Directory, Loaded),
}

impl Loading {
    async fn prepare(guest: &Guest) -> Result<Self> {
        let cache = tempfile::tempdir()?;
        let caching = deployed::runtime(Some(cache.path()))?;
        let (asked, watched) = (Directory::with(guest).await?, Directory::with(guest).await?);
        let served = asked.load(&caching, false).await?;
        let followed = watched.load(&caching, true).await?;
        Ok(Self {
            guest: guest.clone(),
            directory: Directory::with(guest).await?,
            compiling: deployed::runtime(None)?,
            caching,
            _cache: cache,
            asked: (asked, served),
            watched: (watched, followed),
        })
    }

    async fn round(&self, round: usize, samples: &mut Samples) -> Result<()> {
        samples.compiled.push(self.load(&self.compiling).await?);
        samples.cached.push(self.load(&self.caching).await?);
        // A binary that was never there, which is then known.
        let new = self.guest.variant(u32::try_from(round)? + 1);
        samples.reload_compiled.push(self.reload(&new).await?);
        samples
            .reload_cached
            .push(self.reload(&self.guest.variant(1)).await?);
        samples.changed_file.push(self.change(&new).await?);
        Ok(())
    }

    async fn load(&self, runtime: &Runtime) -> Result<f64> {
        let begun = Instant::now();
        let loaded = self.directory.load(runtime, false).await?;
        let took = nanoseconds(begun.elapsed());
        loaded.call(&Arc::new(deployed::post())).await?;
        loaded.end().await;
        Ok(took)
    }

    /// From an administrator's request to the answer of the new version.
    async fn reload(&self, wasm: &[u8]) -> Result<f64> {
        let (directory, loaded) = &self.asked;
        directory.replace(wasm)?;
        let post = Arc::new(deployed::post());
        let begun = Instant::now();
        loaded.reload().await?;
        loaded.call(&post).await?;
        Ok(nanoseconds(begun.elapsed()))
    }

    /// From the change of the file to the answer of the new version, which was compiled before.
    async fn change(&self, wasm: &[u8]) -> Result<f64> {
        let (directory, loaded) = &self.watched;
        let former = loaded.generation();
        let post = Arc::new(deployed::post());
        let begun = Instant::now();
        directory.replace(wasm)?;
        loaded.later_than(former).await?;
        loaded.call(&post).await?;
        Ok(nanoseconds(begun.elapsed()))
    }
}

fn nanoseconds(took: Duration) -> f64 {
    took.as_nanos() as f64
}

fn describe(scenario: &str, samples: Samples, report: &mut Report) {
    // Round by round, because the machine is not equally fast in all of them.
    let pairs = samples.cached.iter().zip(&samples.compiled);
    let ratios = pairs.map(|(cached, compiled)| cached / compiled).collect();
    let ratio = Figure::of("", "", Unit::Count, ratios);
    report.add_ratio(format!("{scenario}: cached ÷ compiled"), ratio.median);
    for (name, samples) in [
        (COMPILED, samples.compiled),
        (CACHED, samples.cached),
        (
            "reload on request, compiled, to an answer",
            samples.reload_compiled,
        ),
        (
            "reload on request, cached, to an answer",
            samples.reload_cached,
        ),
        ("changed file, cached, to an answer", samples.changed_file),
    ] {
        report.add(Figure::of(scenario, name, Unit::Nanoseconds, samples));
    }
}
