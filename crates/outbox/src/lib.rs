//! The outbox: pending deliveries of committed changes to plugins.
//!
//! A [`Change`] takes its [`Places`] first, writes a row for each subscriber in its own
//! transaction, and commits. From then on the rows are the promise: each is delivered at least
//! once, whatever ends the process in between, and deleted when the plugin has answered.
//!
//! - **Order.** One plugin receives the changes of one record in their order. Different records are
//!   delivered side by side, and so are different plugins.
//! - **Failure.** A delivery that fails is tried again, later each time; its record waits for it.
//!   After [`TRIES`] it is a dead letter, which stays until an administrator retries or discards
//!   it, and the record goes on without it.
//! - **Waiting.** The rows of a plugin that does not run wait until it does. That counts as no try.
//! - **Bounds.** A plugin has a limited number of rows, dead letters included. A change that would
//!   add one more waits shortly, and is refused then: nothing is dropped.
//!
//! Several servers may share the database: each is a [`Node`](raisfast_cluster::Node), and what is
//! said above holds for all of them together.
//!
//! - **Claims.** A node delivers rows that it has claimed, and nobody else does for as long as its
//!   lease lasts. It claims the first row of a record and none behind it, and asks right before
//!   each call if its lease does last. When a lease ends, the claims pass on: what was on its way
//!   then arrives twice, and nothing else does.
//! - **Time.** What is due is due by the database's clock.
//! - **Looking.** A node delivers what it has written, and looks every 2 s for what others have.
//!   One that has more than it takes at once wakes the others.
//! - **Bounds.** Each node takes a share of the room that is left; see `share`.
//! - **Discarding.** A delivery that another node has begun when it is discarded ends there as it
//!   ends, and the record does not wait for it.
//!
//! Where a node is alone, as on SQLite, nothing is claimed.
//!
//! This crate does not know what a post is, nor wasm: a plugin is whoever subscribes to the bus.

mod administration;
mod change;
mod claims;
mod deliver;
mod deliveries;
mod error;
mod figures;
mod follow;
mod lane;
mod outbox;
mod places;
mod retry;
mod room;
mod round;
mod rows;
mod share;
mod table;

pub use administration::{DeliveryPage, DeliveryState, DeliveryStatus, RecordName, Selection};
pub use change::{Change, Changes};
pub use error::{Bound, OutboxError, OutboxFull};
pub use figures::{Backlog, PluginFigures, backlog};
pub use outbox::{Outbox, OutboxOptions};
pub use places::Places;
pub use retry::TRIES;
