//! Bytes that are held for clients, all together.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::sync::Notify;

/// A number of bytes, and what it may be.
pub(super) struct Budget {
    used: AtomicU64,
    most: u64,
    /// Notified when there is room again.
    freed: Notify,
}

impl Budget {
    pub(super) fn new(most: u64) -> Self {
        Self {
            used: AtomicU64::new(0),
            most,
            freed: Notify::new(),
        }
    }

    /// Notes bytes that are held.
    pub(super) fn hold(&self, bytes: u64) {
        self.used.fetch_add(bytes, Relaxed);
    }

    /// Notes that they are held no longer.
    pub(super) fn release(&self, bytes: u64) {
        let before = self.used.fetch_sub(bytes, Relaxed);
        // Not at each release: all who wait would look, and most of them in vain.
        if before >= self.most && before - bytes < self.most {
            self.freed.notify_waiters();
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.excess() == 0
    }

    /// Returns the number of bytes that have to go before there is room.
    pub(super) fn excess(&self) -> u64 {
        (self.used.load(Relaxed) + 1).saturating_sub(self.most)
    }

    /// Resolves when there is room.
    pub(super) async fn room(&self) {
        loop {
            let freed = self.freed.notified();
            if self.has_room() {
                return;
            }
            freed.await;
        }
    }
}
