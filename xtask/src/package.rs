//! `package`: the packages for crates.io build from what is in them alone.

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
        // cargo takes what it has once unpacked or built of a package to be right for as long as
        // its version is, so a second run in one folder would build against the former content.
        let folder = tempfile::tempdir()?;
        cargo.arg("--target-dir").arg(folder.path());
        for package in offered()? {
            cargo.args(["--package", &package]);
        }
        process::run("Building packages from their own contents", &mut cargo)
    }
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
                "raisfast-trace",
            ]
        );
    }
}
