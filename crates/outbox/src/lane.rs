//! One plugin's part of the outbox, as its deliveries and the rest both know it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use raisfast_contract::PluginId;
use tokio::sync::{Mutex, MutexGuard, watch};

use crate::{
    OutboxError,
    room::{Room, Size},
    share::Share,
    table::Table,
};

/// The lane of one plugin.
pub(crate) struct Lane {
    plugin: PluginId,
    room: Room,
    /// This node's share, if other nodes fill the same room.
    share: Option<Share>,
    /// Whoever deletes rows holds it: each row's room is given back once.
    deleting: Mutex<()>,
    /// Counts discards by administrators.
    discards: AtomicU64,
    /// Counts wakings.
    woken: watch::Sender<u64>,
    /// The waking after which nothing due was left.
    settled: watch::Sender<u64>,
}

impl Lane {
    /// A lane of a plugin that has rows of this size already, and may have rows of that one.
    pub(crate) fn new(table: &Arc<Table>, plugin: PluginId, used: Size, most: Size) -> Self {
        let share = table
            .is_shared()
            .then(|| Share::new(Arc::clone(table), plugin.clone(), most));
        let room = match share {
            Some(_) => Room::shared(plugin.clone(), most),
            None => Room::new(plugin.clone(), used, most),
        };
        Self {
            room,
            share,
            plugin,
            deleting: Mutex::new(()),
            discards: AtomicU64::new(0),
            woken: watch::Sender::new(0),
            settled: watch::Sender::new(0),
        }
    }

    pub(crate) fn plugin(&self) -> &PluginId {
        &self.plugin
    }

    pub(crate) fn room(&self) -> &Room {
        &self.room
    }

    /// Takes room for one row, and waits shortly where there is none.
    pub(crate) async fn take(&self) -> Result<(), OutboxError> {
        match &self.share {
            None => Ok(self.room.take().await?),
            Some(share) => share.take(&self.room).await,
        }
    }

    /// Takes room for one row of a change that neither waits nor is refused. Where there is none
    /// the plugin is not notified of it.
    pub(crate) async fn take_or_drop(&self) -> bool {
        if let Some(share) = &self.share
            && !self.room.has_some()
            && let Err(error) = share.enlarge(&self.room).await
        {
            tracing::warn!(%error, plugin = %self.plugin, "the outbox cannot count its rows");
        }
        self.room.take_or_drop()
    }

    /// Counts the rows of all nodes anew, and gives back what this one does not need of their room
    /// if it has company.
    pub(crate) async fn follow(&self, has_company: bool) -> Result<(), OutboxError> {
        match &self.share {
            None => Ok(()),
            Some(share) => share.follow(&self.room, has_company).await,
        }
    }

    /// Gives the room of rows back that are gone. Where nodes share it, it is counted.
    pub(crate) fn give_back(&self, size: Size) {
        if self.share.is_none() {
            self.room.give_back(size);
        }
    }

    /// Resolves when it is the caller's turn to delete rows.
    pub(crate) async fn turn_to_delete(&self) -> MutexGuard<'_, ()> {
        self.deleting.lock().await
    }

    /// Gives the room of rows back that an administrator has discarded; some of them may be on
    /// their way.
    pub(crate) fn discarded(&self, size: Size) {
        self.discards.fetch_add(1, Relaxed);
        self.give_back(size);
    }

    /// Returns the number of discards so far.
    pub(crate) fn discards(&self) -> u64 {
        self.discards.load(Relaxed)
    }

    /// Makes the lane look for due deliveries.
    pub(crate) fn wake(&self) {
        self.woken.send_modify(|count| *count += 1);
    }

    /// Returns the count of wakings, as it changes.
    pub(crate) fn wakings(&self) -> watch::Receiver<u64> {
        self.woken.subscribe()
    }

    /// Notes that after this waking nothing was left of what was due.
    pub(crate) fn settled_after(&self, waking: u64) {
        self.settled.send_replace(waking);
    }

    /// Resolves when nothing is left of what is due now.
    pub(crate) async fn settled(&self) {
        self.wake();
        let waking = *self.woken.borrow();
        let mut settled = self.settled.subscribe();
        // The sender is borrowed: it cannot be gone.
        let _ = settled.wait_for(|settled| *settled >= waking).await;
    }
}
