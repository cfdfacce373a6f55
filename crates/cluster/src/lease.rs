//! The lease as the node itself may count on it.
//!
//! It is measured by the node's monotonic clock from the moment at which the last renewal that
//! succeeded began: the database, which has run it later, has written an end that is later. A lease
//! that is over stays over, even if the database renews it after all: others may have acted on its
//! end.

use std::{
    sync::{PoisonError, RwLock},
    time::Instant,
};

use crate::NodeId;

/// A lease, which ends by itself: reading it compares with the clock, and waits for no task.
#[derive(Debug)]
pub(crate) struct Lease(RwLock<Held>);

#[derive(Debug, Clone, Copy)]
struct Held {
    id: NodeId,
    until: Until,
}

#[derive(Debug, Clone, Copy)]
enum Until {
    Forever,
    At(Instant),
    Over,
}

impl Held {
    fn is_valid(&self) -> bool {
        match self.until {
            Until::Forever => true,
            Until::At(end) => Instant::now() < end,
            Until::Over => false,
        }
    }
}

impl Lease {
    /// A lease that nobody else can take.
    pub(crate) fn forever(id: NodeId) -> Self {
        Self::with(id, Until::Forever)
    }

    /// A lease that has begun.
    pub(crate) fn until(id: NodeId, end: Instant) -> Self {
        Self::with(id, Until::At(end))
    }

    fn with(id: NodeId, until: Until) -> Self {
        Self(RwLock::new(Held { id, until }))
    }

    /// Returns the id, unless its lease is over.
    pub(crate) fn id(&self) -> Option<NodeId> {
        let held = self.read();
        held.is_valid().then_some(held.id)
    }

    /// Returns the id that it has or had last.
    pub(crate) fn last_id(&self) -> NodeId {
        self.read().id
    }

    /// Returns the end, if it has one that is still to come.
    pub(crate) fn end(&self) -> Option<Instant> {
        match self.read().until {
            Until::At(end) if Instant::now() < end => Some(end),
            _ => None,
        }
    }

    /// Moves the end, unless the lease is over already.
    pub(crate) fn extend(&self, end: Instant) {
        let mut held = self.write();
        held.until = if held.is_valid() {
            Until::At(end)
        } else {
            Until::Over
        };
    }

    /// Begins another lease after one that is over.
    pub(crate) fn begin(&self, id: NodeId, end: Instant) {
        *self.write() = Held {
            id,
            until: Until::At(end),
        };
    }

    /// Ends it now.
    pub(crate) fn stop(&self) {
        self.write().until = Until::Over;
    }

    fn read(&self) -> Held {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Held> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_lease_is_over_at_its_end_and_stays_so() {
        let id = NodeId::new();
        let later = Instant::now() + Duration::from_mins(1);
        let lease = Lease::until(id, later);
        assert_eq!((lease.id(), lease.end()), (Some(id), Some(later)));
        let much_later = later + Duration::from_mins(1);
        lease.extend(much_later);
        assert_eq!(lease.end(), Some(much_later));
        // A renewal that took until after the end that it was to move.
        lease.extend(Instant::now());
        assert_eq!((lease.id(), lease.end()), (None, None));
        lease.extend(much_later);
        assert_eq!((lease.id(), lease.end()), (None, None));
        assert_eq!(lease.last_id(), id);

        let next = NodeId::new();
        lease.begin(next, much_later);
        assert_eq!(lease.id(), Some(next));
        lease.stop();
        assert_eq!(lease.id(), None);
    }

    #[test]
    fn what_nobody_else_can_take_has_no_end() {
        let lease = Lease::forever(NodeId::new());
        assert!(lease.id().is_some());
        assert_eq!(lease.end(), None);
    }
}
