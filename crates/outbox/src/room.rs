//! How many rows one plugin may have.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use raisfast_types::PluginId;
use tokio::{sync::watch, time::timeout};

use crate::OutboxFull;

/// How long a change waits for room before it is refused.
const PATIENCE: Duration = Duration::from_millis(500);
/// From which share on the log tells the operator, in percent.
const ALARM: u64 = 80;

/// The rows that one plugin has, and may have.
pub(crate) struct Room {
    plugin: PluginId,
    used: watch::Sender<u64>,
    most: u64,
    refused: AtomicU64,
    /// Whether the log has told of a room that is nearly full, since it last was not.
    is_told: AtomicBool,
}

impl Room {
    pub(crate) fn new(plugin: PluginId, used: u64, most: u64) -> Self {
        Self {
            plugin,
            used: watch::Sender::new(used),
            most,
            refused: AtomicU64::new(0),
            is_told: AtomicBool::new(false),
        }
    }

    /// Takes room for one row, and waits shortly where there is none.
    pub(crate) async fn take(&self) -> Result<(), OutboxFull> {
        let mut changes = self.used.subscribe();
        let taken = timeout(PATIENCE, async {
            while !self.try_take() {
                // The sender is borrowed: it cannot be gone.
                let _ = changes.changed().await;
            }
        });
        if taken.await.is_ok() {
            self.tell_when_nearly_full();
            return Ok(());
        }
        self.refused.fetch_add(1, Ordering::Relaxed);
        Err(OutboxFull {
            plugin: self.plugin.clone(),
            most: self.most,
        })
    }

    fn try_take(&self) -> bool {
        self.used.send_if_modified(|used| {
            let is_free = *used < self.most;
            *used += u64::from(is_free);
            is_free
        })
    }

    /// Gives the room of rows back that are gone, or never came to be.
    pub(crate) fn give_back(&self, rows: u64) {
        self.used
            .send_modify(|used| *used = used.saturating_sub(rows));
        if !self.is_nearly_full() {
            self.is_told.store(false, Ordering::Relaxed);
        }
    }

    /// How many changes were refused for want of room.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn is_nearly_full(&self) -> bool {
        self.used.borrow().saturating_mul(100) >= self.most.saturating_mul(ALARM)
    }

    fn tell_when_nearly_full(&self) {
        if self.is_nearly_full() && !self.is_told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                plugin = %self.plugin,
                rows = *self.used.borrow(),
                most = self.most,
                "the plugin's outbox is more than {ALARM} % full; when it is full, changes that the plugin has to \
                 hear of are refused: see `raisfast outbox list --plugin {}`",
                self.plugin
            );
        }
    }
}
