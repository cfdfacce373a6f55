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
        if said(&metadata, name)?["image"] == true {
            wasm = raisfast_script_image::write(&wasm)
                .with_context(|| format!("`{name}`: its engine cannot be initialised"))?;
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

/// Returns an interpreter's engine with its version, which is that of the package named in
/// `version-of`, or stands in the header of C named in `version-in`, for engines in C have other
/// versions than the packages that bring them.
fn engine(metadata: &Metadata, package: &str) -> Result<String> {
    let said = said(metadata, package)?;
    let text = |key: &str| {
        said[key]
            .as_str()
            .with_context(|| format!("`{package}` lacks `{key}` in [package.metadata.interpreter]"))
    };
    let (engine, source) = (text("engine")?, named(metadata, text("version-of")?)?);
    let version = match said["version-in"].as_str() {
        None => source.version.to_string(),
        Some(header) => {
            let header = source.manifest_path.with_file_name(header);
            let text =
                fs::read_to_string(&header).with_context(|| format!("{header} cannot be read"))?;
            version_in(&text).with_context(|| format!("{header} defines no version"))?
        }
    };
    Ok(format!("{engine} {version}"))
}

/// Returns the version that a header of C defines in three parts.
fn version_in(header: &str) -> Option<String> {
    let part = |names: &[&str]| {
        header.lines().find_map(|line| {
            let mut words = line.strip_prefix("#define ")?.split_whitespace();
            let (name, value) = (words.next()?, words.next()?);
            let is_it = names.iter().any(|end| name.ends_with(end));
            is_it.then(|| value.trim_matches('"').to_owned())
        })
    };
    let major = part(&["_VERSION_MAJOR"])?;
    let minor = part(&["_VERSION_MINOR"])?;
    let patch = part(&["_VERSION_PATCH", "_VERSION_RELEASE"])?;
    Some(format!("{major}.{minor}.{patch}"))
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

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn a_header_defines_a_version_in_three_parts() {
        let lua = "#define LUA_VERSION_MAJOR\t\"5\"\n#define LUA_VERSION_MINOR\t\"4\"\n\
                   #define LUA_VERSION_RELEASE\t\"9\"\n#define LUA_VERSION_NUM\t504\n";
        assert_eq!(version_in(lua).as_deref(), Some("5.4.9"));
        let quickjs = "#define QJS_VERSION_MAJOR 0\n#define QJS_VERSION_MINOR 16\n";
        assert_eq!(version_in(quickjs), None);
    }
}
