//! The calls of each language's compiler.

mod c;
mod go;
mod imports;
mod javascript;
mod python;
mod rust;
mod typescript;
mod zig;

use std::path::{Path, PathBuf};

use raisfast_manifest::Manifest;

use crate::{BuildError, Language, Profile, Project, Toolchain};

/// The name of the wasm before it has its place.
const WASM: &str = "plugin.wasm";

/// A project to compile, and what with.
struct Compilation<'a> {
    project: &'a Project,
    manifest: &'a Manifest,
    toolchain: &'a Toolchain,
    profile: Profile,
    /// A folder of its own for what comes out.
    scratch: &'a Path,
}

impl Compilation<'_> {
    fn folder(&self) -> &Path {
        self.project.folder()
    }

    fn language(&self) -> Language {
        self.project.language()
    }

    fn wasm(&self) -> PathBuf {
        self.scratch.join(WASM)
    }

    fn missing(&self, program: &'static str) -> BuildError {
        BuildError::MissingProgram {
            program,
            language: self.language(),
        }
    }
}

/// Compiles a project whose bindings are there, and returns the file that came out.
pub(crate) fn compile(
    project: &Project,
    manifest: &Manifest,
    toolchain: &Toolchain,
    profile: Profile,
    scratch: &Path,
) -> Result<PathBuf, BuildError> {
    let compilation = Compilation {
        project,
        manifest,
        toolchain,
        profile,
        scratch,
    };
    match project.language() {
        Language::Rust => rust::compile(&compilation),
        Language::C => c::compile(&compilation),
        Language::Zig => zig::compile(&compilation),
        Language::Go => go::compile(&compilation),
        Language::JavaScript => {
            javascript::compile(&compilation).map_err(|error| imports::explain(&compilation, error))
        }
        Language::TypeScript => {
            typescript::compile(&compilation).map_err(|error| imports::explain(&compilation, error))
        }
        Language::Python => python::compile(&compilation),
    }?;
    Ok(compilation.wasm())
}
