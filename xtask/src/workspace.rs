//! The folders of this workspace.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The folder of the root `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the workspace")
}

/// The folder for everything that is built. Guests lie here whatever `CARGO_TARGET_DIR` says, so
/// that tests find them.
pub(crate) fn target() -> PathBuf {
    root().join("target")
}

/// Cargo's own folder for guests: apart from the host's, so that the two builds never wait for each
/// other.
pub(crate) fn guest_target() -> PathBuf {
    target().join("guests")
}

/// The samples, ready to deploy: `<name>/{manifest.toml,plugin.wasm}`.
pub(crate) fn built_plugins() -> PathBuf {
    target().join("plugins")
}

/// The test guests: `<name>/plugin.wasm`.
pub(crate) fn built_guests() -> PathBuf {
    target().join("guests-out")
}

/// The guests of the benchmark: `<name>/plugin.wasm`.
pub(crate) fn built_benchmark_guests() -> PathBuf {
    target().join("benchmark-guests")
}

/// Returns the folder in which the server looks for plugins: `PLUGIN_DIR`, or its default under the
/// root.
pub(crate) fn plugin_dir() -> PathBuf {
    root()
        .join(env::var_os("PLUGIN_DIR").map_or_else(|| "extensions/plugins".into(), PathBuf::from))
}

/// The cargo that runs this xtask, called in the root.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// A path as a person writes it: relative to the root where it lies below.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}
