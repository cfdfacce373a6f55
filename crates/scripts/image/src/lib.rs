//! Writes into a WebAssembly module the memory that it has after its initialisation.
//!
//! An interpreter spends most of its start on what is the same for every script: its types, its
//! globals, its functions. [`write()`] runs that part once, when the interpreter is built: the
//! module's export [`INITIALIZE`], in an engine for which every import is an error, so that nothing
//! of the machine or of the time can get in. What memory and globals then hold becomes what the
//! module begins with. wasmtime maps such data copy on write into each instance, so that a fresh
//! instance has the initialised engine at no cost.
//!
//! The same module always gives the same bytes. A module that needs a random seed or the time has
//! to ask for them after its initialisation.

mod error;
mod initialized;
mod module;
mod ranges;
mod rewrite;

pub use error::Error;

use wasmparser::{Validator, WasmFeatures};

use crate::{initialized::Initialized, module::Facts};

/// The export that initialises the module. It takes and returns nothing, and is left out of the
/// module that is written.
pub const INITIALIZE: &str = "initialize-interpreter";

/// Returns the module as it is after [`INITIALIZE`] has run. Debug information is left out: its
/// places in the code would be wrong.
pub fn write(module: &[u8]) -> Result<Vec<u8>, Error> {
    let facts = Facts::of(module)?;
    let initialized = Initialized::of(&rewrite::opened(module, &facts)?, &facts)?;
    let written = rewrite::initialized(module, &facts, &initialized)?;
    Validator::new_with_features(WasmFeatures::default())
        .validate_all(&written)
        .map_err(Error::Invalid)?;
    Ok(written)
}
