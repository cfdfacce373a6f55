//! C, by clang and wasi-libc, or by the clang and the libc that zig brings.

use std::path::{Path, PathBuf};

use super::Compilation;
use crate::{
    BuildError, CCompiler,
    bindings::{self, c},
    toolchain::Program,
};

pub(super) fn compile(compilation: &Compilation<'_>) -> Result<(), BuildError> {
    let bindings = Path::new(bindings::FOLDER);
    compiler(compilation)?
        // A library that is called again and again, not a program with a `main`.
        .args(["-mexec-model=reactor", "-Wall", "-Wextra"])
        .args([
            compilation.profile.choose("-O2", "-O0"),
            "-gline-tables-only",
            "-I",
        ])
        .arg(bindings)
        .args(sources(compilation)?)
        .arg(bindings.join(c::SOURCE))
        .arg(bindings.join(c::WORLD_OBJECT))
        .args(["-Wl,-z,stack-size=262144", "-o"])
        .arg(compilation.wasm())
        .folder(compilation.folder())
        .run(compilation.language())
}

fn compiler(compilation: &Compilation<'_>) -> Result<Program, BuildError> {
    let toolchain = compilation.toolchain;
    let clang = || {
        Some(
            toolchain
                .newest("clang")?
                // A stack that is used up traps instead of growing into data. Zig's linker does so
                // unasked.
                .args(["--target=wasm32-wasi", "-Wl,--stack-first"]),
        )
    };
    let zig = || {
        Some(
            toolchain
                .program("zig")?
                .args(["cc", "-target", "wasm32-wasi"]),
        )
    };
    match toolchain.c_compiler() {
        CCompiler::Any => clang()
            .or_else(zig)
            .ok_or_else(|| compilation.missing("clang")),
        CCompiler::Clang => clang().ok_or_else(|| compilation.missing("clang")),
        CCompiler::Zig => zig().ok_or_else(|| compilation.missing("zig")),
    }
}

/// The project's own `*.c`, in the order of their names, as paths that no compiler takes for an
/// option: what an archive brings may be called `-fplugin=x.c`.
fn sources(compilation: &Compilation<'_>) -> Result<Vec<PathBuf>, BuildError> {
    let files = bindings::files_with_extension(compilation.folder(), "c")?;
    let names = files.iter().filter_map(|file| file.file_name());
    names
        .map(|name| {
            // Clang hands the name without its folder to a part of itself, which would read options
            // from the file.
            if name.as_encoded_bytes().starts_with(b"@") {
                return Err(BuildError::OptionsFile(name.into()));
            }
            Ok(Path::new(".").join(name))
        })
        .collect()
}
