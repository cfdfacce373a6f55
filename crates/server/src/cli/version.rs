//! `raisfast --version`: the version, with what the program was built from.

use clap::builder::Str;
use raisfast_contract::ScriptLanguage;
use raisfast_runtime::{WASMTIME_VERSION, script_engine};

/// Returns the version with what it was built from: what a report of a bug has to say.
pub(super) fn line(commit: Option<&str>) -> Str {
    let commit = commit.unwrap_or("source archive");
    let engines = ScriptLanguage::ALL.into_iter().filter_map(script_engine);
    let engines: Vec<_> = engines.collect();
    let mut line = format!(
        "{} ({commit}, wasmtime {WASMTIME_VERSION})",
        env!("CARGO_PKG_VERSION")
    );
    if !engines.is_empty() {
        line.push_str("\nscripts run in ");
        line.push_str(&engines.join(", "));
    }
    // Clap keeps only what lives as long as the program.
    Str::from(&*line.leak())
}
