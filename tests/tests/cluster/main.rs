//! Several servers of one site, on one database and one bucket.

mod deliveries;
mod events;
mod files;
mod nodes;
mod pooler;
mod releases;
mod rollout;
mod switches;
mod ticks;
mod try_it;

/// The command line as the binary `raisfast` has it.
const SERVER: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
