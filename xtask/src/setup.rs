//! `setup`: get what the other commands need beside Rust: a toolchain that builds guests,
//! databases, proxies, and valgrind.

use std::{process::Command, time::Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    languages::{self, Choice},
    plugin_cargo, process, terminal,
    toolchain::{self, Attempt, Facts, Step, TARGET, Toolchain},
    workspace,
};

/// Get a toolchain that builds wasm guests, databases, proxies and a browser for the tests, and
/// valgrind to count instructions; quick when they are there.
///
/// For the toolchain, uses what is there; else asks rustup; else builds std from the toolchain's
/// own source or from Debian's packages, which it installs when run as root. So it does with the
/// databases, the proxies, the browser and valgrind.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask setup                   what the other commands need
  cargo xtask setup --lang c,zig,go   what plugins in these languages are built with, into target/toolchains
  cargo xtask setup --lang all")]
pub(crate) struct Setup {
    /// Get the toolchains of these languages instead: rust, c, zig, go, js, ts, python, or all.
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
        for install in [databases, proxies, browser] {
            if let Err(error) = install() {
                terminal::skipped(error);
            }
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

/// Programs that tests start for themselves, as packages of Debian's with what finds each.
struct Programs {
    /// For headings.
    title: &'static str,
    /// For the error: what is not here.
    missing: &'static str,
    packages: &'static [(&'static str, &'static str)],
}

const DATABASES: Programs = Programs {
    title: "Installing databases for the tests",
    missing: "tests start PostgreSQL, MariaDB and PgBouncer for themselves, and something of them is not here",
    packages: &[
        // Debian keeps PostgreSQL's programs out of the PATH, in a folder a version.
        (
            "postgresql",
            "ls -d /usr/lib/postgresql/*/bin/initdb || command -v initdb",
        ),
        ("mariadb-server", "command -v mariadb-install-db"),
        (
            "pgbouncer",
            "command -v pgbouncer || ls /usr/sbin/pgbouncer",
        ),
    ],
};

/// `tests/tests/proxies.rs` runs the book's configurations in them.
const PROXIES: Programs = Programs {
    title: "Installing proxies for the tests",
    missing: "tests run the book's configurations for proxies, and something for that is not here",
    packages: &[
        ("nginx-light", "command -v nginx || ls /usr/sbin/nginx"),
        ("caddy", "command -v caddy"),
        ("openssl", "command -v openssl"),
        ("curl", "command -v curl"),
    ],
};

/// `cargo xtask console-test` opens the console in it. Without a font, all text is empty.
const BROWSER: Programs = Programs {
    title: "Installing a browser for the tests",
    missing: "the console is tested in Chromium, and something for that is not here",
    packages: &[
        ("chromium", "command -v chromium"),
        ("fonts-dejavu-core", "ls /usr/share/fonts/truetype/*"),
    ],
};

/// The servers that tests start for themselves, installed if need be and if that is allowed. Says
/// nothing when they are there.
pub(crate) fn databases() -> Result<()> {
    DATABASES.install()
}

/// The proxies that tests start for themselves, in the same way.
pub(crate) fn proxies() -> Result<()> {
    PROXIES.install()
}

/// The browser that tests start for themselves, in the same way.
pub(crate) fn browser() -> Result<()> {
    BROWSER.install()
}

impl Programs {
    fn install(&self) -> Result<()> {
        let needed = self.needed();
        if needed.is_empty() {
            return Ok(());
        }
        let facts = Facts::gather()?;
        if facts.has_apt && facts.is_root {
            install_packages(self.title, &needed);
        }
        let packages = self.needed().join(" ");
        if packages.is_empty() {
            return Ok(());
        }
        bail!(
            "{}. On Debian and its kin this installs it:\n\n    sudo apt-get install --no-install-recommends {packages}\n",
            self.missing
        )
    }

    /// The packages of what is not here.
    fn needed(&self) -> Vec<&'static str> {
        let is_here = |find: &str| process::output(Command::new("sh").args(["-c", find])).is_some();
        let missing = self.packages.iter().filter(|(_, find)| !is_here(find));
        missing.map(|(package, _)| *package).collect()
    }
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
