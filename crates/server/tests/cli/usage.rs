//! Help, and what the shell sees.

use crate::run::Folder;

/// A command with those below it, and its help, as a terminal of 80 columns has it.
fn helps(command: &[String]) -> Vec<(Vec<String>, String)> {
    let arguments: Vec<_> = command
        .iter()
        .map(String::as_str)
        .chain(["--help"])
        .collect();
    let done = Folder::new().run(&arguments, &[("COLUMNS", "80")]);
    assert_eq!(done.code, 0, "{done:?}");
    let (_, list) = done.stdout.split_once("Commands:\n").unwrap_or_default();
    let (list, _) = list.split_once("\n\n").unwrap_or_default();
    // What goes on on a further line is indented more.
    let entries = list.lines().filter_map(|line| line.strip_prefix("  "));
    let names = entries.filter_map(|entry| entry.split(' ').next());
    let below: Vec<_> = names
        .filter(|name| !name.is_empty() && *name != "help")
        .flat_map(|name| helps(&[command, &[name.to_owned()]].concat()))
        .collect();
    [vec![(command.to_vec(), done.stdout.clone())], below].concat()
}

#[test]
fn every_command_has_help_with_an_example_that_fits_a_terminal() {
    let helps = helps(&[]);
    assert!(helps.len() > 50, "{} commands", helps.len());
    for (command, help) in helps {
        assert!(help.contains("Usage: raisfast"), "{command:?}: {help}");
        let (_, examples) = help
            .split_once("\nExample")
            .unwrap_or_else(|| panic!("{command:?} has no example: {help}"));
        assert!(examples.contains("raisfast"), "{command:?}: {examples}");
        // It prints a whole raisfast.toml, whose comments have up to 100.
        let width = if command == ["config"] { 100 } else { 80 };
        for line in help.lines() {
            assert!(line.chars().count() <= width, "{command:?}: {line}");
        }
    }
}

/// Settings that say nothing about a site's place stand in the help of `serve` alone.
#[test]
fn a_backup_lists_the_flags_that_say_where_the_site_is() {
    for command in ["backup", "restore", "doctor"] {
        let help = Folder::new().run(&[command, "--help"], &[]).stdout;
        assert!(
            help.contains("--data-dir") && help.contains("--vfs-uri"),
            "{help}"
        );
        assert!(!help.contains("--pool-size"), "{help}");
        assert!(help.contains("All flags of `raisfast serve`"), "{help}");
    }
    let done = Folder::new().run(&["doctor", "--pool-size", "65"], &[]);
    assert!(
        done.stderr.contains("a pool has 1 to 64 instances"),
        "{done:?}"
    );
}

#[test]
fn help_names_every_variable_and_prints_no_secret() {
    let environment = [
        ("DATABASE_URL", "postgres://cms:hunter2@db/site"),
        ("PLUGIN_VFS_URI", "s3://bucket?secret_access_key=hunter2"),
        ("RAISFAST_ADMIN_PASSWORD", "hunter2"),
    ];
    let help = Folder::new().run(&["serve", "--help"], &environment).stdout;
    for variable in [
        "RAISFAST_ADDR",
        "RAISFAST_DATA_DIR",
        "RAISFAST_ADMIN_PASSWORD",
        "DATABASE_URL",
        "PLUGIN_DIR",
        "PLUGIN_WASM_POOL_SIZE",
        "PLUGIN_HOT_RELOAD",
        "PLUGIN_VFS_URI",
    ] {
        assert!(help.contains(variable), "{variable} in {help}");
    }
    assert!(!help.contains("hunter2"), "{help}");
}

#[test]
fn what_cannot_be_used_exits_with_2_and_says_why() {
    for (arguments, says) in [
        (&["fly"][..], "unrecognized subcommand 'fly'"),
        (&["serve", "--port", "80"], "unexpected argument '--port'"),
        (
            &["serve", "--addr", "localhost"],
            "write an IP address and a port, such as `127.0.0.1:8787`",
        ),
        (
            &["serve", "--pool-size", "0"],
            "a pool has 1 to 64 instances, not 0",
        ),
        (
            &["serve", "--pool-size", "65"],
            "a pool has 1 to 64 instances, not 65",
        ),
        (
            &["serve", "--pool-size", "many"],
            "write a number from 1 to 64; check --pool-size or PLUGIN_WASM_POOL_SIZE",
        ),
        (
            &["serve", "--hot-reload", "perhaps"],
            "invalid value 'perhaps'",
        ),
        (&["serve", "--database-url", ""], "it is empty"),
        (&["serve", "--must-load", ""], "it is empty"),
        (
            &["serve", "--must-load", "com.example.a,guard"],
            "`guard` is not a reverse-domain name",
        ),
        (&["serve", "--without-guards"], "--safe-mode"),
        (&["--safe-mode"], "unexpected argument '--safe-mode'"),
        (
            &["serve", "--config", "nowhere.toml"],
            "cannot read nowhere.toml",
        ),
        (&["cron", "run"], "<PLUGIN>"),
        (
            &["plugin", "new", "hello"],
            "--lang <rust|c|js|js-script|lua|…>",
        ),
        (&["plugin", "check"], "<FOLDER>"),
        (
            &["cron", "run", "digest", "daily"],
            "`digest` is not a reverse-domain name",
        ),
    ] {
        let done = Folder::new().run(arguments, &[]);
        assert_eq!(done.code, 2, "{arguments:?}: {done:?}");
        assert!(done.stderr.contains(says), "{arguments:?}: {done:?}");
        assert_eq!(done.stdout, "", "{arguments:?}");
    }
}

#[test]
fn a_variable_about_traces_that_is_not_understood_is_named() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317");
    for (variables, named) in [
        (
            &[endpoint, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")][..],
            "OTEL_EXPORTER_OTLP_PROTOCOL",
        ),
        (
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", "collector")],
            "OTEL_EXPORTER_OTLP_ENDPOINT",
        ),
    ] {
        let done = Folder::new().run(&["--addr", "127.0.0.1:0"], variables);
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.stderr.contains(named), "{done:?}");
    }
}

#[test]
fn a_log_filter_that_is_not_understood_is_not_passed_over() {
    let done = Folder::new().run(
        &["--addr", "127.0.0.1:0"],
        &[("RUST_LOG", "loud=very=much")],
    );
    assert_eq!(done.code, 2, "{done:?}");
    assert!(
        done.stderr
            .contains("`loud=very=much` is not a valid log filter")
            && done.stderr.contains("RUST_LOG"),
        "{done:?}"
    );
}
