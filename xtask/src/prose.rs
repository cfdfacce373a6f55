//! `prose`: the rules of plain English that a pattern can find, over all text that is written here.

mod rules;
mod text;

use std::{collections::BTreeMap, fs, process::Command, time::Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use self::{
    rules::{Finding, Rules},
    text::Text,
};
use crate::{
    table::{Align, Table},
    terminal, workspace,
};

/// The kinds of files that people write here, by the end of their names.
const WRITTEN: [&str; 18] = [
    "c", "css", "go", "h", "html", "js", "lua", "md", "mjs", "py", "rhai", "rs", "sql", "template",
    "toml", "ts", "tsx", "zig",
];

/// Folders of text that is not written here: promises to users in their own words, and code that a
/// program generates.
const NOT_WRITTEN: [&str; 3] = [
    "tests/fixtures/",
    "tests/fuzz/corpus/",
    "crates/project/bindings/",
];

/// Check that comments, messages and pages are plain English.
///
/// Each finding says which rule the text breaks and how to write it instead.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  cargo xtask prose
  cargo xtask prose crates/pool docs")]
pub(crate) struct Prose {
    /// Check only files below these folders.
    folders: Vec<String>,
}

impl Prose {
    pub(crate) fn run(self) -> Result<()> {
        let began = Instant::now();
        let rules = Rules::new();
        let mut rooms = BTreeMap::<String, usize>::new();
        let files = self.files()?;
        for path in &files {
            let content = fs::read_to_string(workspace::root().join(path))
                .with_context(|| format!("{path} cannot be read as text"))?;
            for Finding { line, rule, text } in rules.check(&Text::new(path, &content)) {
                anstream::println!("{path}:{line}: {}: {text}", rule.name);
                anstream::println!("    {}", rule.instead);
                *rooms.entry(room(path)).or_default() += 1;
            }
        }
        if rooms.is_empty() {
            terminal::done(
                format!("{} files are plain English", files.len()),
                began.elapsed(),
            );
            return Ok(());
        }
        terminal::table(&summary(&rooms).lines());
        bail!(
            "{} places break a rule of prose",
            rooms.values().sum::<usize>()
        );
    }

    /// Returns the files to check, from the workspace's root: those that git tracks or would add.
    fn files(&self) -> Result<Vec<String>> {
        let listed = Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
                "--",
            ])
            .args(&self.folders)
            .current_dir(workspace::root())
            .output()
            .context("git cannot be run")?;
        if !listed.status.success() {
            bail!(
                "git cannot list the files: {}",
                String::from_utf8_lossy(&listed.stderr)
            );
        }
        let listed = String::from_utf8(listed.stdout).context("a file's name is not UTF-8")?;
        Ok(listed
            .split_terminator('\0')
            .filter(|path| is_written(path) && workspace::root().join(path).is_file())
            .map(str::to_owned)
            .collect())
    }
}

fn is_written(path: &str) -> bool {
    let kind = path.rsplit_once('.').map_or("", |(_, kind)| kind);
    WRITTEN.contains(&kind) && !NOT_WRITTEN.iter().any(|folder| path.starts_with(folder))
}

/// Returns the folder that a file belongs to: its crate, or the part of the workspace.
fn room(path: &str) -> String {
    let folders: Vec<&str> = path.split('/').collect();
    folders[..folders.len().saturating_sub(1).min(2)].join("/")
}

fn summary(rooms: &BTreeMap<String, usize>) -> Table<2> {
    let mut table = Table::new([("FOLDER", Align::Left), ("FINDINGS", Align::Right)]);
    for (room, findings) in rooms {
        table.row([room.clone(), findings.to_string()]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{is_written, room};

    #[test]
    fn only_what_people_write_here_is_checked() {
        assert!(is_written("crates/pool/src/pool.rs"));
        assert!(is_written("docs/src/introduction.md"));
        assert!(!is_written("Cargo.lock"));
        assert!(!is_written("tests/fixtures/public-reports.toml"));
        assert!(!is_written("LICENSE-MIT"));
    }

    #[test]
    fn a_file_belongs_to_its_crate() {
        assert_eq!(room("crates/pool/src/pool/line.rs"), "crates/pool");
        assert_eq!(room("docs/src/introduction.md"), "docs/src");
        assert_eq!(room("README.md"), "");
    }
}
