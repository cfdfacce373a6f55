//! The Lua interpreter of script plugins: a guest that takes the script's files from the host.
//!
//! Lua is the one of lua.org, in C. `c/host.c` holds its state and all that could raise an error
//! of Lua; `engine` is the only module here that calls it. Values go to and fro as bytes, which
//! `packed` writes and reads.
//!
//! - `engine`: the state, its scripts and handlers.
//! - `memory`, `number`: what C's library does elsewhere.
//! - `failure`: how a script failed, in the contract's words.
//! - `functions`: what a script can call beside what `raisfast-script-interface` has.
//! - `hints`: keys that a handler returns and a record does not have.
//! - `exports`: what the host calls.
//!
//! On another target than wasm there is only what can be tested there.

#[cfg(target_arch = "wasm32")]
mod bindings;
#[cfg(target_arch = "wasm32")]
mod engine;
#[cfg(target_arch = "wasm32")]
mod exports;
#[cfg(target_arch = "wasm32")]
mod failure;
#[cfg(target_arch = "wasm32")]
mod functions;
pub mod hints;
#[cfg(target_arch = "wasm32")]
mod memory;
pub mod number;
pub mod packed;
