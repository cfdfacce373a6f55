//! Help, and what the shell sees.

use crate::run::Folder;

#[test]
fn every_command_has_help_with_an_example() {
    for command in [
        &[][..],
        &["serve"],
        &["config"],
        &["completions"],
        &["man-pages"],
        &["openapi"],
        &["backup"],
        &["restore"],
        &["doctor"],
        &["user"],
        &["user", "list"],
        &["user", "show"],
        &["user", "create"],
        &["user", "role"],
        &["user", "password"],
        &["user", "set-password"],
        &["user", "reset-password"],
        &["user", "disable"],
        &["user", "enable"],
        &["user", "remove"],
        &["post"],
        &["post", "list"],
        &["post", "publish"],
        &["post", "archive"],
        &["comment"],
        &["comment", "list"],
        &["comment", "approve"],
        &["comment", "spam"],
        &["comment", "delete"],
        &["cron"],
        &["cron", "list"],
        &["cron", "run"],
        &["events"],
        &["login"],
        &["logout"],
        &["outbox"],
        &["outbox", "list"],
        &["outbox", "retry"],
        &["outbox", "discard"],
        &["plugin"],
        &["plugin", "adopt"],
        &["plugin", "list"],
        &["plugin", "show"],
        &["plugin", "top"],
        &["plugin", "logs"],
        &["plugin", "install"],
        &["plugin", "remove"],
        &["plugin", "settings"],
        &["plugin", "shadow"],
        &["plugin", "promote"],
        &["plugin", "enable"],
        &["plugin", "disable"],
        &["plugin", "reload"],
        &["plugin", "reset"],
        &["plugin", "check"],
        &["plugin", "conformance"],
        &["plugin", "test"],
    ] {
        let arguments: Vec<_> = command.iter().copied().chain(["--help"]).collect();
        let done = Folder::new().run(&arguments, &[]);
        assert_eq!(done.code, 0, "{done:?}");
        assert!(done.stdout.contains("Usage: raisfast"), "{done:?}");
        let (_, examples) = done.stdout.split_once("Examples:").expect("examples");
        assert!(examples.contains("raisfast"), "{done:?}");
    }
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
