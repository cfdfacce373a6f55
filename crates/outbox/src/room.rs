//! The bounds of one plugin's deliveries: their number and their size together.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use raisfast_contract::PluginId;
use tokio::{sync::watch, time::timeout};

use crate::{Bound, OutboxFull};

/// The time that a change waits for room before it is refused.
const PATIENCE: Duration = Duration::from_millis(500);
/// From which share on the log tells the operator, in percent.
const ALARM: u64 = 80;

/// The room that one plugin's rows take, or may take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) rows: u64,
    /// Of what is delivered.
    pub(crate) bytes: u64,
}

impl Size {
    /// Room for a row whose length is not known yet.
    const ROW: Self = Self { rows: 1, bytes: 0 };

    /// Returns how full something of this size is, in percent of the most.
    fn percent_of(self, most: Self) -> u64 {
        let percent = |used: u64, most: u64| used.saturating_mul(100) / most.max(1);
        percent(self.rows, most.rows).max(percent(self.bytes, most.bytes))
    }
}

/// The rows that one plugin has, and may have.
pub(crate) struct Room {
    plugin: PluginId,
    used: watch::Sender<Size>,
    most: Size,
    refused: AtomicU64,
    dropped: AtomicU64,
    /// True if the log has reported a room that is nearly full, since it last was not.
    is_told: AtomicBool,
}

impl Room {
    pub(crate) fn new(plugin: PluginId, used: Size, most: Size) -> Self {
        Self {
            plugin,
            used: watch::Sender::new(used),
            most,
            refused: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            is_told: AtomicBool::new(false),
        }
    }

    /// Takes room for one row, and waits shortly where there is none.
    pub(crate) async fn take(&self) -> Result<(), OutboxFull> {
        let mut changes = self.used.subscribe();
        let taken = timeout(PATIENCE, async {
            while self.try_take().is_err() {
                // The sender is borrowed: it cannot be gone.
                let _ = changes.changed().await;
            }
        });
        if taken.await.is_ok() {
            return Ok(());
        }
        let at_last = self.try_take();
        if at_last.is_err() {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        at_last
    }

    /// Takes room for one row of a change that neither waits nor is refused. Where there is none
    /// the plugin is not notified of it.
    pub(crate) fn take_or_drop(&self) -> bool {
        let taken = self.try_take();
        if let Err(full) = &taken {
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            if dropped.is_power_of_two() {
                tracing::warn!(
                    plugin = %self.plugin,
                    dropped,
                    reason = %full,
                    "the plugin is not notified of a login: logins do not wait for room in its outbox"
                );
            }
        }
        taken.is_ok()
    }

    /// Takes room for one row, if there is some. The row may be longer than what is left: the
    /// length is known when it is written.
    fn try_take(&self) -> Result<(), OutboxFull> {
        let mut full = None;
        self.used.send_if_modified(|used| {
            full = self.reached(*used);
            if full.is_none() {
                used.rows += Size::ROW.rows;
            }
            full.is_none()
        });
        match full {
            None => {
                self.tell_when_nearly_full();
                Ok(())
            }
            Some(most) => Err(OutboxFull {
                plugin: self.plugin.clone(),
                most,
            }),
        }
    }

    fn reached(&self, used: Size) -> Option<Bound> {
        if used.rows >= self.most.rows {
            Some(Bound::Deliveries(self.most.rows))
        } else if used.bytes >= self.most.bytes {
            Some(Bound::Bytes(self.most.bytes))
        } else {
            None
        }
    }

    /// Notes the length of a row that room was taken for.
    pub(crate) fn lengthen(&self, bytes: u64) {
        self.used.send_modify(|used| used.bytes += bytes);
        self.tell_when_nearly_full();
    }

    /// Gives the room of rows back that are gone, or never came to be.
    pub(crate) fn give_back(&self, size: Size) {
        self.used.send_modify(|used| {
            used.rows = used.rows.saturating_sub(size.rows);
            used.bytes = used.bytes.saturating_sub(size.bytes);
        });
        if !self.is_nearly_full() {
            self.is_told.store(false, Ordering::Relaxed);
        }
    }

    /// Returns the room that the rows take now.
    pub(crate) fn used(&self) -> Size {
        *self.used.borrow()
    }

    /// Returns the number of logins that the plugin was not notified of for want of room.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Returns the number of changes that were refused for want of room.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn is_nearly_full(&self) -> bool {
        self.used().percent_of(self.most) >= ALARM
    }

    fn tell_when_nearly_full(&self) {
        if self.is_nearly_full() && !self.is_told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                plugin = %self.plugin,
                rows = self.used().rows,
                most_rows = self.most.rows,
                bytes = self.used().bytes,
                most_bytes = self.most.bytes,
                problem = "outbox-nearly-full",
                "the plugin's outbox is more than {ALARM} % full; when it is full, changes that the \
                 plugin has to receive are refused"
            );
        }
    }
}
