//! `package`: the packages for crates.io build from what is in them alone.

use std::{env, fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use cargo_metadata::MetadataCommand;
use clap::Args;

use crate::{process, workspace};

/// Build each package that is offered alone from what it would be published with, and from nothing
/// beside it.
///
/// Those are all packages whose Cargo.toml does not say `publish = false`. Nothing is uploaded.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask package")]
pub(crate) struct Package {}

impl Package {
    #[expect(clippy::unused_self, reason = "every command runs like this")]
    pub(crate) fn run(self) -> Result<()> {
        let mut cargo = workspace::cargo();
        // Changes that are not committed yet are checked like the others.
        cargo.args(["package", "--allow-dirty"]);
        let offered = offered()?;
        forget(&offered)?;
        for package in offered {
            cargo.args(["--package", &package]);
        }
        process::run("Building packages from their own contents", &mut cargo)
    }
}

/// Removes what cargo has unpacked of these packages in an earlier run. It takes each to be as it
/// was for as long as its version is, so that others would build against the former content.
fn forget(packages: &[String]) -> Result<()> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let Some(home) = home.or_else(|| env::home_dir().map(|home| home.join(".cargo"))) else {
        return Ok(());
    };
    let Ok(registries) = fs::read_dir(home.join("registry/src")) else {
        // Nothing was unpacked yet.
        return Ok(());
    };
    for registry in registries {
        let registry = registry?;
        // One that lies in a folder has no host's name before its hash.
        if !registry.file_name().to_string_lossy().starts_with('-') {
            continue;
        }
        for unpacked in fs::read_dir(registry.path())? {
            let unpacked = unpacked?;
            let name = unpacked.file_name().to_string_lossy().into_owned();
            let is_ours = |package: &String| {
                let version = name.strip_prefix(package.as_str());
                let version = version.and_then(|rest| rest.strip_prefix('-'));
                version.is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()))
            };
            if packages.iter().any(is_ours) {
                fs::remove_dir_all(unpacked.path())?;
            }
        }
    }
    Ok(())
}

/// The packages that may be published, sorted.
fn offered() -> Result<Vec<String>> {
    let metadata = MetadataCommand::new()
        .manifest_path(workspace::root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cargo does not list the packages")?;
    let mut names: Vec<String> = metadata
        .packages
        .iter()
        .filter(|package| package.publish.is_none())
        .map(|package| package.name.to_string())
        .collect();
    names.sort();
    ensure!(!names.is_empty(), "every package says `publish = false`");
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::offered;

    /// A package that is new says `publish = false`, or is meant for others and stands here and on
    /// the page docs/src/downstream/crates.md.
    #[test]
    fn what_is_offered_is_meant_to_be() {
        assert_eq!(
            offered().unwrap(),
            [
                "raisfast-contract",
                "raisfast-hooks",
                "raisfast-manifest",
                "raisfast-plugin",
                "raisfast-plugin-wit",
                "raisfast-pool",
                "raisfast-sql-gate",
            ]
        );
    }
}
