//! The table `outbox`, in a database that other nodes may deliver from.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use raisfast_cluster::{Node, NodeId, Topic};
use raisfast_db::{Database, Timestamp};
use sea_orm::sea_query::Expr;

/// The shortest time between two wakings of other nodes.
const BETWEEN_WAKINGS: Duration = Duration::from_secs(1);

/// The right under which a node delivers rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// No other node can: nothing has to be claimed.
    Alone,
    /// The rows are claimed under this id, and the right ends with its lease.
    Leased(NodeId),
}

/// The table, as one node uses it.
pub(crate) struct Table {
    pub(crate) database: Database,
    pub(crate) node: Node,
    others_woken: Mutex<Option<Instant>>,
}

impl Table {
    pub(crate) fn new(database: Database, node: Node) -> Self {
        Self {
            database,
            node,
            others_woken: Mutex::new(None),
        }
    }

    /// Returns true if other nodes may use the table.
    pub(crate) fn is_shared(&self) -> bool {
        !self.node.is_alone()
    }

    /// Returns the right under which the node may deliver now; `None` if its lease has run out.
    pub(crate) fn right(&self) -> Option<Right> {
        if self.is_shared() {
            self.node.id().map(Right::Leased)
        } else {
            Some(Right::Alone)
        }
    }

    /// Returns true if the right has not ended.
    pub(crate) fn has(&self, right: Right) -> bool {
        self.right() == Some(right)
    }

    /// Returns the time from now by the clock that due times are compared with: the database's,
    /// where nodes share it.
    pub(crate) fn after(&self, wait: Duration) -> Expr {
        let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX);
        if self.is_shared() {
            self.database.now_sql(wait)
        } else {
            let now = chrono::Utc::now();
            let then = now.checked_add_signed(wait).unwrap_or(now);
            Expr::val(Timestamp::from(then))
        }
    }

    /// Returns the present by that clock.
    pub(crate) fn now(&self) -> Expr {
        self.after(Duration::ZERO)
    }

    /// Wakes the other nodes, unless this one has just done so.
    pub(crate) fn wake_others(&self) {
        let woken = self.others_woken.lock();
        let mut woken = woken.unwrap_or_else(PoisonError::into_inner);
        if woken.is_none_or(|at| at.elapsed() >= BETWEEN_WAKINGS) {
            *woken = Some(Instant::now());
            self.node.wake_others(Topic::Outbox);
        }
    }
}
