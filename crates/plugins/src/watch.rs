//! Following changes in the directory of plugins.
//!
//! Watching begins before the first load and ends when the [`Watch`] is dropped. A file is often written
//! in several steps, so a change is acted on when it has been quiet for a moment. Where the directory
//! itself is replaced, the new one is watched as soon as it is there.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, ModifyKind},
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout_at},
};
use tokio_util::task::AbortOnDropHandle;

use crate::installed::{Installed, Occasion};

/// How long it must be quiet.
const QUIET: Duration = Duration::from_millis(100);
/// How long noise may put a load off.
const LONGEST_NOISE: Duration = Duration::from_secs(2);

/// How often it is looked whether a directory that is gone is back.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

pub(crate) struct Watch {
    _task: AbortOnDropHandle<()>,
}

/// What the watcher tells the task.
#[derive(Default)]
struct Signals {
    changed: Notify,
    /// The directory itself was deleted or renamed: what is watched is no longer what has its name.
    lost: AtomicBool,
}

impl Watch {
    pub(crate) fn start(directory: &Path, installed: &Arc<Installed>) -> notify::Result<Self> {
        // As the watcher names it in its events.
        let directory = std::path::absolute(directory).map_err(notify::Error::io)?;
        let signals = Arc::new(Signals::default());
        let mut watcher = notify::recommended_watcher({
            let (signals, directory) = (Arc::clone(&signals), directory.clone());
            move |event: notify::Result<Event>| {
                // An error may be an overflow of the queue: something has changed.
                if let Ok(event) = event {
                    if is_read(event.kind) {
                        return;
                    }
                    if is_loss(&event, &directory) {
                        signals.lost.store(true, Relaxed);
                    }
                }
                signals.changed.notify_one();
            }
        })?;
        watcher.watch(&directory, RecursiveMode::Recursive)?;
        let task = tokio::spawn(follow(
            watcher,
            directory,
            signals,
            Arc::downgrade(installed),
        ));
        Ok(Self {
            _task: AbortOnDropHandle::new(task),
        })
    }
}

fn is_loss(event: &Event, directory: &Path) -> bool {
    let moved_or_gone = matches!(
        event.kind,
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
    );
    moved_or_gone && event.paths.iter().any(|path| path == directory)
}

/// Reads are events too, and loading reads.
fn is_read(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Access(AccessKind::Open(_) | AccessKind::Read | AccessKind::Any)
    ) || matches!(
        kind,
        EventKind::Access(AccessKind::Close(
            notify::event::AccessMode::Read | notify::event::AccessMode::Any
        ))
    )
}

async fn follow(
    mut watcher: RecommendedWatcher,
    directory: PathBuf,
    signals: Arc<Signals>,
    installed: Weak<Installed>,
) {
    loop {
        signals.changed.notified().await;
        quiet(&signals.changed).await;
        if signals.lost.swap(false, Relaxed) {
            watch_again(&mut watcher, &directory).await;
        }
        let Some(installed) = installed.upgrade() else {
            return;
        };
        if let Err(error) = installed.reconcile(Occasion::Change).await {
            tracing::error!(%error, "the directory of plugins cannot be read; what runs stays");
        }
    }
}

/// Watches what has the directory's name now; waits while nothing has.
async fn watch_again(watcher: &mut RecommendedWatcher, directory: &Path) {
    // It fails where the system has ended the watch by itself.
    let _ = watcher.unwatch(directory);
    let mut told = false;
    while watcher.watch(directory, RecursiveMode::Recursive).is_err() {
        if !told {
            tracing::error!(directory = %directory.display(), "the directory of plugins is gone; what runs stays until it is back");
            told = true;
        }
        sleep(LOOK_AGAIN).await;
    }
}

async fn quiet(changed: &Notify) {
    let latest = Instant::now() + LONGEST_NOISE;
    loop {
        let until = (Instant::now() + QUIET).min(latest);
        if timeout_at(until, changed.notified()).await.is_err() {
            return;
        }
    }
}
