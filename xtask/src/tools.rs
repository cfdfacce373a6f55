//! Programs that commands need, each in one version, installed into `target/tools`.

use std::path::PathBuf;

use anyhow::Result;

use crate::{process, workspace};

/// A program from crates.io.
pub(crate) struct Tool {
    /// The package, and the binary in it.
    pub(crate) name: &'static str,
    /// The version that its callers were written for.
    pub(crate) version: &'static str,
    /// Further arguments of `cargo install`.
    pub(crate) arguments: &'static [&'static str],
}

impl Tool {
    /// Returns the program's path, and installs the program if it is not there yet.
    pub(crate) fn installed(&self) -> Result<PathBuf> {
        let folder = workspace::target()
            .join("tools")
            .join(format!("{}-{}", self.name, self.version));
        let program = folder.join("bin").join(self.name);
        if !program.exists() {
            let mut cargo = workspace::cargo();
            cargo
                .args(["install", self.name, "--locked", "--version", self.version])
                .args(self.arguments)
                .arg("--root")
                .arg(&folder);
            process::run(&format!("Installing {}", self.name), &mut cargo)?;
        }
        Ok(program)
    }
}
