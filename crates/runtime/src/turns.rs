//! Long calls on their callers' stacks take turns.
//!
//! Such a call cannot go on on another thread, so it cannot go to the background. It goes on only in one of a few
//! places, fewer than there are cores, and gives its place up at each tick of the clock: the next long
//! call has its turn, in the order in which they came.

use std::{sync::Arc, time::Duration};

use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// The places for long calls of all plugins. Cloning shares them.
#[derive(Clone)]
pub(crate) struct Places(Arc<Semaphore>);

/// The right to go on until the next tick.
pub(crate) type Turn = OwnedSemaphorePermit;

impl Places {
    /// So many places.
    pub(crate) fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places)))
    }

    /// Keeps this thread, which has to be one where blocking is allowed, until it is this call's turn; none when
    /// that does not come within `limit`.
    pub(crate) fn wait_for(&self, limit: Duration) -> Option<Turn> {
        let turn = Arc::clone(&self.0).acquire_owned();
        let turn = Handle::current().block_on(async { timeout(limit, turn).await.ok() })?;
        Some(turn.expect("the places are never closed"))
    }

    /// Leaves no place to others.
    #[cfg(test)]
    pub(crate) fn take_all(&self) -> Turn {
        let free = u32::try_from(self.0.available_permits()).expect("a few places");
        let all = Arc::clone(&self.0).try_acquire_many_owned(free);
        all.expect("they are free")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_thread_waits_for_its_turn_no_longer_than_it_may() {
        let places = Places::new(1);
        let taken = places.take_all();
        let soon = Duration::from_millis(10);
        assert!(tokio::task::block_in_place(|| places.wait_for(soon)).is_none());
        drop(taken);
        assert!(tokio::task::block_in_place(|| places.wait_for(Duration::from_mins(1))).is_some());
    }
}
