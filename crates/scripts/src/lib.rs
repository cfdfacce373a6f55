//! The interpreters of script plugins, as WebAssembly that is part of the program.
//!
//! An interpreter is a component like a plugin's, and runs in the same sandbox: it takes the
//! script's text from the host through `interface script` of `plugin.wit`. `cargo xtask
//! interpreters` builds them from the folders beside this file, each with the engine of its
//! language inside. A program that was built without one of them does not run that language.
//!
//! This crate does not know wasmtime.

use raisfast_contract::ScriptLanguage;

/// An interpreter.
#[derive(Debug, Clone, Copy)]
pub struct Interpreter {
    /// The engine and its version, such as `Rhai 1.27.0`.
    pub engine: &'static str,
    /// The version alone.
    pub version: &'static str,
    /// The core module or component.
    pub wasm: &'static [u8],
}

/// By the word of the language.
const INTERPRETERS: &[(&str, Interpreter)] = include!(concat!(env!("OUT_DIR"), "/interpreters.rs"));

impl Interpreter {
    /// Returns the interpreter of a language, if this program has it.
    #[must_use]
    pub fn of(language: ScriptLanguage) -> Option<Self> {
        let mut all = INTERPRETERS.iter();
        all.find(|(word, _)| *word == language.as_str())
            .map(|(_, interpreter)| *interpreter)
    }
}
