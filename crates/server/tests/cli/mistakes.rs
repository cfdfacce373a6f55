//! Mistyped names, and the hints that name what was probably meant.

use std::os::unix::fs::PermissionsExt;

use crate::{
    run::{Done, Folder},
    serve::Serving,
};

/// A start that does not happen, and says this.
fn refused(done: &Done, code: i32, says: &[&str]) {
    assert_eq!(done.code, code, "{done:?}");
    for part in says {
        assert!(done.stderr.contains(part), "{part} in {done:?}");
    }
}

#[test]
fn examples_in_help_can_be_pasted() {
    for width in ["20", "80", "200"] {
        let help = |command: &[&str]| {
            let arguments = [command, &["--help"]].concat();
            Folder::new().run(&arguments, &[("COLUMNS", width)]).stdout
        };
        let config = help(&["config"]);
        let (_, example) = config
            .split_once("A raisfast.toml with every setting:\n")
            .expect("an example");
        assert_eq!(
            example.trim(),
            include_str!("../../raisfast.example.toml").trim()
        );

        let test = help(&["plugin", "test"]);
        let example = "  [[case.steps]]\n  hook = \"on-post-creating\"\n  input = { title = \"Hello World\" }\n  answer_has = { slug = \"hello-world\" }\n";
        assert!(test.contains(example), "{test}");
        assert!(!test.contains('\u{a0}'), "a space is a space");
    }
}

#[test]
fn a_database_that_is_not_named_as_it_should_be_is_shown_and_a_password_is_not() {
    let folder = Folder::new().with_file("there/x", "");
    let there = folder.path("there/site.db").display().to_string();
    let nowhere = folder.path("nowhere/site.db").display().to_string();
    for (url, says) in [
        (
            there.clone(),
            vec![format!("write `sqlite://{there}?mode=rwc`")],
        ),
        (
            format!("sqlite://{there}"),
            vec![there.clone(), "`?mode=rwc`".to_owned()],
        ),
        (
            format!("sqlite://{nowhere}?mode=rwc"),
            vec!["does not exist".to_owned()],
        ),
        (
            "oracle://cms:hunter2@db/site".to_owned(),
            vec!["`oracle:`".to_owned()],
        ),
        ("cms@hunter2".to_owned(), vec!["DATABASE_URL".to_owned()]),
        (
            "postgres://cms:hunter2@127.0.0.1:1/site".to_owned(),
            vec!["refused".to_owned()],
        ),
        (
            "mysql://cms:hunter2@127.0.0.1:1/site".to_owned(),
            vec!["refused".to_owned()],
        ),
    ] {
        let done = folder.run(&["--addr", "127.0.0.1:0"], &[("DATABASE_URL", &url)]);
        let says: Vec<_> = says.iter().map(String::as_str).collect();
        refused(&done, 1, &says);
        assert!(!done.stderr.contains("hunter2"), "{done:?}");
    }
    assert!(!folder.path("there/site.db").exists(), "nothing was made");
}

#[test]
fn a_database_outside_of_the_data_folder_is_nobody_else_s_to_read() {
    let folder = Folder::new().with_file("shared/x", "");
    let file = folder.path("shared/site.db");
    std::fs::set_permissions(folder.path("shared"), PermissionsExt::from_mode(0o755)).unwrap();
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let start = || {
        let done = Serving::start(&folder, &[("DATABASE_URL", &url)]).terminate();
        assert_eq!(done.code, 0, "{done:?}");
        done.stderr
    };
    assert!(!start().contains("can read the database"));
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    let log = start();
    assert!(
        log.contains("can read the database: run `chmod go-rwx "),
        "{log}"
    );
}

#[test]
fn a_folder_of_plugins_that_is_misspelt_is_not_made() {
    let folder = Folder::new();
    for (arguments, environment) in [
        (vec!["--plugin-dir", "plugin"], vec![]),
        (vec![], vec![("PLUGIN_DIR", "plugin")]),
    ] {
        let arguments = [vec!["--addr", "127.0.0.1:0"], arguments].concat();
        let done = folder.run(&arguments, &environment);
        refused(&done, 2, &["no folder plugin for plugins", "PLUGIN_DIR"]);
        assert!(!folder.path("plugin").exists());
    }
    // The default one is made.
    assert_eq!(Serving::start(&folder, &[]).terminate().code, 0);
    assert!(folder.path("extensions/plugins").exists());
}

#[test]
fn a_variable_that_is_near_one_that_counts_is_named() {
    let environment = [
        ("PLUGIN_POOL_SIZE", "9"),
        ("RAISFAST_DATABASE_URL", "postgres://cms:hunter2@db/site"),
        ("PLUGIN_KEY_OF_SOMEBODY", "x"),
    ];
    let folder = Folder::new();
    let log = Serving::start(&folder, &environment).terminate().stderr;
    let hints = folder.run(&["config"], &environment).stderr;
    for said in [&log, &hints] {
        for hint in [
            "the variable PLUGIN_POOL_SIZE is not used: did you mean PLUGIN_WASM_POOL_SIZE?",
            "the variable RAISFAST_DATABASE_URL is not used: did you mean DATABASE_URL?",
        ] {
            assert!(said.contains(hint), "{hint} in {said}");
        }
        assert!(
            !said.contains("SOMEBODY") && !said.contains("hunter2"),
            "{said}"
        );
    }
}

#[test]
fn a_setting_that_stands_in_the_wrong_place_is_told_where_it_belongs() {
    for (file, hint) in [
        ("pool_size = 4", "did you mean `pool_size` in [plugins]?"),
        ("max_waiting = 4", "did you mean `max_waiting` in [outbox]?"),
        (
            "[plugins]\naddr = 'x'",
            "did you mean `addr`, at the top of the file?",
        ),
        (
            "[plugins]\npol_size = 4",
            "did you mean `pool_size` in [plugins]?",
        ),
        (
            "[plugins]\nfailures = 4",
            "did you mean `failures` in [plugins.breaker]?",
        ),
        (
            "data_dri = 'x'",
            "did you mean `data_dir`, at the top of the file?",
        ),
    ] {
        let done = Folder::new()
            .with_file("raisfast.toml", file)
            .run(&["config"], &[]);
        refused(&done, 2, &["raisfast.toml", hint]);
    }
    let done = Folder::new()
        .with_file("raisfast.toml", "colour = 1")
        .run(&["config"], &[]);
    assert!(!done.stderr.contains("did you mean"), "{done:?}");
}

#[test]
fn an_empty_variable_is_named() {
    for variable in [
        "RAISFAST_CONFIG",
        "RAISFAST_DATA_DIR",
        "RAISFAST_ADDR",
        "DATABASE_URL",
        "PLUGIN_DIR",
        "PLUGIN_HOT_RELOAD",
        "PLUGIN_WASM_POOL_SIZE",
        "PLUGIN_BREAKER_FAILURES",
        "PLUGIN_VFS_URI",
        "PLUGIN_ROLLBACK_AFTER",
        "OUTBOX_MAX_WAITING",
        "OUTBOX_MAX_WAITING_MB",
    ] {
        let done = Folder::new().run(&["config"], &[(variable, "")]);
        refused(&done, 2, &[&format!("The variable {variable} is empty")]);
    }
    let done = Folder::new().run(&["config"], &[("PLUGIN_HOT_RELOAD", "perhaps")]);
    refused(&done, 2, &["comes from the variable PLUGIN_HOT_RELOAD"]);
    let done = Folder::new().run(&["config", "--hot-reload", "perhaps"], &[]);
    refused(&done, 2, &["--hot-reload"]);
    assert!(!done.stderr.contains("variable"), "{done:?}");
}
