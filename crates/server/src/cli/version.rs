//! `raisfast --version`: the version, with what the program was built from.

use clap::builder::Str;
use raisfast_runtime::WASMTIME_VERSION;

/// Returns the version with what it was built from: what a report of a bug has to say.
pub(super) fn line(commit: Option<&str>) -> Str {
    let commit = commit.unwrap_or("source archive");
    let line = format!(
        "{} ({commit}, wasmtime {WASMTIME_VERSION})",
        env!("CARGO_PKG_VERSION")
    );
    // Clap keeps only what lives as long as the program.
    Str::from(&*line.leak())
}
