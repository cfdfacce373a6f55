//! The Lua interpreter of script plugins: a guest that takes the script's files from the host.
//!
//! Lua is the one of lua.org, in C. `c/host.c` holds its state and all that could raise an error
//! of Lua; `engine` is the only module here that calls it. Values go to and fro as bytes, which
//! `packed` writes and reads.
//!
//! - `engine`: the state, its scripts and handlers.
//! - `memory`, `number`: what C's library does elsewhere.
//! - `json`: JSON as values of Lua.
//! - `failure`: how a script failed, in the contract's words.
//! - `functions`: what a script can call.
//! - `typed`: the database without SQL.
//! - `records`: what handlers get and return.
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
pub mod json;
#[cfg(target_arch = "wasm32")]
mod memory;
pub mod number;
pub mod packed;
#[cfg(target_arch = "wasm32")]
mod records;
#[cfg(target_arch = "wasm32")]
mod typed;
