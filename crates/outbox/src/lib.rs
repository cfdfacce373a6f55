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
//! One server delivers at a time. Two on one database lose nothing, but deliver twice and in no
//! order.
//!
//! This crate does not know what a post is, nor wasm: a plugin is whoever subscribes to the bus.

mod administration;
mod change;
mod deliver;
mod error;
mod figures;
mod lane;
mod outbox;
mod places;
mod retry;
mod room;
mod rows;

pub use administration::{DeliveryPage, DeliveryState, DeliveryStatus, RecordName, Selection};
pub use change::{Change, Changes};
pub use error::{Bound, OutboxError, OutboxFull};
pub use figures::{Backlog, PluginFigures, backlog};
pub use outbox::{Outbox, OutboxOptions};
pub use places::Places;
pub use retry::TRIES;
