//! Python, by componentize-py, which puts the interpreter beside it.

use super::Compilation;
use crate::{
    BuildError,
    bindings::{FOLDER, WIT},
    contract::WORLD,
};

pub(super) fn compile(compilation: &Compilation<'_>) -> Result<(), BuildError> {
    compilation
        .toolchain
        .program("componentize-py")
        .ok_or_else(|| compilation.missing("componentize-py"))?
        .arg("-d")
        .arg(format!("{FOLDER}/{WIT}"))
        .args(["-w", WORLD, "componentize", "plugin", "-o"])
        .arg(compilation.wasm())
        .folder(compilation.folder())
        // Its congratulations name a file that is about to move.
        .output(compilation.language())
        .map(drop)
}
