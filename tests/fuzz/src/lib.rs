//! What must hold for any input, one function a fuzz target.
//!
//! A target takes bytes, hands them to the code that strangers' bytes reach, and panics where a promise of
//! that code is broken: it accepted what its rule forbids, it changed what it should have kept, it said
//! different things twice. `cargo xtask fuzz` searches for such bytes; `tests/replay.rs` tries those that are
//! in `corpus/`, on every run of the tests.
//!
//! Bounded time and memory are the fuzzer's to see: it ends a run after 10 seconds, and beyond 2 GiB.

#![expect(
    clippy::missing_panics_doc,
    reason = "a panic is how a target says that a promise is broken"
)]

mod component;
mod filter_results;
mod manifest;
mod sql_gate;
mod url_policy;
mod vfs_path;
mod workplace;

pub use component::component;
pub use filter_results::filter_results;
pub use manifest::manifest;
pub use sql_gate::sql_gate;
pub use url_policy::url_policy;
pub use vfs_path::vfs_path;

/// A fuzz target: the name of its corpus, its dictionary and its binary, and what it does with an input.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// In lower case, with underscores.
    pub name: &'static str,
    /// Panics where the input breaks a promise.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: [Target; 6] = [
    Target {
        name: "component",
        run: component,
    },
    Target {
        name: "filter_results",
        run: filter_results,
    },
    Target {
        name: "manifest",
        run: manifest,
    },
    Target {
        name: "sql_gate",
        run: sql_gate,
    },
    Target {
        name: "url_policy",
        run: url_policy,
    },
    Target {
        name: "vfs_path",
        run: vfs_path,
    },
];
