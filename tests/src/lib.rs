//! The foundation of the end-to-end tests: a real server in this process, real plugins in its
//! folder, and a client that talks HTTP to it; where a process of its own is the point, a
//! [`ChildServer`].
//!
//! They run on SQLite and local files; `RAISFAST_TEST_DATABASE=postgres` or `mariadb`, and
//! `RAISFAST_TEST_FILES=s3`, ask for others. `cargo xtask test` runs those that add something.
//!
//! The tests themselves are in `tests/`, one file or folder per subject. Guests come from
//! `cargo xtask build-plugins --guests`, which `cargo xtask test` runs first.

mod calls;
mod child_server;
mod client;
mod cluster;
mod files;
mod held_server;
mod load_balancer;
mod malformed;
mod neighbour;
mod plugins;
mod projects;
mod scripts;
mod server;
mod small_disk;
mod trace_collector;
mod wait;
mod witness;

pub use calls::{content_type, parsed, post_output, script};
pub use child_server::ChildServer;
pub use client::{Answer, Client};
pub use cluster::Cluster;
pub use held_server::HeldServer;
pub use load_balancer::LoadBalancer;
pub use malformed::{Stack, malformed};
pub use neighbour::Neighbour;
pub use plugins::{Manifest, guest, sample};
pub use projects::{Author, tools};
pub use raisfast_test_databases::{Pooler, Server as DatabaseServer};
pub use server::{Settings, TestServer};
pub use small_disk::SmallDisk;
pub use trace_collector::{Collector, SentSpan};
pub use wait::{eventually, eventually_within};
pub use witness::{WITNESS, witness_manifest, witness_migration};
