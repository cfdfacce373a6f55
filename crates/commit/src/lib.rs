//! The commit that a program is built from, as a macro.
//!
//! A build script would do the same for its package, and have cargo build the package anew after
//! each commit, with all that stands on it. A macro is part of the one file that calls it: where
//! that is `main.rs`, a commit costs the compilation of a few lines and a link.

use std::{
    fmt::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use proc_macro::TokenStream;

/// Expands to the commit that is checked out, as `Option<&'static str>`: `0b50e9a 2026-12-01`, or
/// `0b50e9a-dirty 2026-12-01` where files of the repository have been changed since. None where the
/// package is not in a git repository, or git cannot be run.
///
/// Whoever calls it is compiled anew once another commit is checked out or made. Changes that are
/// not committed are looked for whenever it is compiled, which each change of what it is built from
/// leads to.
#[proc_macro]
pub fn commit(_: TokenStream) -> TokenStream {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    expression(Path::new(&package))
        .parse()
        .expect("the expression is valid Rust")
}

/// Returns the expression for a package in this folder.
fn expression(package: &Path) -> String {
    let Some(commit) = checked_out(package) else {
        return "::core::option::Option::None::<&'static str>".to_owned();
    };
    // The compiler tells cargo which files it has read. Both change with each commit, but for a
    // repository without a log of its head, where only the branch's change is noticed.
    let mut read = String::new();
    for name in ["HEAD", "logs/HEAD"] {
        let path = git(package, &["rev-parse", "--git-path", name]);
        let path = path.and_then(|path| package.join(path).canonicalize().ok());
        if let Some(path) = path.as_deref().and_then(Path::to_str) {
            // Writing to a string does not fail.
            let _ = write!(
                read,
                "const _: &[::core::primitive::u8] = ::core::include_bytes!({path:?});"
            );
        }
    }
    format!("{{ {read} ::core::option::Option::Some({commit:?}) }}")
}

/// Returns the commit that the package's repository is at, in words.
fn checked_out(package: &Path) -> Option<String> {
    // A source archive may have been unpacked in somebody else's repository.
    git(package, &["ls-files", "--error-unmatch", "Cargo.toml"])?;
    let commit = git(package, &["log", "-1", "--abbrev=7", "--format=%h %cs"])?;
    let changed = git(package, &["status", "--porcelain", "--untracked-files=no"])?;
    let (hash, date) = commit.split_once(' ')?;
    let dirty = if changed.is_empty() { "" } else { "-dirty" };
    Some(format!("{hash}{dirty} {date}"))
}

/// Returns what git prints for a repository that is only looked at.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    git.current_dir(folder)
        // Else `status` may write the index.
        .arg("--no-optional-locks")
        .args(arguments)
        .stderr(Stdio::null());
    // A hook of another repository may have started this build.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(variable);
    }
    let output = git.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, process::Command};

    use super::{checked_out, expression};

    fn run(folder: &Path, arguments: &[&str]) {
        let status = Command::new("git")
            .current_dir(folder)
            .args(["-c", "user.name=A", "-c", "user.email=a@example.com"])
            .args(arguments)
            .env("GIT_COMMITTER_DATE", "2026-12-01T20:00:00Z")
            .status()
            .expect("git runs");
        assert!(status.success(), "git {arguments:?}");
    }

    fn repository() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        run(folder.path(), &["init", "--quiet"]);
        fs::write(folder.path().join("Cargo.toml"), "[package]\n").unwrap();
        run(folder.path(), &["add", "Cargo.toml"]);
        run(folder.path(), &["commit", "--quiet", "--message", "First"]);
        folder
    }

    #[test]
    fn a_commit_is_named_by_its_hash_and_date() {
        let repository = repository();
        let commit = checked_out(repository.path()).unwrap();
        let (hash, date) = commit.split_once(' ').unwrap();
        assert_eq!((hash.len(), date), (7, "2026-12-01"), "{commit}");
    }

    #[test]
    fn changed_files_are_marked_and_new_ones_are_not() {
        let repository = repository();
        fs::write(repository.path().join("notes"), "mine").unwrap();
        assert!(!checked_out(repository.path()).unwrap().contains("-dirty"));
        fs::write(repository.path().join("Cargo.toml"), "[lib]\n").unwrap();
        assert!(checked_out(repository.path()).unwrap().contains("-dirty "));
    }

    #[test]
    fn the_next_commit_changes_a_file_that_the_compiler_has_read() {
        let repository = repository();
        let head = repository.path().join(".git/logs/HEAD");
        let quoted = format!("{:?}", head.canonicalize().unwrap().to_str().unwrap());
        assert!(expression(repository.path()).contains(&quoted));
        let before = fs::read(&head).unwrap();
        let next = ["commit", "--quiet", "--allow-empty", "--message", "Next"];
        run(repository.path(), &next);
        assert_ne!(fs::read(&head).unwrap(), before);
    }

    #[test]
    fn a_source_archive_has_no_commit() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(checked_out(folder.path()), None);
        // Nor has one that was unpacked inside of another project.
        let repository = repository();
        let archive = repository.path().join("archive");
        fs::create_dir(&archive).unwrap();
        fs::write(archive.join("Cargo.toml"), "[package]\n").unwrap();
        assert_eq!(checked_out(&archive), None);
        assert!(expression(&archive).contains("None"));
    }
}
