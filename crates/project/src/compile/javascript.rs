//! JavaScript, by jco, which puts the `QuickJS` engine beside it.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, absolute},
};

use super::Compilation;
use crate::{
    BuildError,
    bindings::{FOLDER, WIT, javascript},
    contract::{Contract, WORLD},
};

/// The folder in which npm puts a project's own tools.
const OWN_JCO: &str = "node_modules/.bin/jco";

pub(super) fn compile(compilation: &Compilation<'_>) -> Result<(), BuildError> {
    bundle(compilation, compilation.folder())
}

/// Builds the module `plugin.js` of a folder in which `bindings/` has what stands around it.
pub(super) fn bundle(compilation: &Compilation<'_>, modules: &Path) -> Result<(), BuildError> {
    let own = absolute(compilation.folder().join(OWN_JCO)).ok();
    let jco = own
        .filter(|jco| jco.is_file())
        .map(|jco| compilation.toolchain.at(&jco))
        .or_else(|| compilation.toolchain.program("jco"))
        .ok_or_else(|| compilation.missing("jco"))?;
    let in_project = |path: &Path| absolute(path).map_err(|source| BuildError::read(path, source));
    let contract = in_project(&compilation.folder().join(FOLDER).join(WIT))?;
    let wasm = in_project(&compilation.wasm())?;
    // Beside `plugin.js` while it is built, and gone afterwards.
    let entry = tempfile::Builder::new()
        .prefix(".raisfast-")
        .suffix(".js")
        .tempfile_in(modules)
        .map_err(|source| BuildError::write(modules, source))?;
    let text = javascript::entry(&Contract::of(compilation.manifest)?);
    fs::write(entry.path(), text).map_err(|source| BuildError::write(entry.path(), source))?;
    jco.arg("componentize")
        .arg(entry.path().file_name().unwrap_or(OsStr::new("plugin.js")))
        .arg("--wit")
        .arg(contract)
        .args(["--world-name", WORLD, "--backend", "quickjs"])
        // Hooks are synchronous, and the engine is smaller without.
        .args(["--backend-qjs-disable-async", "-o"])
        .arg(wasm)
        .folder(modules)
        // Its congratulations name a file that is about to move.
        .output(compilation.language())
        .map(drop)
}
