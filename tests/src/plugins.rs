//! Guests that were built, and manifests for them.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

fn built(folder: &str, name: &str) -> Vec<u8> {
    let path = target().join(folder).join(name).join("plugin.wasm");
    fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{} cannot be read ({error}); run `cargo xtask build-plugins --guests` first",
            path.display()
        )
    })
}

/// The workspace's target folder.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")
}

/// The wasm of a guest under `tests/guests/`.
///
/// # Panics
///
/// When it was not built.
pub fn guest(name: &str) -> Vec<u8> {
    built("guests-out", name)
}

/// The wasm and the manifest of a sample under `sample-plugins/`.
///
/// # Panics
///
/// When it was not built.
pub fn sample(name: &str) -> (Vec<u8>, String) {
    let manifest = target().join("plugins").join(name).join("manifest.toml");
    (
        built("plugins", name),
        fs::read_to_string(manifest).expect("built with its manifest"),
    )
}

/// A manifest's text, from what a test cares about.
#[derive(Debug, Clone)]
pub struct Manifest(String);

impl Manifest {
    /// A plugin with this id that subscribes to these hooks.
    pub fn new(id: &str, hooks: &[&str]) -> Self {
        let mut text = format!(
            "[plugin]\nid = \"{id}\"\nname = \"{id}\"\nversion = \"1.0.0\"\nruntime = \"wasm\"\nentry = \"plugin.wasm\"\n"
        );
        for hook in hooks {
            writeln!(text, "\n[hooks.{hook}]").expect("text grows");
        }
        Self(text)
    }

    /// A script in this language, with this id, that subscribes to these hooks.
    pub fn script(id: &str, language: &str, hooks: &[&str]) -> Self {
        let wasm = "runtime = \"wasm\"\nentry = \"plugin.wasm\"\n";
        let script = format!("runtime = \"{language}\"\n");
        Self(Self::new(id, hooks).0.replacen(wasm, &script, 1))
    }

    /// With a script's interpreter of this version.
    #[must_use]
    pub fn interpreter(self, version: &str) -> Self {
        let line = format!("[plugin]\ninterpreter = \"{version}\"\n");
        Self(self.0.replacen("[plugin]\n", &line, 1))
    }

    /// Of another version.
    #[must_use]
    pub fn version(self, version: &str) -> Self {
        let line = format!("version = \"{version}\"\n");
        Self(self.0.replacen("version = \"1.0.0\"\n", &line, 1))
    }

    /// With more TOML at the end.
    #[must_use]
    pub fn with(mut self, toml: &str) -> Self {
        self.0.push('\n');
        self.0.push_str(toml);
        self.0.push('\n');
        self
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }
}
