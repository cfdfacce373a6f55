//! The knowledge of a lane while something is due.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use raisfast_db::entity::outbox;
use tokio::task::JoinSet;

use crate::{deliver::Outcome, table::Right};

/// The rows that are known, from the first one that is due until none is left, under one right.
pub(crate) struct Round {
    pub(crate) right: Right,
    /// True if there may be rows that are due and not known.
    pub(crate) look: bool,
    /// Rows to be delivered, of different records.
    pub(crate) backlog: VecDeque<outbox::Model>,
    pub(crate) calls: JoinSet<(outbox::Model, Outcome)>,
    /// The records of the two; and, where rows are claimed, of all that are not let go yet.
    pub(crate) busy: BTreeSet<String>,
    /// Rows that were delivered and are not deleted yet.
    pub(crate) delivered: BTreeMap<i64, Delivered>,
    /// Rows that were claimed and are left to later, or to others; with their records.
    pub(crate) left: BTreeMap<i64, String>,
    /// Rows that are claimed: those of the backlog, of calls, `delivered` and `left`.
    claimed: BTreeSet<i64>,
    /// True if rows may be claimed that are not known.
    pub(crate) is_unsure: bool,
    /// The number of discards when it began.
    pub(crate) discards: u64,
}

/// A row that was delivered.
pub(crate) struct Delivered {
    pub(crate) bytes: u64,
    record: String,
}

impl Round {
    pub(crate) fn new(right: Right, discards: u64) -> Self {
        Self {
            right,
            look: true,
            backlog: VecDeque::new(),
            calls: JoinSet::new(),
            busy: BTreeSet::new(),
            delivered: BTreeMap::new(),
            left: BTreeMap::new(),
            claimed: BTreeSet::new(),
            is_unsure: false,
            discards,
        }
    }

    fn is_alone(&self) -> bool {
        self.right == Right::Alone
    }

    /// Takes rows that are the right's to deliver. One whose record is on its way although no
    /// earlier row is in the database, because that was discarded, is left to later.
    pub(crate) fn take(&mut self, rows: Vec<outbox::Model>) {
        for row in rows {
            if !self.is_alone() {
                self.claimed.insert(row.sequence);
            }
            if self.busy.insert(row.record_id.clone()) {
                self.backlog.push_back(row);
            } else {
                self.left.insert(row.sequence, String::new());
            }
        }
    }

    /// Leaves what was not begun to later, or to others.
    pub(crate) fn put_back(&mut self) {
        for row in std::mem::take(&mut self.backlog) {
            self.leave(row);
        }
    }

    /// Leaves a row that was not delivered to later, or to others.
    pub(crate) fn leave(&mut self, row: outbox::Model) {
        if self.is_alone() {
            self.busy.remove(&row.record_id);
        } else {
            self.left.insert(row.sequence, row.record_id);
        }
    }

    /// Notes a delivery. Where rows are claimed, the next one of its record waits until this one is
    /// deleted: whoever took over would else repeat this one after that one.
    pub(crate) fn delivered(&mut self, row: outbox::Model) {
        if self.is_alone() {
            self.busy.remove(&row.record_id);
            self.look = true;
        }
        let delivered = Delivered {
            bytes: row.params.len() as u64,
            record: row.record_id,
        };
        self.delivered.insert(row.sequence, delivered);
    }

    /// Notes that a row is dead, or due again later.
    pub(crate) fn failed(&mut self, row: &outbox::Model) {
        self.busy.remove(&row.record_id);
        self.claimed.remove(&row.sequence);
        self.look = true;
    }

    /// Forgets the rows that were delivered: they are deleted, or somebody else's.
    pub(crate) fn forget_delivered(&mut self) {
        for (sequence, delivered) in std::mem::take(&mut self.delivered) {
            if !self.is_alone() {
                self.claimed.remove(&sequence);
                self.busy.remove(&delivered.record);
                // The next row of the record can be claimed now.
                self.look = true;
            }
        }
    }

    /// Forgets the rows that are left: they are claimed no longer.
    pub(crate) fn forget_left(&mut self) {
        for (sequence, record) in std::mem::take(&mut self.left) {
            self.claimed.remove(&sequence);
            self.busy.remove(&record);
        }
    }

    /// Returns the rows that are known to be claimed.
    pub(crate) fn claimed(&self) -> impl Iterator<Item = i64> {
        self.claimed.iter().copied()
    }
}
