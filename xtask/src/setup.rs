//! `setup`: get what the other commands need beside Rust: a toolchain that builds guests,
//! databases, and valgrind.

use std::{process::Command, time::Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    languages::{self, Choice},
    plugin_cargo, process, terminal,
    toolchain::{self, Attempt, Facts, Step, TARGET, Toolchain},
    workspace,
};

/// Get a toolchain that builds wasm guests, databases for the tests, and valgrind to count
/// instructions; quick when they are there.
///
/// For the toolchain, uses what is there; else asks rustup; else builds std from the toolchain's
/// own source or from Debian's packages, which it installs when run as root. So it does with the
/// databases and valgrind.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask setup                   what the other commands need
  cargo xtask setup --lang c,zig,go   what plugins in these languages are built with, into target/toolchains
  cargo xtask setup --lang all")]
pub(crate) struct Setup {
    /// Get the toolchains of these languages instead: rust, c, zig, go, js, python, or all.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    lang: Vec<Choice>,
}

impl Setup {
    pub(crate) fn run(self) -> Result<()> {
        if !self.lang.is_empty() {
            return toolchains_of(&self.lang);
        }
        let began = Instant::now();
        let toolchain = toolchain()?;
        terminal::done(format!("guests are built by {toolchain}"), began.elapsed());
        if let Err(error) = databases() {
            terminal::skipped(error);
        }
        // Only `cargo xtask instructions` needs it, and says so itself.
        if let Err(error) = valgrind() {
            terminal::skipped(error);
        }
        Ok(())
    }
}

/// The toolchains of languages, each made ready if need be. One that cannot be had does not keep
/// the next from it.
fn toolchains_of(choices: &[Choice]) -> Result<()> {
    let mut missing = Vec::new();
    for language in languages::chosen(choices) {
        let began = Instant::now();
        match languages::install(language) {
            Ok(()) => terminal::done(
                format!("{} can be built", language.title()),
                began.elapsed(),
            ),
            Err(error) => {
                terminal::failure(&error);
                missing.push(language.title());
            }
        }
    }
    if !missing.is_empty() {
        bail!("no toolchain for {}", missing.join(", "));
    }
    Ok(())
}

/// The toolchain for guests, made ready if need be. Says nothing when nothing has to be done.
pub(crate) fn toolchain() -> Result<Toolchain> {
    let mut tried = Vec::new();
    loop {
        match toolchain::next(&Facts::gather()?, &tried) {
            Step::Use(toolchain) => {
                plugin_cargo::write(&toolchain)?;
                return Ok(toolchain);
            }
            Step::AddTarget => {
                let mut rustup = Command::new("rustup");
                rustup
                    .args(["target", "add", TARGET])
                    .current_dir(workspace::root());
                attempt("Adding std for wasm to the toolchain", &mut rustup);
                tried.push(Attempt::AddTarget);
            }
            Step::InstallPackages => {
                install_packages(
                    "Installing Debian's compiler and the source of its std",
                    &toolchain::PACKAGES,
                );
                tried.push(Attempt::InstallPackages);
            }
            Step::Advise(command) => bail!(
                "no toolchain here builds for {TARGET}, and none could be got. Run this, then try again:\n\n    {command}\n"
            ),
        }
    }
}

/// The servers that tests start for themselves, installed if need be and if that is allowed. Says
/// nothing when they are there.
pub(crate) fn databases() -> Result<()> {
    let servers = [
        // Debian keeps PostgreSQL's programs out of the PATH, in a folder a version.
        (
            "postgresql",
            "ls -d /usr/lib/postgresql/*/bin/initdb || command -v initdb",
        ),
        ("mariadb-server", "command -v mariadb-install-db"),
    ];
    let missing = || -> Vec<&str> {
        servers
            .iter()
            .filter(|(_, find)| process::output(Command::new("sh").args(["-c", find])).is_none())
            .map(|(package, _)| *package)
            .collect()
    };
    let needed = missing();
    if needed.is_empty() {
        return Ok(());
    }
    let facts = Facts::gather()?;
    if facts.has_apt && facts.is_root {
        install_packages("Installing databases for the tests", &needed);
    }
    let packages = missing().join(" ");
    if packages.is_empty() {
        return Ok(());
    }
    bail!(
        "tests start PostgreSQL and MariaDB for themselves, and something of them is not here. On Debian and its kin this installs it:\n\n    sudo apt-get install --no-install-recommends {packages}\n"
    )
}

/// Valgrind, installed if need be and if that is allowed.
pub(crate) fn valgrind() -> Result<()> {
    let is_there = || process::output(Command::new("valgrind").arg("--version")).is_some();
    if is_there() {
        return Ok(());
    }
    let facts = Facts::gather()?;
    if facts.has_apt && facts.is_root {
        install_packages("Installing valgrind", &["valgrind"]);
        if is_there() {
            return Ok(());
        }
    }
    bail!(
        "instructions are counted by valgrind, which is not here. It runs on Linux; on Debian and its kin this installs it:\n\n    sudo apt-get install --no-install-recommends valgrind\n"
    )
}

/// Install packages of Debian's. Its compiler comes beside rustup's, which stays first on the PATH.
pub(crate) fn install_packages(what: &str, packages: &[&str]) {
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive")
            // So Debian's packages do not start the services that they bring.
            .env("RUNLEVEL", "1")
            .args(arguments);
        apt
    };
    let install = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    if process::run_quietly(what, &mut apt(&install)).is_ok() {
        return;
    }
    // The list of packages may be missing, or name versions that are gone.
    attempt("Fetching Debian's list of packages", &mut apt(&["update"]));
    attempt(what, &mut apt(&install));
}

/// Run what may fail, because there is another way.
fn attempt(what: &str, command: &mut Command) {
    if let Err(error) = process::run_quietly(what, command) {
        terminal::skipped(error);
    }
}
