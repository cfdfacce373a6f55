//! A plugin on its way: compiled beside the server's work, with progress in the log and for
//! administrators.
//!
//! It begins when a folder is found whose wasm is not in the cache, and ends when the code is there
//! and its instances are made, when it turns out that it cannot be loaded, or when nobody wants it
//! any more: the folder has changed again or is gone, or an administrator has turned the plugin
//! off. Whatever ran before goes on meanwhile.
//!
//! Small files are usually compiled in a moment, so that a start, and an administrator,
//! [wait](Begun::settled) for them, but not for long: nobody knows what compiling a file takes.

use std::{
    pin::pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use raisfast_contract::timestamp;
use serde::Serialize;
use tokio::time::{Instant, timeout};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::AbortOnDropHandle,
};

use crate::{
    PluginLoadError,
    files::source::Source,
    running::{
        loader::{Loaded, Loader},
        plan::Meanwhile,
    },
};

/// The time between two log records that say that it still lasts.
const PROGRESS: Duration = Duration::from_secs(5);

/// A version that is being compiled. Dropped, it is given up.
pub(crate) struct Compiling {
    version: String,
    bytes: usize,
    since: DateTime<Utc>,
    begun: Arc<AtomicBool>,
    task: AbortOnDropHandle<()>,
    /// Of a small one: nobody waits for others.
    ended: Option<DropGuard>,
}

/// Compilations that have begun.
#[must_use = "small plugins are usually ready in a moment"]
#[derive(Default)]
pub(crate) struct Begun(Vec<CancellationToken>);

impl Begun {
    /// Waits until the small ones have ended, but no longer than this.
    pub(crate) async fn settled(self, patience: Duration) {
        let all = async {
            for ended in &self.0 {
                ended.cancelled().await;
            }
        };
        // Whoever is not ready then is on its way still, as a large one is.
        let _ = timeout(patience, all).await;
    }
}

/// The same, as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CompilingStatus {
    /// The version that is on its way.
    pub version: String,
    /// Bytes of its wasm.
    pub bytes: usize,
    /// When its folder was found, RFC 3339.
    pub since: String,
    /// Others have to be compiled before it.
    pub waits: bool,
    /// The version before it serves meanwhile.
    pub former_serves: bool,
}

impl Compiling {
    /// Compiles a folder's files in the background, and hands `finish` what came of it. `all` has
    /// it among those that have begun.
    pub(crate) fn begin<Finish>(
        all: &mut Begun,
        source: Source,
        loader: Arc<dyn Loader>,
        meanwhile: Meanwhile,
        finish: impl FnOnce(Result<Loaded, PluginLoadError>) -> Finish + Send + 'static,
    ) -> Self
    where
        Finish: Future<Output = ()> + Send,
    {
        let begun = Arc::new(AtomicBool::new(false));
        let (version, bytes) = (source.manifest.plugin.version.to_string(), source.bytes());
        let ended = (!source.is_large()).then(|| {
            let ended = CancellationToken::new();
            all.0.push(ended.clone());
            ended.drop_guard()
        });
        let task = tokio::spawn({
            let begun = Arc::clone(&begun);
            async move { finish(compile(source, &*loader, meanwhile, &begun).await).await }
        });
        Self {
            version,
            bytes,
            since: Utc::now(),
            begun,
            task: AbortOnDropHandle::new(task),
            ended,
        }
    }

    /// Lets what [`begin`](Self::begin) was given finish, whatever becomes of this. Who waits goes
    /// on when what is returned is dropped.
    pub(crate) fn detach(self) -> impl Sized {
        drop(self.task.detach());
        self.ended
    }

    pub(crate) fn status(&self, former_serves: bool) -> CompilingStatus {
        CompilingStatus {
            version: self.version.clone(),
            bytes: self.bytes,
            since: timestamp(self.since),
            waits: !self.begun.load(Relaxed),
            former_serves,
        }
    }
}

async fn compile(
    source: Source,
    loader: &dyn Loader,
    meanwhile: Meanwhile,
    begun: &AtomicBool,
) -> Result<Loaded, PluginLoadError> {
    let plugin = source.manifest.plugin.id.clone();
    let (megabytes, is_large) = (megabytes(source.bytes()), source.is_large());
    let started = OnceLock::new();
    let begins = || {
        begun.store(true, Relaxed);
        started.get_or_init(Instant::now);
        if is_large {
            tracing::info!(
                %plugin,
                "compiling {plugin}: {megabytes} MB; this takes some seconds, once. {}",
                meanwhile.told()
            );
        }
    };
    let compiled = telling(loader.load(source, &begins), PROGRESS, || {
        if let Some(started) = started.get() {
            tracing::info!(%plugin, "still compiling {plugin}: {} s so far", started.elapsed().as_secs());
        }
    })
    .await?;
    let elapsed = started.get().map_or(Duration::ZERO, Instant::elapsed);
    if is_large || elapsed > PROGRESS {
        tracing::info!(
            %plugin,
            "compiled {plugin} in {:.1} s; from now on it comes from the cache",
            elapsed.as_secs_f32()
        );
    }
    Ok(compiled)
}

/// Calls `tell` now and then while `work` lasts.
async fn telling<T>(work: impl Future<Output = T>, every: Duration, mut tell: impl FnMut()) -> T {
    let mut work = pin!(work);
    loop {
        match timeout(every, &mut work).await {
            Ok(done) => return done,
            Err(_) => tell(),
        }
    }
}

impl Meanwhile {
    fn told(self) -> &'static str {
        match self {
            Self::Former => "The version before it serves meanwhile",
            Self::Reserved => {
                "Meanwhile its filters are left out or, with on_error = \"abort\", refuse requests, \
                 and its actions wait"
            }
            Self::New => "It is called as soon as it is ready",
        }
    }
}

/// With one decimal, as people say it.
fn megabytes(bytes: usize) -> String {
    let tenths = bytes.saturating_add(50_000) / 100_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_is_told_of_while_it_lasts_and_no_longer() {
        let (done, work) = oneshot::channel();
        let (mut done, mut told) = (Some(done), 0);
        let outcome = telling(work, Duration::from_millis(1), || {
            told += 1;
            if told == 3 {
                let _ = done.take().expect("told after the end").send("compiled");
            }
        });
        assert_eq!(outcome.await, Ok("compiled"));
        assert_eq!(told, 3);
    }

    #[test]
    fn sizes_are_rounded_to_a_tenth_of_a_megabyte() {
        let shown = [1_048_576, 17_950_000, 18_000_000, 49_999].map(megabytes);
        assert_eq!(shown, ["1.0", "18.0", "18.0", "0.0"]);
    }
}
