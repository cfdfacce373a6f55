//! Folders and files that others on the machine could get at.

#![cfg(unix)]

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::{run::Folder, serve::Serving};

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

#[test]
fn a_data_folder_that_others_write_to_is_refused_with_what_mends_it() {
    let folder = Folder::new();
    fs::create_dir(folder.path("data")).unwrap();
    chmod(&folder.path("data"), 0o757);
    let done = folder.run(&["--addr", "127.0.0.1:0"], &[]);
    assert_eq!(done.code, 1, "{done:?}");
    for part in ["mode 0757", "chmod o-w ", "/data`", "RAISFAST_DATA_DIR"] {
        assert!(done.stderr.contains(part), "{part} in {done:?}");
    }
    assert!(!folder.path("data/raisfast.db").exists());

    chmod(&folder.path("data"), 0o755);
    assert_eq!(Serving::start(&folder, &[]).terminate().code, 0);
    chmod(&folder.path("data/cache"), 0o757);
    let done = folder.run(&["--addr", "127.0.0.1:0"], &[]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains("/data/cache`"), "{done:?}");
}

#[test]
fn the_log_warns_of_what_others_could_change_or_read() {
    let settings = "admin_password = 'correct horse'\n";
    let folder = Folder::new().with_file("raisfast.toml", settings);
    fs::create_dir_all(folder.path("extensions/plugins")).unwrap();
    let start = |plugins, file| {
        chmod(&folder.path("extensions/plugins"), plugins);
        chmod(&folder.path("raisfast.toml"), file);
        let done = Serving::start(&folder, &[]).terminate();
        assert_eq!(done.code, 0, "{done:?}");
        assert!(!done.stderr.contains("horse"), "{done:?}");
        done.stderr
    };
    assert!(!start(0o755, 0o600).contains("others on this machine"));
    let log = start(0o757, 0o606);
    for warning in [
        "others on this machine could install plugins",
        "others on this machine could change the configuration",
        "others on this machine can read the passwords in raisfast.toml",
    ] {
        assert!(log.contains(warning), "{warning} in {log}");
    }
    let log = start(0o755, 0o604);
    assert!(
        !log.contains("could change") && log.contains("can read"),
        "{log}"
    );
}

/// Texts that a shell, a URL or a command line could take for something else.
const ODD: [&str; 9] = [
    "with space",
    "100%",
    "%2e%2e",
    "is this?mode=ro",
    "number #1",
    "\"quoted\" and 'quoted'",
    "Übergröße",
    "-x",
    "a:b;c&d",
];

#[test]
fn a_data_folder_of_any_name_holds_everything() {
    for name in ODD {
        let folder = Folder::new();
        let absolute = folder.path(name).display().to_string();
        for data in [name.to_owned(), absolute] {
            let environment = [("RAISFAST_DATA_DIR", data.as_str())];
            let done = Serving::start(&folder, &environment).terminate();
            assert_eq!(done.code, 0, "{data}: {done:?}");
        }
        for file in ["raisfast.db", "cache", "vfs"] {
            assert!(folder.path(name).join(file).exists(), "{name}: {file}");
        }
        let beside: Vec<_> = fs::read_dir(folder.path("."))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .filter(|entry| entry != name && entry != "extensions")
            .collect();
        assert!(beside.is_empty(), "{name}: {beside:?}");
    }
}
