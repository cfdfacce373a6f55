//! Long calls on their callers' stacks take turns.
//!
//! Such a call cannot move to another thread, so it cannot go to the background. Only a few of them
//! go on at a time, fewer than there are cores, and each gives its turn up at each tick of the
//! clock: the next long call has its turn, in the order in which they came.

use std::{sync::Arc, time::Duration};

use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// The turns of the long calls of all plugins. Cloning shares them.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Semaphore>);

/// The right to go on until the next tick.
pub(crate) type Turn = OwnedSemaphorePermit;

impl Turns {
    /// Lets this number of calls have their turns at the same time.
    pub(crate) fn new(at_a_time: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_a_time)))
    }

    /// Blocks this thread, which has to be one where blocking is allowed, until it is this call's
    /// turn. Returns `None` if that does not come within `limit`.
    pub(crate) fn wait_for(&self, limit: Duration) -> Option<Turn> {
        let turn = Arc::clone(&self.0).acquire_owned();
        let turn = Handle::current().block_on(async { timeout(limit, turn).await.ok() })?;
        Some(turn.expect("turns are never closed"))
    }

    /// Leaves no turn to others.
    #[cfg(test)]
    pub(crate) fn take_all(&self) -> Turn {
        let free = u32::try_from(self.0.available_permits()).expect("a few turns");
        let all = Arc::clone(&self.0).try_acquire_many_owned(free);
        all.expect("they are free")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_thread_waits_for_its_turn_no_longer_than_it_may() {
        let turns = Turns::new(1);
        let taken = turns.take_all();
        let soon = Duration::from_millis(10);
        assert!(tokio::task::block_in_place(|| turns.wait_for(soon)).is_none());
        drop(taken);
        assert!(tokio::task::block_in_place(|| turns.wait_for(Duration::from_mins(1))).is_some());
    }
}
