//! `setup`: get a toolchain that builds guests.

use std::{process::Command, time::Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    process, terminal,
    toolchain::{self, Attempt, Facts, Step, TARGET, Toolchain},
    workspace,
};

/// Get a toolchain that builds wasm guests; quick when there is one.
///
/// Uses what is there; else asks rustup; else builds std from the toolchain's own source or from Debian's
/// packages, which it installs when run as root.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask setup")]
pub(crate) struct Setup {}

impl Setup {
    #[expect(clippy::unused_self, reason = "every command runs like this")]
    pub(crate) fn run(self) -> Result<()> {
        let began = Instant::now();
        let toolchain = toolchain()?;
        terminal::done(format!("guests are built by {toolchain}"), began.elapsed());
        Ok(())
    }
}

/// The toolchain for guests, made ready if need be. Says nothing when nothing has to be done.
pub(crate) fn toolchain() -> Result<Toolchain> {
    let mut tried = Vec::new();
    loop {
        match toolchain::next(&Facts::gather()?, &tried) {
            Step::Use(toolchain) => return Ok(toolchain),
            Step::AddTarget => {
                let mut rustup = Command::new("rustup");
                rustup
                    .args(["target", "add", TARGET])
                    .current_dir(workspace::root());
                attempt("Adding std for wasm to the toolchain", &mut rustup);
                tried.push(Attempt::AddTarget);
            }
            Step::InstallPackages => {
                install_packages();
                tried.push(Attempt::InstallPackages);
            }
            Step::Advise(command) => bail!(
                "no toolchain here builds for {TARGET}, and none could be got. Run this, then try again:\n\n    {command}\n"
            ),
        }
    }
}

/// Install Debian's compiler beside rustup's, which stays first on the PATH.
fn install_packages() {
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        apt
    };
    let simulated = apt(&[&["install", "--simulate"], toolchain::PACKAGES.as_slice()].concat());
    if process::output(&mut { simulated }).is_none() {
        attempt("Fetching Debian's list of packages", &mut apt(&["update"]));
    }
    let install = [
        &["install", "--yes", "--no-install-recommends"],
        toolchain::PACKAGES.as_slice(),
    ];
    attempt(
        "Installing Debian's compiler and the source of its std",
        &mut apt(&install.concat()),
    );
}

/// Run what may fail, because there is another way.
fn attempt(what: &str, command: &mut Command) {
    if let Err(error) = process::run_quietly(what, command) {
        terminal::skipped(error);
    }
}
