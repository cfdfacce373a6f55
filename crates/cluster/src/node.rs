//! This server among the servers of its site.

use std::{fmt, sync::Arc};

use tokio::sync::watch;
use uuid::Uuid;

use crate::Topic;

/// The id of a node: of one life of its lease. A UUID, written with hyphens, 36 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(Uuid);

impl NodeId {
    /// Makes an id that no node has had.
    pub(crate) fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// This server. Clones are the same node.
#[derive(Clone, Debug)]
pub struct Node {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    ids: watch::Sender<Option<NodeId>>,
    wakings: [watch::Sender<u64>; Topic::ALL.len()],
    is_alone: bool,
}

impl Node {
    /// Returns a node that has its database for itself: it holds what it takes for good.
    pub fn alone() -> Self {
        Self {
            shared: Arc::new(Shared {
                ids: watch::Sender::new(Some(NodeId::new())),
                wakings: Topic::ALL.map(|_| watch::Sender::new(0)),
                is_alone: true,
            }),
        }
    }

    /// Returns true if no other server can use the database: nothing has to be claimed or awaited.
    pub fn is_alone(&self) -> bool {
        self.shared.is_alone
    }

    /// Returns the id under which the node may act now; `None` if its lease has run out.
    pub fn id(&self) -> Option<NodeId> {
        *self.shared.ids.borrow()
    }

    /// Returns the id as it changes: a lost lease, a new one.
    pub fn ids(&self) -> watch::Receiver<Option<NodeId>> {
        self.shared.ids.subscribe()
    }

    /// Wakes the other nodes, which look at the topic then. To be called after the commit. It does
    /// not wait, and may be lost.
    pub fn wake_others(&self, topic: Topic) {
        let _ = topic;
    }

    /// Returns a count that changes when another node has called [`wake_others`], and at the latest
    /// every 2 s unless the node is alone.
    ///
    /// [`wake_others`]: Self::wake_others
    pub fn wakings(&self, topic: Topic) -> watch::Receiver<u64> {
        self.shared.wakings[topic as usize].subscribe()
    }
}
