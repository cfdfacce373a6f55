//! C's toolchain: clang, its linker for wasm, and wasi-libc, which Debian has. They are used from
//! where they are.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use super::link;
use crate::{process, setup, toolchain::Facts};

/// The compilers that are looked for: the one that plugins are tried with, then any.
const COMPILERS: [&str; 7] = [
    "clang-19", "clang", "clang-18", "clang-17", "clang-16", "clang-15", "clang-14",
];

/// Debian's packages for all of it: in one version, and in whichever is its own.
const PACKAGES: [[&str; 4]; 2] = [
    [
        "clang-19",
        "lld-19",
        "wasi-libc",
        "libclang-rt-19-dev-wasm32",
    ],
    ["clang", "lld", "wasi-libc", "libclang-rt-dev-wasm32"],
];

/// A program that needs every part: the compiler, its runtime, the linker, the library.
const PROGRAM: &str =
    "#include <stdio.h>\nint main(void) { long double x = 1; return printf(\"%Lf\", x * x); }\n";

pub(super) fn install() -> Result<()> {
    if builds(&link::folder().join("clang")) {
        return Ok(());
    }
    if let Some(compiler) = find() {
        return link::link("clang", &compiler);
    }
    let facts = Facts::gather()?;
    if facts.has_apt && facts.is_root {
        for packages in PACKAGES {
            setup::install_packages("Installing clang and wasi-libc", &packages);
            if let Some(compiler) = find() {
                return link::link("clang", &compiler);
            }
        }
    }
    bail!(
        "no clang here builds for wasm32-wasi. On Debian and its kin this installs one:\n\n    sudo apt-get install --no-install-recommends {}\n\nelsewhere, with zig: cargo xtask setup --lang zig, which builds C too",
        PACKAGES[0].join(" ")
    )
}

/// A compiler on `PATH` that builds for wasm.
fn find() -> Option<PathBuf> {
    let mut found = COMPILERS.into_iter().filter_map(|name| {
        let shell = format!("command -v {name}");
        process::output(Command::new("sh").args(["-c", &shell])).map(PathBuf::from)
    });
    found.find(|compiler| builds(compiler))
}

fn builds(compiler: &Path) -> bool {
    let Ok(folder) = tempfile::tempdir() else {
        return false;
    };
    let source = folder.path().join("program.c");
    if std::fs::write(&source, PROGRAM).is_err() {
        return false;
    }
    let mut clang = Command::new(compiler);
    clang.arg("--target=wasm32-wasi").arg(&source).arg("-o");
    let built = process::output(clang.arg(folder.path().join("program.wasm")));
    built.is_some()
}
