//! One caller's hold on one item.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use crate::{
    Factory,
    claim::Claim,
    slots::{Ended, Served},
};

/// An item, for one caller alone until it is released or dropped.
///
/// [`release`](Self::release) says that the item is healthy and keeps it. Dropping the lease
/// discards the item, so that a call that ends early, in whatever way, leaves no half-used item
/// behind.
#[must_use = "a lease that is dropped discards its item"]
pub struct Lease<F: Factory> {
    /// None only while the lease ends.
    claim: Option<Claim<F>>,
}

impl<F: Factory> Lease<F> {
    pub(crate) fn new(claim: Claim<F>) -> Self {
        Self { claim: Some(claim) }
    }

    /// The slot of the item, counted from 0.
    pub fn slot(&self) -> usize {
        self.claim().slot()
    }

    /// Gives a healthy item back, with its state, for the next caller.
    pub fn release(mut self) {
        if let Some(claim) = self.claim.take() {
            claim.give_back();
        }
    }

    fn claim(&self) -> &Claim<F> {
        self.claim.as_ref().expect("the lease has not ended")
    }
}

const HOLDS_AN_ITEM: &str = "a lease begins with an item";

impl<F: Factory> Deref for Lease<F> {
    type Target = F::Item;

    fn deref(&self) -> &F::Item {
        let served: &Served<F::Item> = self.claim().served.as_ref().expect(HOLDS_AN_ITEM);
        &served.item
    }
}

impl<F: Factory> DerefMut for Lease<F> {
    fn deref_mut(&mut self) -> &mut F::Item {
        let claim = self.claim.as_mut().expect("the lease has not ended");
        &mut claim.served.as_mut().expect(HOLDS_AN_ITEM).item
    }
}

impl<F: Factory> Drop for Lease<F> {
    fn drop(&mut self) {
        if let Some(claim) = self.claim.take() {
            claim.renew(Ended::Discarded);
        }
    }
}

impl<F: Factory> fmt::Debug for Lease<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("slot", &self.slot())
            .finish_non_exhaustive()
    }
}
