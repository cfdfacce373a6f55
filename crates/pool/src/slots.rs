//! The content of every slot at one moment, and the order of turns.

use std::num::NonZeroUsize;

use crate::PoolStatus;

/// An item and how many calls it has served.
pub(crate) struct Served<Item> {
    pub(crate) item: Item,
    pub(crate) calls: u64,
}

enum Slot<Item> {
    Idle(Served<Item>),
    /// Nothing, and nobody is making it.
    Vacant,
    /// A caller has the slot.
    Leased,
    /// Nothing yet: a fresh item is being made in the background.
    Refilling,
}

/// The reason why an item was ended.
#[derive(Clone, Copy)]
pub(crate) enum Ended {
    /// The lease was dropped without release.
    Discarded,
    /// It had served its number of calls.
    Retired,
}

pub(crate) struct Slots<Item> {
    held: Box<[Slot<Item>]>,
    /// The slot that the next caller asks first.
    next: usize,
    closed: bool,
    created: u64,
    discarded: u64,
    retired: u64,
    failed: u64,
}

impl<Item> Slots<Item> {
    pub(crate) fn vacant(size: NonZeroUsize) -> Self {
        Self {
            held: (0..size.get()).map(|_| Slot::Vacant).collect(),
            next: 0,
            closed: false,
            created: 0,
            discarded: 0,
            retired: 0,
            failed: 0,
        }
    }

    /// Leases the next idle slot in turn, else the next vacant one; none if there is neither.
    pub(crate) fn lease(&mut self) -> Option<(usize, Option<Served<Item>>)> {
        if let Some((slot, served)) = self.lease_idle() {
            return Some((slot, Some(served)));
        }
        let slot = self.next(|slot| matches!(slot, Slot::Vacant))?;
        self.take(slot);
        Some((slot, None))
    }

    /// Leases the next idle slot in turn. A closed pool has none.
    pub(crate) fn lease_idle(&mut self) -> Option<(usize, Served<Item>)> {
        let slot = self.next(|slot| matches!(slot, Slot::Idle(_)))?;
        match self.take(slot) {
            Slot::Idle(served) => Some((slot, served)),
            _ => unreachable!("the slot is idle"),
        }
    }

    fn next(&self, is: fn(&Slot<Item>) -> bool) -> Option<usize> {
        let (before, from) = self.held.split_at(self.next);
        let later = from.iter().position(is).map(|past| self.next + past);
        later.or_else(|| before.iter().position(is))
    }

    fn take(&mut self, slot: usize) -> Slot<Item> {
        self.next = slot + 1;
        if self.next == self.held.len() {
            self.next = 0;
        }
        std::mem::replace(&mut self.held[slot], Slot::Leased)
    }

    /// Puts an item, or nothing, into a slot that was leased or being refilled.
    pub(crate) fn put_back(&mut self, slot: usize, served: Option<Served<Item>>) {
        self.held[slot] = served.map_or(Slot::Vacant, Slot::Idle);
    }

    /// Leases a slot that was leased or being refilled to the next caller.
    pub(crate) fn hand_over(&mut self, slot: usize) {
        self.held[slot] = Slot::Leased;
    }

    pub(crate) fn refill(&mut self, slot: usize) {
        self.held[slot] = Slot::Refilling;
    }

    pub(crate) fn count_creation(&mut self, succeeded: bool) {
        if succeeded {
            self.created += 1;
        } else {
            self.failed += 1;
        }
    }

    pub(crate) fn count_end(&mut self, ended: Ended) {
        match ended {
            Ended::Discarded => self.discarded += 1,
            Ended::Retired => self.retired += 1,
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Closes, and hands out the idle items for the caller to drop.
    pub(crate) fn close(&mut self) -> Vec<Served<Item>> {
        self.closed = true;
        let mut idle = Vec::new();
        for slot in &mut self.held {
            match std::mem::replace(slot, Slot::Vacant) {
                Slot::Idle(served) => idle.push(served),
                other => *slot = other,
            }
        }
        idle
    }

    pub(crate) fn is_drained(&self) -> bool {
        self.closed && !self.held.iter().any(|slot| matches!(slot, Slot::Leased))
    }

    pub(crate) fn status(&self, waiting: usize) -> PoolStatus {
        let count = |is: fn(&Slot<Item>) -> bool| self.held.iter().filter(|slot| is(slot)).count();
        PoolStatus {
            size: self.held.len(),
            idle: count(|slot| matches!(slot, Slot::Idle(_))),
            busy: count(|slot| matches!(slot, Slot::Leased)),
            waiting,
            created: self.created,
            discarded: self.discarded,
            retired: self.retired,
            failed: self.failed,
        }
    }
}
