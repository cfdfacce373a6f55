//! The sole right to one slot.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::{Notify, Semaphore};

use crate::{
    Factory, PoolOptions,
    slots::{Ended, Served, Slots},
};

/// What the pool, its leases and its refills share.
///
/// The semaphore's permits are the slots that are idle or vacant: who has got a permit will find a slot.
/// The order of waiting, and what happens when a waiting caller gives up, are the semaphore's. An item
/// stays in its slot until a caller with a permit runs, so none is lost on the way to a caller that is gone.
pub(crate) struct Shared<F: Factory> {
    pub(crate) factory: F,
    pub(crate) options: PoolOptions,
    pub(crate) permits: Semaphore,
    pub(crate) drained: Notify,
    slots: Mutex<Slots<F::Item>>,
}

impl<F: Factory> Shared<F> {
    pub(crate) fn new(factory: F, options: PoolOptions) -> Self {
        Self {
            factory,
            options,
            permits: Semaphore::new(options.size.get()),
            drained: Notify::new(),
            slots: Mutex::new(Slots::vacant(options.size)),
        }
    }

    /// The lock is held for bookkeeping alone: no item is made, used or dropped under it.
    pub(crate) fn slots(&self) -> MutexGuard<'_, Slots<F::Item>> {
        self.slots.lock().expect("nothing panics under the lock")
    }
}

/// One slot, taken out of turn-taking with what is in it. Dropping it gives both back.
pub(crate) struct Place<F: Factory> {
    shared: Arc<Shared<F>>,
    slot: usize,
    pub(crate) served: Option<Served<F::Item>>,
}

impl<F: Factory> Place<F> {
    /// Turns a permit, which the caller has forgotten, into a slot; none if the pool is closed.
    pub(crate) fn take(shared: &Arc<Shared<F>>) -> Option<Self> {
        let mut slots = shared.slots();
        if slots.is_closed() {
            return None;
        }
        let (slot, served) = slots.lease().expect("a permit stands for a slot");
        Some(Self {
            shared: Arc::clone(shared),
            slot,
            served,
        })
    }

    pub(crate) fn slot(&self) -> usize {
        self.slot
    }

    /// Makes an item for the slot.
    pub(crate) async fn create(&mut self) -> Result<(), F::Error> {
        let created = self.shared.factory.create(self.slot).await;
        self.shared.slots().count_creation(created.is_ok());
        self.served = Some(Served {
            item: created?,
            calls: 0,
        });
        Ok(())
    }

    /// Gives the item back after a call, or ends it if that was its last.
    pub(crate) fn give_back(mut self) {
        let Some(served) = &mut self.served else {
            return;
        };
        served.calls += 1;
        if self
            .shared
            .options
            .max_calls
            .is_some_and(|max| served.calls >= max)
        {
            self.renew(Ended::Retired);
        }
    }

    /// Ends the item and has a fresh one made in the background.
    pub(crate) fn renew(mut self, ended: Ended) {
        // First of all: the fresh item may need the memory.
        self.served = None;
        {
            let mut slots = self.shared.slots();
            slots.count_end(ended);
            if slots.is_closed() {
                return;
            }
            slots.refill(self.slot);
        }
        // Outside a runtime the slot is left vacant, for the next caller to fill.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // After a failure the slot is vacant: the caller that needs it tries again, and is told.
                let _ = self.create().await;
            });
        }
    }
}

impl<F: Factory> Drop for Place<F> {
    fn drop(&mut self) {
        let mut slots = self.shared.slots();
        if slots.is_closed() {
            drop(slots);
            self.served = None;
            slots = self.shared.slots();
        }
        slots.put_back(self.slot, self.served.take());
        let drained = slots.is_drained();
        drop(slots);
        // After the slot: a permit must never outrun it.
        self.shared.permits.add_permits(1);
        if drained {
            self.shared.drained.notify_waiters();
        }
    }
}
