//! Rust, by cargo.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::Compilation;
use crate::BuildError;

/// The target that plugins are built for.
const TARGET: &str = "wasm32-unknown-unknown";

/// The settings of cargo that make of the profile `release` one for debugging. It stays `release`,
/// so that the result lies where it lies.
const DEBUG: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", "true"),
    ("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true"),
];

/// One of the lines in which cargo says what it does.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    manifest_path: Option<PathBuf>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

pub(super) fn compile(compilation: &Compilation<'_>) -> Result<(), BuildError> {
    let messages = compilation
        .toolchain
        .program("cargo")
        .ok_or_else(|| compilation.missing("cargo"))?
        .args(["build", "--release", "--target", TARGET])
        // Where the result lies is cargo's to know: a workspace or its configuration may say
        // otherwise.
        .args(["--message-format", "json-render-diagnostics"])
        // Whatever the project says: the lines are kept, in a form that is much smaller.
        .env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only")
        .env("CARGO_PROFILE_RELEASE_STRIP", "none")
        .envs(compilation.profile.choose(&[], &DEBUG))
        .folder(compilation.folder())
        .output(compilation.language())?;
    let built = wasm_of(&messages, compilation.folder()).ok_or(BuildError::NoPlugin {
        program: "cargo",
        reason: "write in Cargo.toml: [lib] crate-type = [\"cdylib\"]",
    })?;
    fs::copy(&built, compilation.wasm())
        .map(drop)
        .map_err(|source| BuildError::read(&built, source))
}

/// The wasm that the folder's own package became.
fn wasm_of(messages: &[u8], folder: &Path) -> Option<PathBuf> {
    let manifest = fs::canonicalize(folder.join("Cargo.toml")).ok()?;
    serde_json::Deserializer::from_slice(messages)
        .into_iter::<Message>()
        .filter_map(Result::ok)
        .filter(|message| {
            let path = message.manifest_path.as_ref();
            path.and_then(|path| fs::canonicalize(path).ok())
                .is_some_and(|path| path == manifest)
        })
        .flat_map(|message| message.filenames)
        .find(|file| {
            file.extension()
                .is_some_and(|extension| extension == "wasm")
        })
}
