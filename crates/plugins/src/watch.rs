//! Following changes in the directory of plugins.
//!
//! Watching begins before the first load and ends when the [`Watch`] is dropped. A file is often written
//! in several steps, so a change is acted on when it has been quiet for a moment.

use std::{
    path::Path,
    sync::{Arc, Weak},
    time::Duration,
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher, event::AccessKind};
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};
use tokio_util::task::AbortOnDropHandle;

use crate::installed::Installed;

/// How long it must be quiet.
const QUIET: Duration = Duration::from_millis(100);
/// How long noise may put a load off.
const LONGEST_NOISE: Duration = Duration::from_secs(2);

pub(crate) struct Watch {
    _watcher: RecommendedWatcher,
    _task: AbortOnDropHandle<()>,
}

impl Watch {
    pub(crate) fn start(directory: &Path, installed: &Arc<Installed>) -> notify::Result<Self> {
        let changed = Arc::new(Notify::new());
        let mut watcher = notify::recommended_watcher({
            let changed = Arc::clone(&changed);
            move |event: notify::Result<notify::Event>| {
                // An error may be an overflow of the queue: something has changed.
                if event.is_ok_and(|event| is_read(event.kind)) {
                    return;
                }
                changed.notify_one();
            }
        })?;
        watcher.watch(directory, RecursiveMode::Recursive)?;
        let task = tokio::spawn(follow(changed, Arc::downgrade(installed)));
        Ok(Self {
            _watcher: watcher,
            _task: AbortOnDropHandle::new(task),
        })
    }
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

async fn follow(changed: Arc<Notify>, installed: Weak<Installed>) {
    loop {
        changed.notified().await;
        quiet(&changed).await;
        let Some(installed) = installed.upgrade() else {
            return;
        };
        if let Err(error) = installed.reconcile().await {
            tracing::error!(%error, "the directory of plugins cannot be read; what runs stays");
        }
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
