//! The pool as its callers see it.

use std::{fmt, num::NonZeroUsize, sync::Arc, time::Duration};

use tokio::time::timeout;

use crate::{
    Factory, Lease,
    claim::{Arrival, Shared},
    slots::Served,
};

/// The size of a pool and the lifetime of its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolOptions {
    /// The number of slots.
    pub size: NonZeroUsize,
    /// The most callers that may wait for an item; one more is refused. With 0 nobody waits.
    pub max_waiting: usize,
    /// The most calls that an item serves before a fresh one takes its slot; every item serves at
    /// least one. Without it items live until they are discarded.
    pub max_calls: Option<u64>,
}

/// A pool at one moment. What is neither idle nor busy is being made, or waits to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    /// The number of slots.
    pub size: usize,
    /// Items that the next callers get without waiting.
    pub idle: usize,
    /// Slots that callers hold.
    pub busy: usize,
    /// Callers that wait for a slot.
    pub waiting: usize,
    /// Items made since the pool began.
    pub created: u64,
    /// Items whose lease was dropped without release.
    pub discarded: u64,
    /// Items that had served their number of calls.
    pub retired: u64,
    /// Attempts to make an item that failed.
    pub failed: u64,
}

/// There is no item for this caller.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError<E: std::error::Error + 'static> {
    /// As many callers wait already as may.
    #[error("all {size} items of the pool are busy, and {waiting} callers wait already")]
    QueueFull {
        /// The number of slots.
        size: usize,
        /// The number of callers that wait.
        waiting: usize,
    },
    /// The caller's turn did not come within the time that it would wait.
    #[error("no item of the pool became idle within {} ms", waited.as_millis())]
    Late {
        /// That time.
        waited: Duration,
    },
    /// The pool was closed before the caller's turn came.
    #[error("the pool is closed")]
    Closed,
    /// The caller's slot was vacant, and the factory could not fill it.
    #[error("the pool could not make a fresh item")]
    Create(#[source] E),
}

/// A fixed number of slots with one item each. See the [crate's contract](crate).
pub struct Pool<F: Factory> {
    shared: Arc<Shared<F>>,
}

impl<F: Factory> Pool<F> {
    /// Makes every item, one after the other, in the order of the slots.
    ///
    /// # Errors
    ///
    /// The first error of the factory; the items made before it are dropped.
    pub async fn fill(factory: F, options: PoolOptions) -> Result<Self, F::Error> {
        let pool = Self {
            shared: Arc::new(Shared::new(factory, options)),
        };
        for slot in 0..options.size.get() {
            let item = pool.shared.factory.create(slot).await?;
            let slots = &mut pool.shared.state().slots;
            slots.count_creation(true);
            slots.put_back(slot, Some(Served { item, calls: 0 }));
        }
        Ok(pool)
    }

    /// Leases an item, waiting in the queue if none is idle. Dropping the future leaves the queue,
    /// and loses no item even if the caller's turn has just come.
    ///
    /// # Errors
    ///
    /// When too many callers wait, when the pool is closed, and when the slot was vacant and could
    /// not be filled.
    pub async fn checkout(&self) -> Result<Lease<F>, CheckoutError<F::Error>> {
        self.checkout_within(Duration::MAX).await
    }

    /// Does the same, but waits in the queue no longer than `patience`. The time to fill a vacant
    /// slot comes on top.
    ///
    /// # Errors
    ///
    /// Those of [`checkout`](Self::checkout), and when the caller's turn does not come in time.
    pub async fn checkout_within(
        &self,
        patience: Duration,
    ) -> Result<Lease<F>, CheckoutError<F::Error>> {
        let mut claim = match self.shared.arrive()? {
            Arrival::Served(claim) => claim,
            Arrival::InQueue(waiting) if patience == Duration::MAX => {
                waiting.turn().await.ok_or(CheckoutError::Closed)?
            }
            Arrival::InQueue(waiting) => timeout(patience, waiting.turn())
                .await
                .map_err(|_| CheckoutError::Late { waited: patience })?
                .ok_or(CheckoutError::Closed)?,
        };
        if claim.served.is_none() {
            // Boxed: a factory's future may be large, and every call would carry it.
            Box::pin(claim.create())
                .await
                .map_err(CheckoutError::Create)?;
        }
        Ok(Lease::new(claim))
    }

    /// Leases the next idle item without waiting. Returns `None` while other callers wait, so it
    /// never jumps the queue.
    pub fn checkout_idle(&self) -> Option<Lease<F>> {
        self.shared.idle().map(Lease::new)
    }

    /// Returns the number of times that a slot has become free since the pool began: while it stays
    /// the same, the calls that hold the slots go on.
    pub fn freed(&self) -> u64 {
        self.shared.state().freed
    }

    /// The pool now.
    pub fn status(&self) -> PoolStatus {
        self.shared.status()
    }

    /// Refuses callers from now on, those that wait included, and drops the idle items. Leases stay
    /// valid; their items are dropped when they end. Closing again does nothing.
    pub fn close(&self) {
        let (idle, queue) = {
            let mut state = self.shared.state();
            (state.slots.close(), state.queue.dismiss())
        };
        drop((idle, queue));
        if self.shared.state().slots.is_drained() {
            self.shared.drained.notify_waiters();
        }
    }

    /// Resolves when the pool is closed and all leases have ended.
    pub async fn drained(&self) {
        // Before the question, so that an answer that changes meanwhile is not missed.
        let drained = self.shared.drained.notified();
        if !self.shared.state().slots.is_drained() {
            drained.await;
        }
    }
}

impl<F: Factory> Drop for Pool<F> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<F: Factory> fmt::Debug for Pool<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.status().fmt(f)
    }
}
