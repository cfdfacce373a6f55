//! `interpreters`: the interpreters of script plugins, which the server carries.

use std::{fs, path::PathBuf, time::Instant};

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand, Package};
use clap::Args;
use serde_json::Value;

use crate::{
    build_plugins::{self, put},
    guests::{self, Guest, Kind, Source},
    terminal::{self, Size},
    workspace,
};

/// Build the interpreters of script plugins, for the servers that are built afterwards.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask interpreters")]
pub(crate) struct Interpreters {}

impl Interpreters {
    #[expect(clippy::unused_self, reason = "every command runs like this")]
    pub(crate) fn run(self) -> Result<()> {
        build()
    }
}

/// Builds every interpreter into the folder from which the server takes them. One that has not
/// changed is left alone, so that no server is built anew for it.
pub(crate) fn build() -> Result<()> {
    let began = Instant::now();
    let guests = guests::all(&[Kind::Interpreter])?;
    let metadata = MetadataCommand::new()
        .current_dir(workspace::root())
        .exec()
        .context("the workspace's packages cannot be listed")?;
    terminal::heading("Building the interpreters of scripts to wasm");
    let mut modules = build_plugins::modules(&guests)?;
    for guest in &guests {
        let Source::Package { name, cargo_toml } = &guest.source else {
            continue;
        };
        let (module, _) = modules
            .remove(cargo_toml)
            .with_context(|| format!("cargo built no wasm for `{name}`; is it a cdylib?"))?;
        let mut wasm = fs::read(module)?;
        if said(&metadata, name)?["unwind"] == true {
            wasm = raisfast_script_unwind::write(&wasm)
                .with_context(|| format!("`{name}`: how errors unwind cannot be written"))?;
        }
        let engine = engine(&metadata, name)?;
        put(&file(guest, "wasm"), &wasm)?;
        put(&file(guest, "version"), engine.as_bytes())?;
        let size = Size(wasm.len().try_into()?);
        terminal::item(format!("{engine}, {size}"));
    }
    terminal::done("the interpreters are built", began.elapsed());
    Ok(())
}

fn file(guest: &Guest, extension: &str) -> PathBuf {
    let folder = Kind::Interpreter.built();
    folder.join(&guest.name).with_extension(extension)
}

/// Returns an interpreter's engine with its version, as its package says it: the version is that
/// of the package named in `version-of`, if one is.
fn engine(metadata: &Metadata, package: &str) -> Result<String> {
    let said = said(metadata, package)?;
    let engine = said["engine"]
        .as_str()
        .with_context(|| format!("`{package}` lacks `engine` in [package.metadata.interpreter]"))?;
    match said["version-of"].as_str() {
        None => Ok(engine.to_owned()),
        Some(name) => {
            let version = &named(metadata, name)?.version;
            Ok(format!("{engine} {version}"))
        }
    }
}

/// Returns what an interpreter's package says of it.
fn said<'a>(metadata: &'a Metadata, package: &str) -> Result<&'a Value> {
    Ok(&named(metadata, package)?.metadata["interpreter"])
}

fn named<'a>(metadata: &'a Metadata, name: &str) -> Result<&'a Package> {
    let mut packages = metadata.packages.iter();
    packages
        .find(|package| package.name == name)
        .with_context(|| format!("there is no package `{name}`"))
}
