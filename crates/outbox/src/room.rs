//! The bounds of one plugin's deliveries: their number and their size together.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use raisfast_contract::PluginId;
use serde::{Deserialize, Serialize};
use tokio::{sync::watch, time::timeout};

use crate::{Bound, OutboxFull};

/// The time that a change waits for room before it is refused.
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);
/// From which share on the log tells the operator, in percent.
const ALARM: u64 = 80;

/// The room that one plugin's rows take, or may take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            rows: self.rows.saturating_add(other.rows),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            rows: self.rows.saturating_sub(other.rows),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }
}

/// The room as it is filled.
#[derive(Debug, Clone, Copy)]
struct Filling {
    /// Rows of which the database does not tell: all of them, or, where nodes share the room, those
    /// that room was taken for since they were counted.
    used: Size,
    /// Those of the former whose changes are not committed.
    open: Size,
    /// The most that may be used.
    limit: Size,
    /// Rows that were counted in the database, where nodes share the room.
    counted: Size,
}

/// The rows that one plugin has, and may have.
pub(crate) struct Room {
    plugin: PluginId,
    filling: watch::Sender<Filling>,
    most: Size,
    refused: AtomicU64,
    dropped: AtomicU64,
    /// True if the log has reported a room that is nearly full, since it last was not.
    is_told: AtomicBool,
}

impl Room {
    /// A room in which rows of this size are, and which nobody else fills.
    pub(crate) fn new(plugin: PluginId, used: Size, most: Size) -> Self {
        Self::filled(plugin, used, most, most)
    }

    /// A room which other nodes fill too. There is some once this node has a share.
    pub(crate) fn shared(plugin: PluginId, most: Size) -> Self {
        Self::filled(plugin, Size::default(), Size::default(), most)
    }

    fn filled(plugin: PluginId, used: Size, limit: Size, most: Size) -> Self {
        let filling = Filling {
            used,
            open: Size::default(),
            limit,
            counted: Size::default(),
        };
        Self {
            plugin,
            filling: watch::Sender::new(filling),
            most,
            refused: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            is_told: AtomicBool::new(false),
        }
    }

    /// Takes room for one row, and waits shortly where there is none.
    pub(crate) async fn take(&self) -> Result<(), OutboxFull> {
        let mut changes = self.filling.subscribe();
        let taken = timeout(PATIENCE, async {
            while self.try_take().is_err() {
                // The sender is borrowed: it cannot be gone.
                let _ = changes.changed().await;
            }
        });
        if taken.await.is_ok() {
            return Ok(());
        }
        self.take_at_last()
    }

    /// Takes room for one row, or counts the change as refused.
    pub(crate) fn take_at_last(&self) -> Result<(), OutboxFull> {
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
    pub(crate) fn try_take(&self) -> Result<(), OutboxFull> {
        let mut full = None;
        self.filling.send_if_modified(|filling| {
            full = self.reached(filling);
            if full.is_none() {
                filling.used.rows += Size::ROW.rows;
                filling.open.rows += Size::ROW.rows;
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

    fn reached(&self, filling: &Filling) -> Option<Bound> {
        if filling.used.rows >= filling.limit.rows {
            Some(Bound::Deliveries(self.most.rows))
        } else if filling.used.bytes >= filling.limit.bytes {
            Some(Bound::Bytes(self.most.bytes))
        } else {
            None
        }
    }

    /// Returns true if there is room for a row.
    pub(crate) fn has_some(&self) -> bool {
        self.reached(&self.filling.borrow()).is_none()
    }

    /// Notes the length of a row that room was taken for.
    pub(crate) fn lengthen(&self, bytes: u64) {
        self.filling.send_modify(|filling| {
            filling.used.bytes += bytes;
            filling.open.bytes += bytes;
        });
        self.tell_when_nearly_full();
    }

    /// Notes that a row of this size, for which room was taken, is there to stay.
    pub(crate) fn committed(&self, size: Size) {
        self.filling.send_if_modified(|filling| {
            filling.open = filling.open.minus(size);
            false
        });
    }

    /// Gives the room of a row back that never came to be.
    pub(crate) fn given_up(&self, size: Size) {
        self.committed(size);
        self.give_back(size);
    }

    /// Gives the room of rows back that are gone.
    pub(crate) fn give_back(&self, size: Size) {
        self.filling
            .send_modify(|filling| filling.used = filling.used.minus(size));
        self.tell_again_when_emptier();
    }

    /// Closes the room while a new share of it is looked for, and returns the size of the rows that
    /// are not committed: they have their room from the share of before, and need it in the next.
    pub(crate) fn close(&self) -> Size {
        let mut open = Size::default();
        self.filling.send_modify(|filling| {
            filling.used = filling.open;
            filling.limit = Size::default();
            open = filling.open;
        });
        open
    }

    /// Opens the room for this much, rows that were not committed included; `counted` is what the
    /// database holds.
    pub(crate) fn reopen(&self, limit: Size, counted: Size) {
        self.filling.send_modify(|filling| {
            filling.limit = limit;
            filling.counted = counted;
        });
        self.tell_when_nearly_full();
        self.tell_again_when_emptier();
    }

    /// Returns the room that this node has taken since it was last counted, or at all.
    pub(crate) fn used(&self) -> Size {
        self.filling.borrow().used
    }

    /// Returns the room that all rows take.
    fn taken(&self) -> Size {
        let filling = self.filling.borrow();
        filling.used.plus(filling.counted)
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
        self.taken().percent_of(self.most) >= ALARM
    }

    fn tell_again_when_emptier(&self) {
        if !self.is_nearly_full() {
            self.is_told.store(false, Ordering::Relaxed);
        }
    }

    fn tell_when_nearly_full(&self) {
        if self.is_nearly_full() && !self.is_told.swap(true, Ordering::Relaxed) {
            let taken = self.taken();
            tracing::warn!(
                plugin = %self.plugin,
                rows = taken.rows,
                most_rows = self.most.rows,
                bytes = taken.bytes,
                most_bytes = self.most.bytes,
                problem = "outbox-nearly-full",
                "the plugin's outbox is more than {ALARM} % full; when it is full, changes that the \
                 plugin has to receive are refused"
            );
        }
    }
}
