//! JavaScript, by jco, which puts the `QuickJS` engine beside it.

use super::Compilation;
use crate::{
    BuildError,
    bindings::{FOLDER, WIT},
    contract::WORLD,
};

/// Where npm puts a project's own tools.
const OWN_JCO: &str = "node_modules/.bin/jco";

pub(super) fn compile(compilation: &Compilation<'_>) -> Result<(), BuildError> {
    let own = std::path::absolute(compilation.folder().join(OWN_JCO)).ok();
    own.filter(|jco| jco.is_file())
        .map(|jco| compilation.toolchain.at(&jco))
        .or_else(|| compilation.toolchain.program("jco"))
        .ok_or_else(|| compilation.missing("jco"))?
        .args(["componentize", "plugin.js", "--wit"])
        .arg(format!("{FOLDER}/{WIT}"))
        .args(["--world-name", WORLD, "--backend", "quickjs"])
        // Hooks are synchronous, and the engine is smaller without.
        .args(["--backend-qjs-disable-async", "-o"])
        .arg(compilation.wasm())
        .folder(compilation.folder())
        // Its congratulations name a file that is about to move.
        .output(compilation.language())
        .map(drop)
}
