//! JavaScript, by jco, which puts the `QuickJS` engine beside it.

use std::{ffi::OsStr, fs};

use super::Compilation;
use crate::{
    BuildError,
    bindings::{FOLDER, WIT, javascript},
    contract::{Contract, WORLD},
};

/// The folder in which npm puts a project's own tools.
const OWN_JCO: &str = "node_modules/.bin/jco";

pub(super) fn compile(compilation: &Compilation<'_>) -> Result<(), BuildError> {
    let own = std::path::absolute(compilation.folder().join(OWN_JCO)).ok();
    let jco = own
        .filter(|jco| jco.is_file())
        .map(|jco| compilation.toolchain.at(&jco))
        .or_else(|| compilation.toolchain.program("jco"))
        .ok_or_else(|| compilation.missing("jco"))?;
    let folder = compilation.folder();
    // Beside `plugin.js` while it is built, and gone afterwards.
    let entry = tempfile::Builder::new()
        .prefix(".raisfast-")
        .suffix(".js")
        .tempfile_in(folder)
        .map_err(|source| BuildError::write(folder, source))?;
    let text = javascript::entry(&Contract::of(compilation.manifest)?);
    fs::write(entry.path(), text).map_err(|source| BuildError::write(entry.path(), source))?;
    jco.arg("componentize")
        .arg(entry.path().file_name().unwrap_or(OsStr::new("plugin.js")))
        .arg("--wit")
        .arg(format!("{FOLDER}/{WIT}"))
        .args(["--world-name", WORLD, "--backend", "quickjs"])
        // Hooks are synchronous, and the engine is smaller without.
        .args(["--backend-qjs-disable-async", "-o"])
        .arg(compilation.wasm())
        .folder(folder)
        // Its congratulations name a file that is about to move.
        .output(compilation.language())
        .map(drop)
}
