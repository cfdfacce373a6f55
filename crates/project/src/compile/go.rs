//! Go, by its own toolchain.

use std::fs;

use super::Compilation;
use crate::{BuildError, bindings, contract::Contract};

pub(super) fn compile(compilation: &Compilation<'_>) -> Result<(), BuildError> {
    compilation
        .toolchain
        .program("go")
        .ok_or_else(|| compilation.missing("go"))?
        .args([
            "build",
            "-buildmode=c-shared",
            "-trimpath",
            "-buildvcs=false",
        ])
        // Without DWARF, and with the functions' names, for a deadline: they are 2 % of the file.
        .args(["-ldflags=-w", "-o"])
        .arg(compilation.wasm())
        .arg(format!("./{}", bindings::FOLDER))
        .env("GOOS", "wasip1")
        .env("GOARCH", "wasm")
        .folder(compilation.folder())
        .run(compilation.language())?;
    // Go's linker knows nothing of worlds.
    let wasm = compilation.wasm();
    let mut module = fs::read(&wasm).map_err(|source| BuildError::read(&wasm, source))?;
    Contract::of(compilation.manifest)?.embed(&mut module);
    fs::write(&wasm, module).map_err(|source| BuildError::write(&wasm, source))
}
