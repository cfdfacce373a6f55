//! The outbox on a real database, with closures for plugins.

mod administration;
mod delivery;
mod drain;
mod failures;
mod nodes;
mod room;
mod support;
