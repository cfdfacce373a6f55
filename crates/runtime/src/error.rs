//! What can go wrong, by the person who can mend it.

use std::{path::PathBuf, time::Duration};

use raisfast_bindings::compatibility::Mismatch;
use raisfast_types::HookName;

/// The runtime cannot be made: the operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// wasmtime refuses the machine or the configuration.
    #[error("wasmtime cannot start on this machine: {0:#}")]
    Engine(wasmtime::Error),
    /// The folder for compiled code cannot be made or read.
    #[error("the folder for compiled plugins, {}, cannot be used: {source}; choose another or mend its permissions", path.display())]
    CacheFolder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Others could put machine code into the folder, which the server would run.
    #[error(
        "the folder for compiled plugins, {}, can be written by other users (mode {mode:o}); \
         run `chmod go-w {}` or choose another folder", path.display(), path.display()
    )]
    CacheWritableByOthers {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The clock's thread cannot be started.
    #[error("no thread for the plugins' clock can be started: {0}")]
    Clock(std::io::Error),
}

/// A plugin cannot be loaded: its author's to mend.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Neither a core module nor a component.
    #[error(
        "this is no WebAssembly: {found}; expected a file that begins with `\\0asm`, such as `cargo build --target wasm32-unknown-unknown --release` makes"
    )]
    NotWasm {
        /// What the file begins with.
        found: String,
    },
    /// The file is cut off or damaged.
    #[error("the WebAssembly is damaged: {reason}; build or copy it again")]
    Damaged {
        /// The parser's reason.
        reason: String,
    },
    /// Too large to be a plugin.
    #[error("the file has {found} bytes; a plugin has at most {limit}")]
    TooLarge {
        /// Its size.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A core module that no WIT bindings were generated for.
    #[error(
        "this core module carries no `component-type` section, so it was not built with WIT bindings; \
         use `raisfast-plugin` or `wit_bindgen::generate!` with world `plugin-world`, \
         and do not strip custom sections by name"
    )]
    NoContract,
    /// The core module cannot be made into a component.
    #[error(
        "the core module cannot be made into a component: {reason}{}",
        hint(reason)
    )]
    Encode {
        /// wit-component's reason.
        reason: String,
    },
    /// The component and the contract or the manifest do not fit.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Mismatch(Vec<Mismatch>),
    /// wasmtime refuses to compile or link it.
    #[error("the component cannot be compiled or linked: {reason}")]
    Compile {
        /// wasmtime's reason.
        reason: String,
    },
    /// An instance cannot be made.
    #[error("an instance cannot be made: {reason}")]
    Instantiate {
        /// The trap or wasmtime's reason.
        reason: String,
    },
    /// The component's start function did not return in time.
    #[error("an instance was not ready within {limit:?}: its initialisation does not return")]
    InstantiateTimeout {
        /// The limit.
        limit: Duration,
    },
}

fn hint(reason: &str) -> &'static str {
    if reason.contains("wasi_snapshot_preview1") {
        "; it was built for WASI preview 1: build it for wasm32-unknown-unknown, or as a component"
    } else if reason.contains("__wbindgen") {
        "; it was built with wasm-bindgen, for browsers: remove that dependency (often a crate's `js` feature)"
    } else if reason.contains("module requires an import interface named `env`")
        || reason.contains("env")
    {
        "; a symbol is left to the linker: a C function or `extern` block without a definition"
    } else {
        ""
    }
}

/// One call failed. The instance it ran in is discarded, unless the guest was never entered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The component does not export the hook; nothing was called.
    #[error("the plugin does not export `{0}`")]
    NotExported(HookName),
    /// The deadline passed, in the guest, in a host call or while waiting for an instance.
    #[error("no answer within {} ms; the plugin's `timeout_ms` can raise this", limit.as_millis())]
    Deadline {
        /// The limit.
        limit: Duration,
    },
    /// The guest trapped.
    #[error("the guest trapped: {reason}")]
    Trap {
        /// What happened, and where if the guest has names.
        reason: String,
    },
    /// All instances are busy and the waiting queue is full, or a fresh instance cannot be made.
    #[error("no instance is free: {0}")]
    NoInstance(String),
    /// The plugin is being unloaded.
    #[error("the plugin is being unloaded")]
    Closed,
}
