//! Statements of plugins that their database does not end, though it was told to.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The count of runaway statements. Their connections are replaced, up to a limit: what goes on
/// there is work for nobody.
#[derive(Clone)]
pub(crate) struct Runaways(Arc<Semaphore>);

impl Runaways {
    const MOST: usize = 8;

    /// Returns true if there are as many as there may be.
    pub(crate) fn are_too_many(&self) -> bool {
        self.0.available_permits() == 0
    }

    /// Counts one more until the permit is dropped; returns none if there are too many already.
    pub(crate) fn one_more(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }
}

impl Default for Runaways {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(Self::MOST)))
    }
}
