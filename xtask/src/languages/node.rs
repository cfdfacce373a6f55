//! The toolchain of JavaScript and TypeScript, from npm.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use super::link;
use crate::process;

const PROGRAM: &str = "jco";
const VERSION: &str = "1.35.0";

/// TypeScript's compiler, which jco needs too.
const COMPILER: &str = "tsc";
const COMPILER_VERSION: &str = "7.0.2";

/// It and what it calls, in the versions that they were tried with.
const PACKAGE: &str = include_str!("node/package.json");

/// Every package that those need, with its hash. It has no addresses: npm asks the registry that it
/// is configured for.
const LOCK: &str = include_str!("node/package-lock.json");

pub(super) fn install() -> Result<()> {
    if is_ready() {
        return Ok(());
    }
    // Installed before there was a link to the compiler.
    if link::is_version(PROGRAM, "--version", VERSION) && link_all().is_ok() && is_ready() {
        return Ok(());
    }
    if process::output(Command::new("npm").arg("--version")).is_none() {
        bail!("`npm` is not on PATH; install Node.js 20 or newer from https://nodejs.org");
    }
    let folder = folder();
    // What npm has not finished it does not fix.
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    let write = || -> Result<()> {
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("package.json"), PACKAGE)?;
        Ok(fs::write(folder.join("package-lock.json"), LOCK)?)
    };
    write().with_context(|| format!("cannot write {}", folder.display()))?;

    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"])
        .current_dir(&folder);
    process::run_quietly(
        &format!("Installing {PROGRAM} {VERSION} from npm"),
        &mut npm,
    )?;
    link_all()?;
    if !is_ready() {
        bail!(
            "`{} --version` does not answer with {VERSION}; it needs Node.js 20 or newer on PATH",
            link::folder().join(PROGRAM).display()
        );
    }
    Ok(())
}

fn link_all() -> Result<()> {
    let programs = folder().join("node_modules/.bin");
    for program in [PROGRAM, COMPILER] {
        link::link(program, &programs.join(program))?;
    }
    Ok(())
}

fn is_ready() -> bool {
    link::is_version(PROGRAM, "--version", VERSION)
        && link::is_version(COMPILER, "--version", COMPILER_VERSION)
}

fn folder() -> PathBuf {
    super::folder().join("node")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{COMPILER_VERSION, LOCK, PACKAGE, VERSION};

    #[test]
    fn the_lock_is_of_this_package_and_has_a_hash_for_each_other() {
        let lock: Value = serde_json::from_str(LOCK).unwrap();
        let package: Value = serde_json::from_str(PACKAGE).unwrap();
        assert_eq!(
            lock["packages"][""]["dependencies"],
            package["dependencies"]
        );
        assert_eq!(package["dependencies"]["@bytecodealliance/jco"], VERSION);
        assert_eq!(
            lock["packages"]["node_modules/typescript"]["version"],
            COMPILER_VERSION
        );
        for (name, entry) in lock["packages"].as_object().unwrap() {
            assert!(name.is_empty() || entry["integrity"].is_string(), "{name}");
            assert!(entry["resolved"].is_null(), "{name} has an address");
        }
    }
}
