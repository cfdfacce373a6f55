//! From a project to `dist/`, the folder that a server loads.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use raisfast_contract::{HookName, written_hooks};
use raisfast_manifest::{Manifest, ManifestErrors};

use crate::{Language, Profile, Project, Toolchain, bindings, compile, lines, written};

/// The folder that is made.
pub(crate) const DIST: &str = "dist";

/// The beginning of the name of a folder for a build in progress, in `dist/`.
const UNFINISHED: &str = ".building-";

/// The folder of migrations, which make a plugin's own tables; a server reads it beside the
/// manifest.
const MIGRATIONS: &str = "migrations";

/// The result of a build.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// The folder to copy to a server.
    pub folder: PathBuf,
    /// The plugin's code in it.
    pub wasm: PathBuf,
    /// The length of that file.
    pub bytes: u64,
    /// The bytes of the line table in it; none where there is no such table.
    pub line_table: Option<usize>,
    /// The manifest that it was built for.
    pub manifest: Manifest,
    /// The hooks that the source has; none where the built code does not tell either.
    pub written: Option<BTreeSet<HookName>>,
}

/// The reason why there is no plugin.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The manifest cannot be read.
    #[error("cannot read {}: {source}; a project has a manifest", path.display())]
    NoManifest {
        /// The path where it should be.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The manifest is not valid.
    #[error(transparent)]
    Manifest(ManifestErrors),
    /// The manifest names no hook, so there is nothing that could be called.
    #[error(
        "nothing would call this plugin: write the hooks that it is for in manifest.toml, for example [hooks.on-post-creating]"
    )]
    NoHooks,
    /// The language's compiler is not installed.
    #[error(
        "`{program}` is not on PATH; {} needs {}",
        language.title(),
        language.needs()
    )]
    MissingProgram {
        /// The program that was looked for.
        program: &'static str,
        /// The language that it was to build.
        language: Language,
    },
    /// A program is there and cannot be run.
    #[error("cannot run `{program}`: {source}; is it made for this machine?")]
    Unusable {
        /// The program.
        program: String,
        /// The system's error.
        source: io::Error,
    },
    /// The compiler said no.
    #[error(
        "`{program}` could not build it; what it says is above. Each hook in manifest.toml needs its function. If a tool or a library is missing: {} needs {}",
        language.title(),
        language.needs()
    )]
    Failed {
        /// The compiler.
        program: String,
        /// The language that it was to build.
        language: Language,
    },
    /// The compiler said no, and the source imports a package of npm.
    #[error(
        "the plugin could not be built; what the compiler says is above. {place} imports the package `{name}`: {}, make a module of it in the project with `npx esbuild {name} --bundle --format=esm --outfile={module}`, and import \"./{module}\"",
        if *language == Language::TypeScript {
            "packages are not built with TypeScript; set `\"allowJs\": true` in tsconfig.json"
        } else {
            "if it is not made of ES modules, or not installed in node_modules"
        }
    )]
    Package {
        /// The file and the line.
        place: String,
        /// The package, as it is imported.
        name: String,
        /// A name for the file that it can be made.
        module: String,
        /// The language of the project.
        language: Language,
    },
    /// The source imports a module of Node.js.
    #[error(
        "the plugin could not be built; what the compiler says is above. {place} imports `{name}`, a module of Node.js, and a plugin has the language alone; what the server offers is in `raisfast:plugin-wit/host-api`"
    )]
    NodeModule {
        /// The file and the line.
        place: String,
        /// The module.
        name: String,
    },
    /// The compiler is content, and there is no plugin.
    #[error("`{program}` built no plugin: {reason}")]
    NoPlugin {
        /// The compiler.
        program: &'static str,
        /// The missing part, and what to write.
        reason: &'static str,
    },
    /// A source would be read as options.
    #[error(
        "the file {0:?} would be read for options by the compiler, because its name begins with `@`; rename it"
    )]
    OptionsFile(OsString),
    /// Go's module has no name, which imports begin with.
    #[error("{} has no line `module …`; write for example: module example.com/my-plugin", .0.display())]
    NoGoModule(PathBuf),
    /// More files than a project has.
    #[error("{} has more than {limit} files; name the folder of one plugin", folder.display())]
    TooManyFiles {
        /// The folder.
        folder: PathBuf,
        /// The most that it may have.
        limit: usize,
    },
    /// A file or folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl BuildError {
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write {
            path: path.to_owned(),
            source,
        }
    }
}

pub(crate) fn build(
    project: &Project,
    manifest: &Manifest,
    toolchain: &Toolchain,
    profile: Profile,
) -> Result<Built, BuildError> {
    bindings::write(project, manifest)?;
    let folder = project.folder().join(DIST);
    fs::create_dir_all(&folder).map_err(|source| BuildError::write(&folder, source))?;
    // In `dist/`, so that the last step is a rename; away from what is there until it has
    // succeeded.
    let scratch = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(&folder)
        .map_err(|source| BuildError::write(&folder, source))?;
    let compiled = compile::compile(project, manifest, toolchain, profile, scratch.path())?;
    let line_table = lines::keep(project, &compiled)?;
    let written = tell_what_is_written(project, manifest, &compiled)?;
    let (wasm, bytes) = deploy(project, manifest, &compiled, &folder)?;
    Ok(Built {
        folder,
        wasm,
        bytes,
        line_table,
        manifest: manifest.clone(),
        written,
    })
}

/// Removes what a build that was killed has left in `dist/`. A build in progress would fail.
pub(crate) fn remove_unfinished(project: &Project) {
    let entries = fs::read_dir(project.folder().join(DIST));
    for entry in entries.into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) {
            // What stays is hidden, and no server reads it.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Notes in the built code which hooks the source has, for `raisfast plugin check`, which sees no
/// source.
fn tell_what_is_written(
    project: &Project,
    manifest: &Manifest,
    compiled: &Path,
) -> Result<Option<BTreeSet<HookName>>, BuildError> {
    let Some(found) = written::hooks(project)? else {
        let wasm = fs::read(compiled).map_err(|source| BuildError::read(compiled, source))?;
        // The SDK exports every hook.
        return Ok(written_hooks::of(&wasm, &HookName::ALL.into()));
    };
    // Those of the manifest are there: without them it would not have been built.
    let named = manifest.subscriptions().into_keys();
    let written: BTreeSet<_> = named.chain(found).collect();
    let mut file = fs::File::options()
        .append(true)
        .open(compiled)
        .map_err(|source| BuildError::write(compiled, source))?;
    file.write_all(&written_hooks::section(&written))
        .map_err(|source| BuildError::write(compiled, source))?;
    Ok(Some(written))
}

/// Puts together what a server reads, and returns the code's file with its size; the code comes
/// last, so that a server which watches the folder sees it whole.
fn deploy(
    project: &Project,
    manifest: &Manifest,
    compiled: &Path,
    folder: &Path,
) -> Result<(PathBuf, u64), BuildError> {
    let migrations = folder.join(MIGRATIONS);
    if migrations.exists() {
        fs::remove_dir_all(&migrations).map_err(|source| BuildError::write(&migrations, source))?;
    }
    let source = project.folder().join(MIGRATIONS);
    if source.is_dir() {
        copy_files(&source, &migrations)?;
    }
    copy(
        &project.folder().join(crate::project::MANIFEST),
        &folder.join(crate::project::MANIFEST),
    )?;
    let wasm = folder.join(&manifest.plugin.entry);
    let parent = wasm.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(|source| BuildError::write(parent, source))?;
    fs::rename(compiled, &wasm).map_err(|source| BuildError::write(&wasm, source))?;
    let bytes = fs::metadata(&wasm)
        .map_err(|source| BuildError::read(&wasm, source))?
        .len();
    Ok((wasm, bytes))
}

fn copy_files(from: &Path, to: &Path) -> Result<(), BuildError> {
    fs::create_dir_all(to).map_err(|source| BuildError::write(to, source))?;
    let entries = fs::read_dir(from).map_err(|source| BuildError::read(from, source))?;
    for entry in entries {
        let entry = entry.map_err(|source| BuildError::read(from, source))?;
        if entry.path().is_file() {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), BuildError> {
    let content = fs::read(from).map_err(|source| BuildError::read(from, source))?;
    fs::write(to, content).map_err(|source| BuildError::write(to, source))
}
