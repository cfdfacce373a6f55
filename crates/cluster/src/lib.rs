//! The servers of one site: which of them live, and how they wake each other.
//!
//! A server joins as a [`Node`]: a row of the table `nodes` with a lease, renewed every 2 s. What a
//! node takes for itself (a delivery, a tick) names the node's id, and counts for as long as the
//! node's lease does: nothing else has to be renewed.
//!
//! - **Time** is the database's. A lease ends when the database's clock says so, whatever the
//!   clocks of the servers say.
//! - **Fencing.** A node that could not renew its lease, less a margin, holds nothing from then on,
//!   by its own monotonic clock. [`Node::id`] returns `None`, and whoever acts for the site asks it
//!   right before each act. When the database answers again, it joins anew, under another id: what
//!   the former id had taken is left to whoever takes it.
//! - **Wakings** are sent after a commit, never inside a transaction, and may be lost. What is true
//!   is in the database, and a node that has company looks every 2 s.
//!
//! A server that holds its database alone, as on SQLite, is [`Node::alone`]: it has one id for its
//! life, no row that is renewed, and nobody to wake.

mod error;
mod lease;
mod member;
mod node;
mod options;
mod renewal;
mod rows;
mod topic;
mod waking;

pub use error::JoinError;
pub use member::Member;
pub use node::{Node, NodeId};
pub use options::{Files, NodeOptions, Timing};
pub use topic::Topic;
