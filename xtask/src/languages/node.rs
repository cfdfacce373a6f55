//! JavaScript's toolchain, from npm.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::link;
use crate::process;

const PROGRAM: &str = "jco";
const VERSION: &str = "1.35.0";

/// What it calls, in the version that it was tried with.
const COMPONENTIZE: &str = "0.23.0";
const QUICKJS: &str = "0.4.5";

pub(super) fn install() -> Result<()> {
    if is_ready() {
        return Ok(());
    }
    if process::output(Command::new("npm").arg("--version")).is_none() {
        bail!("`npm` is not on PATH; install Node.js 20 or newer from https://nodejs.org");
    }
    let folder = folder();
    // What npm has not finished it does not mend.
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    let write = || -> Result<()> {
        fs::create_dir_all(&folder)?;
        Ok(fs::write(folder.join("package.json"), package())?)
    };
    write().with_context(|| format!("cannot write {}", folder.display()))?;

    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund"])
        .current_dir(&folder);
    process::run_quietly(
        &format!("Installing {PROGRAM} {VERSION} from npm"),
        &mut npm,
    )?;
    link::link(PROGRAM, &folder.join("node_modules/.bin").join(PROGRAM))?;
    if !is_ready() {
        bail!(
            "`{} --version` does not answer with {VERSION}; it needs Node.js 20 or newer on PATH",
            link::folder().join(PROGRAM).display()
        );
    }
    Ok(())
}

fn is_ready() -> bool {
    link::is_version(PROGRAM, "--version", VERSION)
}

fn folder() -> PathBuf {
    super::folder().join("node")
}

fn package() -> String {
    let package = json!({
        "private": true,
        "dependencies": {
            "@bytecodealliance/componentize-js": COMPONENTIZE,
            "@bytecodealliance/jco": VERSION,
            "componentize-qjs": QUICKJS,
        },
    });
    format!("{package:#}\n")
}
