//! The properties that hold for any input, one function per fuzz target.
//!
//! A target takes bytes, hands them to the code that strangers' bytes reach, and panics where a
//! promise of that code is broken: it accepted what its rule forbids, it changed what it should
//! have kept, it said different things twice. `cargo xtask fuzz` searches for such bytes;
//! `tests/replay.rs` tries those that are in `corpus/`, on every run of the tests.
//!
//! Each input has a [`Budget`] of time and memory, by its length.

#![expect(
    clippy::missing_panics_doc,
    reason = "a panic is how a target says that a promise is broken"
)]

mod budget;
mod component;
mod filter_results;
mod manifest;
mod sql_gate;
mod url_policy;
mod vfs_path;
mod workplace;

pub use budget::Budget;

/// A fuzz target: the name of its corpus, its dictionary and its binary, and what it does with an
/// input.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// In lower case, with underscores.
    pub name: &'static str,
    budget: Budget,
    run: fn(&[u8]),
}

impl Target {
    /// Panics where the input breaks a promise, or costs more than it may.
    pub fn check(&self, input: &[u8]) {
        self.budget.spend(input, self.run);
    }

    /// The target of this name.
    pub fn named(name: &str) -> Self {
        let target = TARGETS.into_iter().find(|target| target.name == name);
        target.expect("a target of this name")
    }
}

/// For what reads its input, and makes something of it.
const PARSING: Budget = Budget {
    time: 2_000,
    memory: 64 << 20,
};

/// For what compiles its input.
const COMPILING: Budget = Budget {
    time: 10_000,
    memory: 1 << 30,
};

/// Every target.
pub const TARGETS: [Target; 6] = [
    Target {
        name: "component",
        budget: COMPILING,
        run: component::component,
    },
    Target {
        name: "filter_results",
        budget: PARSING,
        run: filter_results::filter_results,
    },
    Target {
        name: "manifest",
        budget: PARSING,
        run: manifest::manifest,
    },
    Target {
        name: "sql_gate",
        budget: PARSING,
        run: sql_gate::sql_gate,
    },
    Target {
        name: "url_policy",
        budget: PARSING,
        run: url_policy::url_policy,
    },
    Target {
        name: "vfs_path",
        budget: PARSING,
        run: vfs_path::vfs_path,
    },
];
