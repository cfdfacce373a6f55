//! TypeScript: checked and made JavaScript by its own compiler, then built as that.

mod lines;

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Compilation, javascript};
use crate::{
    BuildError,
    bindings::{self, javascript::Source},
};

/// The folder in which npm puts a project's own compiler.
const OWN_TSC: &str = "node_modules/.bin/tsc";

/// Settings that hold whatever `tsconfig.json` says: a file of JavaScript a source, with the lines
/// that it comes from, and none where something is wrong.
const FLAGS: [&str; 20] = [
    "--noEmit",
    "false",
    "--noEmitOnError",
    "true",
    "--sourceMap",
    "true",
    "--inlineSourceMap",
    "false",
    "--removeComments",
    "true",
    "--rewriteRelativeImportExtensions",
    "true",
    "--declaration",
    "false",
    "--composite",
    "false",
    "--incremental",
    "false",
    "--pretty",
    "false",
];

pub(super) fn compile(compilation: &Compilation<'_>) -> Result<(), BuildError> {
    let own = std::path::absolute(compilation.folder().join(OWN_TSC)).ok();
    let tsc = own
        .filter(|tsc| tsc.is_file())
        .map(|tsc| compilation.toolchain.at(&tsc))
        .or_else(|| compilation.toolchain.program("tsc"))
        .ok_or_else(|| compilation.missing("tsc"))?;
    // The engine loads modules from one folder: that of the first.
    let modules = compilation.scratch.join("modules");
    let modules =
        std::path::absolute(&modules).map_err(|source| BuildError::write(&modules, source))?;
    tsc.args(["--project", "tsconfig.json", "--rootDir", ".", "--outDir"])
        .arg(&modules)
        .args(FLAGS)
        .folder(compilation.folder())
        .run(compilation.language())?;
    put_in_their_lines(&modules)?;
    let made = bindings::javascript::files(Source::TypeScript);
    for (path, content) in made {
        let path = modules.join(bindings::FOLDER).join(path);
        let folder = path.parent().unwrap_or(&modules);
        fs::create_dir_all(folder).map_err(|source| BuildError::write(folder, source))?;
        fs::write(&path, content).map_err(|source| BuildError::write(&path, source))?;
    }
    javascript::bundle(compilation, &modules)
}

/// Gives each module the lines of its source, which are those that an error names.
fn put_in_their_lines(folder: &Path) -> Result<(), BuildError> {
    for map in maps_below(folder)? {
        let module = map.with_extension("");
        let read =
            |path: &Path| fs::read_to_string(path).map_err(|source| BuildError::read(path, source));
        // What has no map that can be read has the compiler's own lines.
        if let Some(text) = lines::as_in_the_source(&read(&module)?, &read(&map)?) {
            fs::write(&module, text).map_err(|source| BuildError::write(&module, source))?;
        }
    }
    Ok(())
}

/// The files `….js.map` in a folder and those below.
fn maps_below(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let mut maps = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let entries = fs::read_dir(&folder).map_err(|source| BuildError::read(&folder, source))?;
        for entry in entries {
            let path = entry
                .map_err(|source| BuildError::read(&folder, source))?
                .path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|found| found == "map") {
                maps.push(path);
            }
        }
    }
    Ok(maps)
}
