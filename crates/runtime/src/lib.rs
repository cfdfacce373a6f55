//! Compile, cache, instantiate and call plugins with wasmtime.
//!
//! - [`Runtime`]: the engine, its clock, the AOT cache and the linked host functions. One a server.
//! - [`Compiler`] and [`CompilerTurn`]: who compiles a plugin, and how that is done beside a
//!   server's work.
//! - [`Program`]: a plugin's compiled code, checked against the contract.
//! - [`Plugin`]: a program with its rights and a pool of instances, ready to be called.
//! - [`HandOver`]: the way of instances' state from one version of a plugin to the next.
//!
//! This crate does not know which folder holds what, when plugins are loaded, or who calls which
//! hook.
//!
//! ```no_run
//! use std::{sync::Arc, time::Duration};
//! use raisfast_host_api::HostedPlugin;
//! use raisfast_runtime::{Plugin, PluginLimits, Runtime, RuntimeOptions};
//! use raisfast_contract::{HookName, PostInput, hook::OnPostCreating};
//!
//! # async fn example(hosted: Arc<HostedPlugin>) -> Result<(), Box<dyn std::error::Error>> {
//! let runtime = Runtime::new(RuntimeOptions::default())?;
//! let wasm = std::fs::read("plugin.wasm")?;
//! let program = runtime.load(&wasm, &[HookName::OnPostCreating].into())?;
//! let plugin = Plugin::start(program, hosted, PluginLimits::default()).await?;
//!
//! let post = Arc::new(PostInput { title: "Hello World".into(), ..PostInput::default() });
//! let call = plugin.call::<OnPostCreating>((post,), None, Duration::from_secs(5));
//! let changed = call.output().await?;
//! # Ok(())
//! # }
//! ```

mod binary;
mod cache;
mod compiler;
mod engine;
mod error;
mod instance;
mod interpreter;
mod lifecycle;
mod memory;
mod plugin;
mod profiling;
mod program;
mod room;
mod schedule;
mod state;
mod structure;
mod trap;
mod wasi;
mod whereabouts;

pub use compiler::{CompileLimits, Compiler, CompilerTurn, run_compile_worker};
pub use engine::{Runtime, RuntimeOptions};
pub use error::{CallError, LoadError, RuntimeError};
pub use interpreter::{script_engine, script_engine_version};
pub use lifecycle::HandOver;
pub use plugin::{Plugin, PluginLimits};
pub use program::Program;
pub use raisfast_bindings::{CONTRACT, GuestHook, compatibility};
pub use raisfast_pool::PoolStatus;
pub use structure::TooComplex;
/// The version of wasmtime that plugins run in.
pub use wasmtime_environ::VERSION as WASMTIME_VERSION;
