//! The files that every package has, by where they lie below a prefix such as `/usr`.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};

use super::{licences, program::Program};
use crate::{process, workspace};

/// The systemd unit; the book shows the same file.
pub(super) const UNIT: &str = "lib/systemd/system/raisfast.service";
/// The folder of a package's documents.
pub(super) const DOCUMENTS: &str = "share/doc/raisfast";
/// The licences of what the program is linked with.
pub(super) const LICENCES: &str = "share/doc/raisfast/third-party-licences.txt";
/// The changelog.
pub(super) const CHANGELOG: &str = "share/doc/raisfast/CHANGELOG.md";

/// The completions of each shell, and where the shell looks for them.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "share/bash-completion/completions/raisfast"),
    ("fish", "share/fish/vendor_completions.d/raisfast.fish"),
    ("zsh", "share/zsh/vendor-completions/_raisfast"),
];

/// A file of a package.
pub(super) struct File {
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
    pub(super) is_program: bool,
}

impl File {
    pub(super) fn new(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            bytes: bytes.into(),
            is_program: false,
        }
    }

    pub(super) fn program(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            is_program: true,
            ..Self::new(path, bytes)
        }
    }
}

/// Returns the files of a program; it writes its manual pages into a folder below `scratch`.
pub(super) fn of(program: &Program, scratch: &Path) -> Result<Vec<File>> {
    let mut files = vec![
        File::program("bin/raisfast", program.bytes.clone()),
        File::new(UNIT, packaged("raisfast.service")?),
        File::new(LICENCES, licences::text()?),
        File::new(CHANGELOG, read(&workspace::root().join("CHANGELOG.md"))?),
    ];
    for (shell, path) in COMPLETIONS {
        let mut print = Command::new(&program.path);
        let script = process::output(print.args(["completions", shell]))
            .with_context(|| format!("`{}` fails", process::written(&print)))?;
        files.push(File::new(path, script + "\n"));
    }
    files.extend(man_pages(program, &scratch.join("man1"))?);
    Ok(files)
}

fn man_pages(program: &Program, folder: &Path) -> Result<Vec<File>> {
    // Of commands that are gone.
    fs::remove_dir_all(folder).ok();
    let mut write = Command::new(&program.path);
    process::output(write.arg("man-pages").arg(folder))
        .with_context(|| format!("`{}` fails", process::written(&write)))?;
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().context("a manual page's name is not text")?;
        pages.push(File::new(
            format!("share/man/man1/{name}"),
            read(&entry.path())?,
        ));
    }
    ensure!(!pages.is_empty(), "the program has written no manual page");
    pages.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(pages)
}

/// Reads a file that lies beside the server's source for packages.
pub(super) fn packaged(name: &str) -> Result<String> {
    let path = workspace::root().join("crates/server/packaging").join(name);
    String::from_utf8(read(&path)?).with_context(|| format!("{} is not text", path.display()))
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} cannot be read", workspace::shown(path)))
}
