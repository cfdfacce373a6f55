//! The outbox on a real database, with closures for plugins.

mod administration;
mod delivery;
mod failures;
mod room;
mod support;
