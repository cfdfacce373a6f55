//! `dependencies`: licences, sources and versions of everything that is built from other people's
//! work.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::MetadataCommand;
use clap::Args;

use crate::{process, terminal, tools::Tool, workspace};

/// The program that reads deny.toml. Unoptimised: it is built in a third of the time, and runs for
/// seconds.
const CARGO_DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
    arguments: &["--debug"],
};

/// Check the licences, sources and versions of all dependencies by deny.toml, and that none of them
/// needs a newer Rust than Cargo.toml promises.
///
/// Installs cargo-deny into target/tools.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  cargo xtask dependencies                what continuous integration checks
  cargo xtask dependencies --advisories   known vulnerabilities instead; needs the database on the network")]
pub(crate) struct Dependencies {
    /// Look the dependencies up in the advisory database of <https://rustsec.org> instead, which is
    /// fetched first.
    #[arg(long)]
    pub(crate) advisories: bool,
}

impl Dependencies {
    pub(crate) fn run(self) -> Result<()> {
        let deny = CARGO_DENY.installed()?;
        if self.advisories {
            return advisories(&deny);
        }
        let mut check = cargo_deny(&deny, &["check", "bans", "licenses", "sources"]);
        process::run("Checking dependencies by deny.toml", &mut check)?;
        minimum_rust()
    }
}

fn cargo_deny(program: &Path, arguments: &[&str]) -> Command {
    let mut deny = Command::new(program);
    deny.current_dir(workspace::root())
        .args(["--locked", "--workspace"])
        .args(arguments);
    deny
}

fn advisories(deny: &Path) -> Result<()> {
    let mut fetch = cargo_deny(deny, &["fetch", "db"]);
    if let Err(error) = process::run_quietly("Fetching the advisory database", &mut fetch) {
        bail!(
            "the advisory database cannot be fetched here, so nothing was looked up. Run this where the network \
             reaches it.\n\n{error}\n"
        );
    }
    let mut check = cargo_deny(deny, &["--offline", "check", "advisories"]);
    process::run("Looking up advisories", &mut check)
}

/// Compares the version of Rust that Cargo.toml promises with those that dependencies ask for. That
/// the code itself keeps it, clippy says (`incompatible_msrv`), and every build with that version.
fn minimum_rust() -> Result<()> {
    let metadata = MetadataCommand::new()
        .manifest_path(workspace::root().join("Cargo.toml"))
        .other_options(["--locked".to_owned()])
        .exec()
        .context("cargo does not list the dependencies")?;
    let members = metadata.workspace_packages();
    let promised = members
        .iter()
        .filter_map(|package| package.rust_version.as_ref())
        .min()
        .context("no package says which `rust-version` it needs")?;
    let silent: Vec<&str> = members
        .iter()
        .filter(|package| package.rust_version.is_none())
        .map(|package| package.name.as_str())
        .collect();
    ensure!(
        silent.is_empty(),
        "`rust-version.workspace = true` is missing in {}",
        silent.join(", ")
    );
    let newer: Vec<String> = metadata
        .packages
        .iter()
        .filter_map(|package| {
            let needs = package.rust_version.as_ref()?;
            (needs > promised)
                .then(|| format!("{} {} needs {needs}", package.name, package.version))
        })
        .collect();
    ensure!(
        newer.is_empty(),
        "Cargo.toml promises Rust {promised}, and {}: raise `rust-version` or take an older release",
        newer.join(", ")
    );
    terminal::skipped(format!("no dependency needs a newer Rust than {promised}"));
    Ok(())
}
