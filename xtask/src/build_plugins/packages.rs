//! Guests in Rust: built by cargo, all in one go, so that they share their dependencies and the
//! machine's cores.

use std::{
    collections::BTreeMap,
    io::BufReader,
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use cargo_metadata::{Message, TargetKind};
use raisfast_project::Language;

use crate::{
    guests::{Guest, Kind, Source},
    languages, process, setup,
};

/// A package's module, and how long after the start it was ready; none when it was there already.
pub(crate) type Module = (PathBuf, Option<Duration>);

/// The module of each package, by the package's `Cargo.toml`.
pub(crate) fn build(guests: &[Guest]) -> Result<BTreeMap<PathBuf, Module>> {
    let packages: Vec<&str> = guests
        .iter()
        .filter_map(|guest| match &guest.source {
            Source::Package { name, .. } => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let mut modules = BTreeMap::new();
    if packages.is_empty() {
        return Ok(modules);
    }

    let toolchain = setup::toolchain()?;
    let began = Instant::now();
    let mut cargo = toolchain.cargo("build");
    cargo.args([
        "--profile",
        "guest",
        "--message-format",
        "json-render-diagnostics",
    ]);
    for package in packages {
        cargo.args(["--package", package]);
    }
    if guests.iter().any(|guest| guest.kind == Kind::Interpreter) {
        // QuickJS and Lua are in C, and cargo's builds look for a compiler that knows wasm.
        languages::install(Language::C)?;
        languages::install(Language::Zig)?;
        cargo.env("PATH", languages::path()?);
        cargo.env("CC_wasm32_unknown_unknown", "clang");
    }
    let mut cargo = cargo.stdout(Stdio::piped()).spawn()?;
    let stdout = cargo.stdout.take().context("cargo's output is piped")?;
    let mut messages = Message::parse_stream(BufReader::new(stdout));
    while let Some(message) = process::heard("Building guests", || messages.next()) {
        let Message::CompilerArtifact(artifact) = message? else {
            continue;
        };
        if !artifact.target.kind.contains(&TargetKind::CDyLib) {
            continue;
        }
        let module = artifact
            .filenames
            .into_iter()
            .find(|file| file.extension() == Some("wasm"));
        if let Some(module) = module {
            let ready_after = (!artifact.fresh).then(|| began.elapsed());
            modules.insert(artifact.manifest_path.into(), (module.into(), ready_after));
        }
    }
    let status = cargo.wait()?;
    if !status.success() {
        bail!("the guests do not build ({status}); cargo's messages are above");
    }
    Ok(modules)
}
