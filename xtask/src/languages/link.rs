//! One folder with a link to every toolchain's program, to be put on `PATH`.

use std::{fs, io::ErrorKind, os::unix::fs::symlink, path::Path, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::process;

pub(super) fn folder() -> PathBuf {
    super::folder().join("bin")
}

/// Link a program, in place of whatever the link was.
pub(super) fn link(name: &str, program: &Path) -> Result<()> {
    let folder = folder();
    let link = folder.join(name);
    let replace = || -> Result<()> {
        fs::create_dir_all(&folder)?;
        match fs::remove_file(&link) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(symlink(program, &link)?),
        }
    };
    replace().with_context(|| format!("cannot link {} to {}", link.display(), program.display()))
}

/// Returns whether the linked program runs and reports this version.
pub(super) fn is_version(name: &str, argument: &str, version: &str) -> bool {
    let said = process::output(Command::new(folder().join(name)).arg(argument));
    said.is_some_and(|said| says(&said, version))
}

/// Returns whether one of the words is the version: `go version go1.27.3 linux/amd64`,
/// `componentize-py 0.25.1`, `0.17.1`.
fn says(said: &str, version: &str) -> bool {
    said.split_whitespace()
        .any(|word| word.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()) == version)
}

#[cfg(test)]
mod tests {
    use super::says;

    #[test]
    fn a_version_is_one_of_the_words() {
        for said in [
            "0.17.1",
            "go version go0.17.1 linux/amd64",
            "tool v0.17.1\n",
        ] {
            assert!(says(said, "0.17.1"), "{said}");
        }
        for said in ["", "0.17.10", "10.17.1", "go version go0.17 linux/amd64"] {
            assert!(!says(said, "0.17.1"), "{said}");
        }
    }
}
