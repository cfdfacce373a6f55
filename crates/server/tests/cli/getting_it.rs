//! The first things that people meet: the version, completions, manual pages.

use std::{fs, process::Command};

use crate::run::Folder;

#[test]
fn the_version_names_the_commit_and_the_engine() {
    let done = Folder::new().run(&["--version"], &[]);
    assert_eq!(done.code, 0, "{done:?}");
    let line = done.stdout.lines().next().unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    let rest = line.strip_prefix(&format!("raisfast {version} ("));
    let (commit, engine) = rest
        .and_then(|rest| rest.strip_suffix(')')?.split_once(", wasmtime "))
        .unwrap_or_else(|| panic!("the version is `{line}`"));
    assert_eq!(engine.split('.').count(), 3, "{line}");
    // Another commit may have been made since the program was built; its form stays.
    match commit.split_once(' ') {
        Some((hash, date)) if commit != "source archive" => {
            let hash = hash.trim_end_matches("-dirty");
            assert!(hash.len() >= 7 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
            assert_eq!(date.split('-').count(), 3, "{line}");
        }
        _ => assert_eq!(commit, "source archive"),
    }
    assert!(line.len() <= 80, "{line}");
}

#[test]
fn completions_are_what_each_shell_takes() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let done = folder.run(&["completions", shell], &[]);
        assert_eq!(done.code, 0, "{done:?}");
        assert!(done.stdout.contains("outbox"), "{shell}: {}", done.stdout);
        assert!(
            !done.stdout.contains("compile-worker"),
            "{shell}: what is hidden is offered"
        );
        assert!(
            !done.stdout.contains("\\u{"),
            "{shell}: something was escaped"
        );
        let path = folder.path(shell);
        fs::write(&path, &done.stdout).expect("a file");
        // A shell that is not here cannot look at it.
        if let Ok(checked) = Command::new(shell).arg("-n").arg(&path).output() {
            assert!(checked.status.success(), "{shell}: {checked:?}");
        }
    }
}

#[test]
fn bash_completes_a_command() {
    let folder = Folder::new();
    let script = folder.run(&["completions", "bash"], &[]).stdout;
    fs::write(folder.path("completions"), script).expect("a file");
    let complete = "source completions; COMP_WORDS=(raisfast plugin ne); COMP_CWORD=2; \
                    _raisfast raisfast ne plugin; echo \"${COMPREPLY[@]}\"";
    let shell = Command::new("bash")
        .args(["-c", complete])
        .current_dir(folder.path(""))
        .output();
    let Ok(shell) = shell else { return };
    assert_eq!(String::from_utf8_lossy(&shell.stdout), "new\n", "{shell:?}");
}

#[test]
fn there_is_a_manual_page_for_each_command_that_people_use() {
    let folder = Folder::new();
    let done = folder.run(&["man-pages", "pages/man1"], &[]);
    assert_eq!(done.code, 0, "{done:?}");
    for name in [
        "raisfast",
        "raisfast-serve",
        "raisfast-outbox-retry",
        "raisfast-plugin-new",
    ] {
        let page = fs::read_to_string(folder.path(&format!("pages/man1/{name}.1")));
        let page = page.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
        assert!(!page.contains('\u{a0}'), "{name} has spaces for terminals");
    }
    assert!(!folder.path("pages/man1/raisfast-compile-worker.1").exists());
    let page = fs::read_to_string(folder.path("pages/man1/raisfast.1")).expect("the first page");
    assert!(page.contains("wasmtime"), "{page}");
}

#[test]
fn a_folder_that_cannot_be_written_is_named_with_what_to_do() {
    let folder = Folder::new().with_file("taken", "");
    let done = folder.run(&["man-pages", "taken"], &[]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(
        done.stderr.contains("into taken: ") && done.stderr.contains("that you may write to"),
        "{done:?}"
    );
    let done = folder.run(&["completions", "csh"], &[]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stderr.contains("bash"), "{done:?}");
}
