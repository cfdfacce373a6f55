//! Sessions over the real database and file store, without wasm.

mod database;
mod equality;
mod local;
mod outgoing;
mod refusals;
mod tables;
mod world;
