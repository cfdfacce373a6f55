//! Writes into a WebAssembly module how errors leave its C functions, without exceptions.
//!
//! Lua's errors are long jumps. WebAssembly has none; what compilers make of them are exceptions,
//! which an engine keeps in a collected heap: every component would pay for that heap, and a
//! script that catches errors would fill it. So the interpreter is linked with two functions that
//! do nothing of what they are for, `raisfast-throw` and `raisfast-try`, and [`write()`] gives them
//! their meaning:
//!
//! - `throw()` sets a flag, a global of the module, and returns.
//! - After each call of a function that may throw, the flag is tested. Where it is set, the caller
//!   returns too, with zeros, which nobody reads.
//! - `try(function, first, second)` calls `function(first, second)`, clears the flag, and puts the
//!   stack pointer of C back to where it was.
//!
//! Which functions may throw is found from `throw` up, through direct calls and through calls of
//! a type that one of them has in the table. All others stay as they are.
//!
//! A throw without a try around it would go unnoticed, so the module has to make sure that there
//! is none. This crate does not know Lua.

mod body;
mod error;
mod module;
mod throwers;

pub use error::Error;

use wasm_encoder::{Module, reencode::Reencode as _};
use wasmparser::{Parser, Validator, WasmFeatures};

use crate::{body::Writer, module::Facts, throwers::Throwers};

/// The export that becomes the throw. It takes nothing, and nothing in C returns from it.
pub const THROW: &str = "raisfast-throw";

/// The export that becomes the try. It takes a function in the table, and two pointers for it.
pub const TRY: &str = "raisfast-try";

/// Returns the module with the meaning of [`THROW`] and [`TRY`] written into it, and without the
/// two exports. Debug information is left out: its places in the code would be wrong.
pub fn write(module: &[u8]) -> Result<Vec<u8>, Error> {
    let facts = Facts::of(module)?;
    let throwers = Throwers::among(&facts);
    let mut written = Module::new();
    Writer::new(&facts, &throwers)
        .parse_core_module(&mut written, Parser::new(0), module)
        .map_err(|error| Error::Encode(error.to_string()))?;
    let written = written.finish();
    Validator::new_with_features(WasmFeatures::default())
        .validate_all(&written)
        .map_err(Error::Invalid)?;
    Ok(written)
}
