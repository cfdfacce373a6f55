//! Those who watch what calls change, while the plugin goes on as it does.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use tokio::sync::broadcast::{self, error::RecvError};

use crate::{Change, Recorder};

/// The changes that may wait for one who watches.
const WAITING: usize = 64;

/// The changes that a plugin's calls make from now on, until this is dropped. Nothing else changes
/// for the calls.
#[derive(Debug)]
pub struct Watching {
    recorder: Arc<Recorder>,
    changes: broadcast::Receiver<Arc<Change>>,
}

/// The number of changes that were lost to somebody who was too slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} changes were made while nobody took them")]
pub struct Missed(pub u64);

impl Watching {
    pub(crate) fn begin(recorder: Arc<Recorder>) -> Self {
        let watchers = recorder.watchers();
        let changes = watchers.changes.subscribe();
        watchers.count.fetch_add(1, Relaxed);
        Self { recorder, changes }
    }

    /// Waits for the next change. Dropping the future loses none.
    ///
    /// # Errors
    ///
    /// If there were more than 64 since the last one that was taken; the next call goes on.
    pub async fn next(&mut self) -> Result<Arc<Change>, Missed> {
        match self.changes.recv().await {
            Ok(change) => Ok(change),
            Err(RecvError::Lagged(count)) => Err(Missed(count)),
            // The recorder, which is held, has the sender.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.recorder.watchers().count.fetch_sub(1, Relaxed);
    }
}

/// Everybody who watches one plugin.
pub(crate) struct Watchers {
    count: AtomicUsize,
    changes: broadcast::Sender<Arc<Change>>,
}

impl Default for Watchers {
    fn default() -> Self {
        Self {
            count: AtomicUsize::new(0),
            changes: broadcast::Sender::new(WAITING),
        }
    }
}

impl Watchers {
    /// Returns whether somebody watches. A call of a plugin asks it, so it takes no lock.
    pub(crate) fn are_there(&self) -> bool {
        self.count.load(Relaxed) > 0
    }

    /// Tells everybody who watches.
    pub(crate) fn tell(&self, change: Change) {
        // Whoever has just gone needs nothing.
        let _ = self.changes.send(Arc::new(change));
    }
}
