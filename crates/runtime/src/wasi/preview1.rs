//! WASI preview 1, for core modules whose toolchain knows nothing newer: Go's, and what is built
//! with wasi-libc.
//!
//! Such a module becomes a component with `preview1/adapter.wat` inside it, which answers the 46
//! functions with what it asks of `preview1/adapter.wit`. The host's side of that is in [`host`].

pub(crate) mod host;

use std::{collections::BTreeSet, sync::LazyLock};

use wasmparser::{Parser, Payload};
use wit_component::StringEncoding;
use wit_parser::Resolve;

/// The name by which a module imports it.
pub(crate) const MODULE: &str = "wasi_snapshot_preview1";

/// The adapter, to be read.
pub(crate) const TEXT: &str = include_str!("preview1/adapter.wat");
const WIT: &str = include_str!("preview1/adapter.wit");

/// The adapter as wit-component wants it: a core module that says which world it imports.
pub(crate) static ADAPTER: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut module = wat::parse_str(TEXT).expect("adapter.wat is valid");
    let mut resolve = Resolve::default();
    let world = resolve
        .push_source("adapter.wit", WIT)
        .and_then(|package| resolve.select_world(&[package], None))
        .expect("adapter.wit has one world");
    let encoding = StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, world, encoding, false)
        .expect("a world can be embedded in a module");
    module
});

/// The functions that it answers.
pub(crate) static FUNCTIONS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut functions = BTreeSet::new();
    for payload in Parser::new(0).parse_all(&ADAPTER) {
        if let Ok(Payload::ExportSection(exports)) = payload {
            functions.extend(exports.into_iter().flatten().map(|it| it.name.to_owned()));
        }
    }
    functions
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_preview_1_is_answered() {
        assert!(FUNCTIONS.contains("adapter_monotonic_clock_set_paused"));
        assert_eq!(FUNCTIONS.len(), 46 + 1);
    }
}
