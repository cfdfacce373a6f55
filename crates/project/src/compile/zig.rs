//! Zig, linked with the C that speaks the contract's calling convention.

use std::{fs, path::Path};

use super::Compilation;
use crate::{
    BuildError,
    bindings::{self, c},
};

/// The header as Zig.
const HEADER_IN_ZIG: &str = "plugin_world.zig";

pub(super) fn compile(compilation: &Compilation<'_>) -> Result<(), BuildError> {
    translate_header(compilation)?;
    let bindings = Path::new(bindings::FOLDER);
    zig(compilation)?
        .args(["build-exe", "-target", "wasm32-wasi", "-lc"])
        .arg(compilation.language().marker())
        .arg(bindings.join(c::SOURCE))
        .arg(bindings.join(c::WORLD_OBJECT))
        // A library that is called again and again, not a program with a `main`.
        .args(["-mexec-model=reactor", "-fno-entry", "-O"])
        .arg(compilation.profile.choose("ReleaseSmall", "Debug"))
        // Names and lines stay.
        .arg("-fno-strip")
        // Zig's own default, 16 MiB, would be much of what a plugin may have.
        .args(["--stack", "262144"])
        .arg(format!("-femit-bin={}", compilation.wasm().display()))
        .folder(compilation.folder())
        .run(compilation.language())
}

/// Zig cannot include a header: its own translator makes a file to import of it.
fn translate_header(compilation: &Compilation<'_>) -> Result<(), BuildError> {
    let header = Path::new(bindings::FOLDER).join(c::HEADER);
    let translated = zig(compilation)?
        .args(["translate-c", "-target", "wasm32-wasi", "-lc"])
        .arg(header)
        .folder(compilation.folder())
        .output(compilation.language())?;
    let file = compilation
        .folder()
        .join(bindings::FOLDER)
        .join(HEADER_IN_ZIG);
    fs::write(&file, translated).map_err(|source| BuildError::write(&file, source))
}

fn zig(compilation: &Compilation<'_>) -> Result<crate::toolchain::Program, BuildError> {
    compilation
        .toolchain
        .program("zig")
        .ok_or_else(|| compilation.missing("zig"))
}
