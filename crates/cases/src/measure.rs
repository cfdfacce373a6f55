//! The costs of a plugin: to load, to call, to keep.

use std::{
    collections::BTreeSet,
    fs,
    num::NonZeroUsize,
    sync::Arc,
    time::{Duration, Instant},
};

use raisfast_contract::{HookName, hook::OnPostCreating};
use raisfast_runtime::{Runtime, RuntimeOptions};
use raisfast_testkit::{CallError, LoadError, PostInput, Sandbox, SandboxedPlugin};
use serde::{Serialize, Serializer};

use crate::conformance::Subject;

/// Bytes of the post's content in a measured call.
const CONTENT: usize = 2 << 10;
/// Calls before anything is measured: collectors and caches get warm.
const WARM: usize = 200;
const BATCHES: usize = 21;
const CALLS: u32 = 50;
/// Instances over which memory is spread.
const INSTANCES: u8 = 8;

/// The costs of one conformance plugin on this machine, in this build of the host.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measurements {
    /// Bytes of the file.
    pub bytes: u64,
    /// From the file to code that can run, when it is seen for the first time.
    #[serde(rename = "cold_load_ms", serialize_with = "milliseconds")]
    pub cold_load: Duration,
    /// The same with the compiled code in the cache.
    #[serde(rename = "cached_load_ms", serialize_with = "milliseconds")]
    pub cached_load: Duration,
    /// One call of `on-post-creating` with 2 KiB of content, in an instance that has been called
    /// before; the median of 21 rounds.
    #[serde(rename = "call_ns", serialize_with = "nanoseconds")]
    pub call: Duration,
    /// Bytes of the machine's memory that a further instance takes after its first call. None where
    /// the system does not tell.
    pub instance_bytes: Option<u64>,
}

fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64() * 1e3)
}

fn nanoseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    time.as_nanos().serialize(serializer)
}

/// The reason why a plugin could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// It cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It fails when it is called.
    #[error(transparent)]
    Call(#[from] CallError),
    /// There is no place for a cache.
    #[error("a folder for the compiled code cannot be made: {0}")]
    Folder(#[from] std::io::Error),
}

/// Measures a conformance plugin. Takes about twice what compiling it takes.
///
/// # Errors
///
/// Where the plugin does not load, or fails.
pub async fn measure(subject: &Subject) -> Result<Measurements, MeasureError> {
    let wasm = fs::read(subject.folder().join("plugin.wasm"))?;
    let bytes = wasm.len() as u64;
    let loads = tokio::task::spawn_blocking(move || loads(&wasm));
    let (cold_load, cached_load) = loads.await.map_err(std::io::Error::other)??;

    let before = resident();
    let one = sandbox(subject, NonZeroUsize::MIN).await?;
    call(&one).await?;
    let with_one = resident();
    let several = NonZeroUsize::MIN.saturating_add(INSTANCES.into());
    let many = sandbox(subject, several).await?;
    for _ in 0..several.get() {
        call(&many).await?;
    }
    let with_many = resident();
    drop(many);
    let instance_bytes = before
        .zip(with_one)
        .zip(with_many)
        .map(|((before, one), many)| {
            // A sandbox costs something too; it is in both.
            let further = (many - one) - (one - before);
            u64::try_from(further / i64::from(INSTANCES)).unwrap_or(0)
        });

    for _ in 0..WARM {
        call(&one).await?;
    }
    let mut batches = Vec::with_capacity(BATCHES);
    for _ in 0..BATCHES {
        let began = Instant::now();
        for _ in 0..CALLS {
            call(&one).await?;
        }
        batches.push(began.elapsed() / CALLS);
    }
    batches.sort();
    Ok(Measurements {
        bytes,
        cold_load,
        cached_load,
        call: batches[BATCHES / 2],
        instance_bytes,
    })
}

/// The first load and one after it, each by an engine of its own.
fn loads(wasm: &[u8]) -> Result<(Duration, Duration), MeasureError> {
    let cache = tempfile::tempdir()?;
    let hooks = BTreeSet::from(HookName::ALL);
    let load = || -> Result<Duration, LoadError> {
        let runtime = Runtime::new(RuntimeOptions {
            cache: Some(cache.path().to_owned()),
            ..RuntimeOptions::default()
        })?;
        let began = Instant::now();
        runtime.load(wasm, &hooks)?;
        Ok(began.elapsed())
    };
    Ok((load()?, load()?))
}

async fn sandbox(subject: &Subject, instances: NonZeroUsize) -> Result<SandboxedPlugin, LoadError> {
    let sandbox = Sandbox::new().with_instances(instances);
    sandbox.load(subject.folder()).await
}

async fn call(plugin: &SandboxedPlugin) -> Result<(), CallError> {
    let post = PostInput {
        title: "Hello World".into(),
        content: "x".repeat(CONTENT),
        ..PostInput::default()
    };
    plugin
        .call::<OnPostCreating>((Arc::new(post),))
        .await
        .map(drop)
}

/// Bytes of this process in the machine's memory, where the system tells.
fn resident() -> Option<i64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes << 10)
}
