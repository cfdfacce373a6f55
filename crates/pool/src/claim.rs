//! The sole right to one slot.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::{Notify, oneshot};

use crate::{
    CheckoutError, Factory, PoolOptions, PoolStatus,
    queue::{Queue, Ticket},
    slots::{Ended, Served, Slots},
};

/// The state that the pool, its leases and its refills share.
pub(crate) struct Shared<F: Factory> {
    pub(crate) factory: F,
    pub(crate) options: PoolOptions,
    pub(crate) drained: Notify,
    state: Mutex<State<F>>,
}

/// Nobody waits while a slot is idle or vacant: a caller finds one or joins the queue, and a slot
/// that is given back goes to the first in the queue. That makes the queue fair, and an uncontended
/// call cheap: one short lock to take a slot, one to give it back.
pub(crate) struct State<F: Factory> {
    pub(crate) slots: Slots<F::Item>,
    pub(crate) queue: Queue<Claim<F>>,
    /// The number of times that a slot has become free.
    pub(crate) freed: u64,
}

impl<F: Factory> Shared<F> {
    pub(crate) fn new(factory: F, options: PoolOptions) -> Self {
        Self {
            factory,
            options,
            drained: Notify::new(),
            state: Mutex::new(State {
                slots: Slots::vacant(options.size),
                queue: Queue::empty(),
                freed: 0,
            }),
        }
    }

    /// The lock is held for bookkeeping alone: no item is made, used or dropped under it.
    pub(crate) fn state(&self) -> MutexGuard<'_, State<F>> {
        self.state.lock().expect("nothing panics under the lock")
    }

    pub(crate) fn status(&self) -> PoolStatus {
        let state = self.state();
        state.slots.status(state.queue.len())
    }

    /// Takes the next slot, or a position in the queue.
    pub(crate) fn arrive(self: &Arc<Self>) -> Result<Arrival<'_, F>, CheckoutError<F::Error>> {
        let mut state = self.state();
        if state.slots.is_closed() {
            return Err(CheckoutError::Closed);
        }
        if let Some((slot, served)) = state.slots.lease() {
            drop(state);
            return Ok(Arrival::Served(Claim::new(self, slot, served)));
        }
        let waiting = state.queue.len();
        if waiting >= self.options.max_waiting {
            return Err(CheckoutError::QueueFull {
                size: self.options.size.get(),
                waiting,
            });
        }
        let (ticket, turn) = state.queue.join();
        Ok(Arrival::InQueue(Waiting {
            shared: self,
            ticket,
            turn,
        }))
    }

    /// Takes the next slot with an item.
    pub(crate) fn idle(self: &Arc<Self>) -> Option<Claim<F>> {
        let mut state = self.state();
        let (slot, served) = state.slots.lease_idle()?;
        drop(state);
        Some(Claim::new(self, slot, Some(served)))
    }

    /// Hands a slot and what is in it to the first in the queue, or else puts it back.
    fn pass_on(self: &Arc<Self>, slot: usize, mut served: Option<Served<F::Item>>) {
        let mut state = self.state();
        if state.slots.is_closed() {
            drop(state);
            // Before the slot: a pool that is drained has dropped its items.
            served = None;
            state = self.state();
        }
        state.freed += 1;
        if let Some(caller) = state.queue.first() {
            state.slots.hand_over(slot);
            drop(state);
            // A caller that is gone by now does not take the claim, whose end passes it on again.
            let _ = caller.send(Claim::new(self, slot, served));
            return;
        }
        state.slots.put_back(slot, served);
        if state.slots.is_drained() {
            self.drained.notify_waiters();
        }
    }
}

/// The state of the pool as a caller finds it.
pub(crate) enum Arrival<'a, F: Factory> {
    Served(Claim<F>),
    InQueue(Waiting<'a, F>),
}

/// A caller in the queue. Dropping it leaves the queue; a turn that has come just then is passed
/// on.
pub(crate) struct Waiting<'a, F: Factory> {
    shared: &'a Shared<F>,
    ticket: Ticket,
    turn: oneshot::Receiver<Claim<F>>,
}

impl<F: Factory> Waiting<'_, F> {
    /// Resolves when the caller's turn has come; none if the pool is closed before that.
    pub(crate) async fn turn(mut self) -> Option<Claim<F>> {
        (&mut self.turn).await.ok()
    }
}

impl<F: Factory> Drop for Waiting<'_, F> {
    fn drop(&mut self) {
        if !self.turn.is_terminated() {
            self.shared.state().queue.leave(self.ticket);
        }
    }
}

/// One slot, taken out of turn-taking with what is in it. Dropping it gives both back.
pub(crate) struct Claim<F: Factory> {
    shared: Arc<Shared<F>>,
    slot: usize,
    pub(crate) served: Option<Served<F::Item>>,
}

impl<F: Factory> Claim<F> {
    fn new(shared: &Arc<Shared<F>>, slot: usize, served: Option<Served<F::Item>>) -> Self {
        Self {
            shared: Arc::clone(shared),
            slot,
            served,
        }
    }

    pub(crate) fn slot(&self) -> usize {
        self.slot
    }

    /// Makes an item for the slot.
    pub(crate) async fn create(&mut self) -> Result<(), F::Error> {
        let created = self.shared.factory.create(self.slot).await;
        self.shared.state().slots.count_creation(created.is_ok());
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
            let slots = &mut self.shared.state().slots;
            slots.count_end(ended);
            if slots.is_closed() {
                return;
            }
            slots.refill(self.slot);
        }
        // Outside a runtime the slot is left vacant, for the next caller to fill.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // After a failure the slot is vacant: the caller that needs it tries again, and is
                // told.
                let _ = self.create().await;
            });
        }
    }
}

impl<F: Factory> Drop for Claim<F> {
    fn drop(&mut self) {
        self.shared.pass_on(self.slot, self.served.take());
    }
}
