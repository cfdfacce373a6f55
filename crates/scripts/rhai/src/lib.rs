//! The Rhai interpreter of script plugins: a guest that takes the script's files from the host.
//!
//! - `program`: the script, compiled and run once, and the calls of its functions.
//! - `functions`: what a script can call.
//! - `convert`: Rhai's values as those of the interface of scripts, and back.
//! - `failure`: Rhai's errors, with their places.
//!
//! On any other target than wasm there is no host: what does not need one has its tests there.

#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, reason = "the host calls it, or it calls the host")
)]

#[cfg(target_arch = "wasm32")]
mod bindings;
mod convert;
#[cfg(target_arch = "wasm32")]
mod exports;
mod failure;
mod functions;
mod program;
