//! `dist`: what people install, from a binary: an archive and a Debian package.

mod archive;
mod debian;
mod files;
mod licences;
mod program;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use self::program::Program;
use crate::{
    console, interpreters, process,
    terminal::{self, Size},
    workspace,
};

/// Build an archive and a Debian package into target/dist: the program, completions, manual pages,
/// the systemd unit, licences and checksums.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask dist                                    of a release build
  cargo xtask dist --binary target/debug/raisfast     of what has been built already
  cargo xtask dist --profile dev --check              and try the package, as root")]
pub(crate) struct Dist {
    /// The profile to build the program with
    #[arg(long, value_enum, default_value = "release")]
    profile: Profile,
    /// Package this program and build none
    #[arg(long, value_name = "PATH", conflicts_with = "profile")]
    pub(crate) binary: Option<PathBuf>,
    /// Install, upgrade and remove the Debian package in a private copy of this system, and run its
    /// service there; it needs root
    #[arg(long)]
    pub(crate) check: bool,
}

/// The packages that were made.
pub(crate) struct Packaged {
    /// The archive that people unpack.
    pub(crate) archive: PathBuf,
    /// The Debian package.
    debian: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Profile {
    Dev,
    Release,
}

impl Dist {
    /// Packages the program that the tests have built, and tries the package.
    pub(crate) fn of_the_tests() -> Self {
        Self {
            profile: Profile::Dev,
            binary: Some(workspace::target().join("debug/raisfast")),
            check: true,
        }
    }

    /// Packages this program, or else a release build.
    pub(crate) fn of(binary: Option<PathBuf>) -> Self {
        Self {
            profile: Profile::Release,
            binary,
            check: false,
        }
    }

    pub(crate) fn run(self) -> Result<()> {
        let is_checked = self.check;
        let packaged = self.package()?;
        if is_checked {
            check(&packaged.debian)?;
        }
        Ok(())
    }

    /// Makes the archive and the Debian package.
    pub(crate) fn package(self) -> Result<Packaged> {
        let binary = match self.binary {
            Some(binary) => env::current_dir()?.join(binary),
            None => build(self.profile)?,
        };
        let began = Instant::now();
        terminal::heading(format!("Packaging {}", workspace::shown(&binary)));
        let folder = workspace::target().join("dist");
        fs::create_dir_all(&folder)?;
        let program = Program::read(&binary)?;
        let files = files::of(&program, &folder)?;
        let packages = [
            archive::package(&program, &files)?,
            debian::package(&program, &files)?,
        ];
        for (name, bytes) in &packages {
            fs::write(folder.join(name), bytes)?;
            terminal::item(format!("{name} ({})", Size(bytes.len().try_into()?)));
        }
        write_checksums(&folder, packages.iter().map(|(name, _)| name.as_str()))?;
        terminal::done(
            format!("packaged into {}", workspace::shown(&folder)),
            began.elapsed(),
        );
        let [archive, debian] = packages.map(|(name, _)| folder.join(name));
        Ok(Packaged { archive, debian })
    }
}

/// Builds the program, and returns its path.
fn build(profile: Profile) -> Result<PathBuf> {
    let (name, folder) = match profile {
        Profile::Dev => ("dev", "debug"),
        Profile::Release => ("release", "release"),
    };
    console::build()?;
    interpreters::build()?;
    let mut cargo = workspace::cargo();
    cargo.args([
        "build",
        "--locked",
        "--package",
        "raisfast",
        "--profile",
        name,
    ]);
    process::run("Building the program", &mut cargo)?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(workspace::target, PathBuf::from);
    Ok(workspace::root().join(target).join(folder).join("raisfast"))
}

/// Writes `SHA256SUMS`, which `sha256sum --check` reads.
fn write_checksums<'a>(folder: &Path, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut sha256sum = Command::new("sha256sum");
    sha256sum.current_dir(folder).args(names);
    let sums = process::output(&mut sha256sum).context("`sha256sum` does not run")?;
    fs::write(folder.join("SHA256SUMS"), sums + "\n")?;
    terminal::item("SHA256SUMS");
    Ok(())
}

/// Runs the tests of the package.
fn check(package: &Path) -> Result<()> {
    let mut cargo = workspace::cargo();
    // Of the whole workspace, as `test` builds it.
    cargo
        .args([
            "test",
            "--workspace",
            "--test",
            "debian_package",
            "--",
            "--nocapture",
        ])
        .env("RAISFAST_TEST_DEBIAN_PACKAGE", package);
    process::run_tests("Installing, running and removing the package", &mut cargo)
}
