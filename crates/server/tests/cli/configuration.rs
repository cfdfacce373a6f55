//! Sources of settings, as `raisfast config` shows them.

use crate::run::{Done, Folder};

/// The value of a setting and who set it.
fn setting(done: &Done, name: &str) -> (String, String) {
    assert_eq!(done.code, 0, "{done:?}");
    let line = done
        .stdout
        .lines()
        .find(|line| line.split_whitespace().next() == Some(name))
        .unwrap_or_else(|| panic!("{name} in {}", done.stdout));
    let columns: Vec<_> = line
        .split("  ")
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .collect();
    (columns[2].to_owned(), columns[1].to_owned())
}

#[test]
fn each_source_is_stronger_than_the_one_before() {
    let file = "addr = '127.0.0.1:2'\n[plugins]\npool_size = 2\nhot_reload = false\nvfs_uri = 'memory://x'\ndir = '/two'";
    let environment = [
        ("RAISFAST_ADDR", "127.0.0.1:3"),
        ("PLUGIN_WASM_POOL_SIZE", "3"),
        ("PLUGIN_HOT_RELOAD", "true"),
        ("PLUGIN_VFS_URI", "memory://y"),
        ("PLUGIN_DIR", "/three"),
    ];
    let flags = [
        "config",
        "--addr",
        "127.0.0.1:4",
        "--pool-size",
        "4",
        "--hot-reload",
        "false",
        "--vfs-uri",
        "memory://z",
        "--plugin-dir",
        "/four",
    ];
    let folder = || Folder::new().with_file("raisfast.toml", file);

    let defaults = Folder::new().run(&["config"], &[]);
    let from_file = folder().run(&["config"], &[]);
    let from_environment = folder().run(&["config"], &environment);
    let from_flags = folder().run(&flags, &environment);
    for (name, flag, values) in [
        (
            "addr",
            "--addr",
            [
                "127.0.0.1:8787",
                "127.0.0.1:2",
                "127.0.0.1:3",
                "127.0.0.1:4",
            ],
        ),
        ("plugins.pool_size", "--pool-size", ["4", "2", "3", "4"]),
        (
            "plugins.hot_reload",
            "--hot-reload",
            ["true", "false", "true", "false"],
        ),
        (
            "plugins.dir",
            "--plugin-dir",
            ["./extensions/plugins", "/two", "/three", "/four"],
        ),
    ] {
        let expected = |value: &str, by: &str| (value.to_owned(), by.to_owned());
        assert_eq!(setting(&defaults, name), expected(values[0], "default"));
        assert_eq!(
            setting(&from_file, name),
            expected(values[1], "raisfast.toml")
        );
        assert_eq!(
            setting(&from_environment, name),
            expected(values[2], "environment")
        );
        assert_eq!(setting(&from_flags, name), expected(values[3], flag));
    }
    assert_eq!(setting(&from_file, "plugins.vfs_uri").0, "memory://x");
    assert_eq!(
        setting(&from_environment, "plugins.vfs_uri").0,
        "memory://y"
    );
    assert_eq!(setting(&from_flags, "plugins.vfs_uri").0, "memory://z");
}

/// As editors on Windows save it.
#[test]
fn a_file_may_begin_with_a_byte_order_mark_and_end_its_lines_with_two_characters() {
    let file = "addr = '127.0.0.1:2'\n[plugins]\npool_size = 2\n";
    let crlf = file.replace('\n', "\r\n");
    for file in [
        format!("\u{feff}{file}"),
        crlf.clone(),
        format!("\u{feff}{crlf}"),
    ] {
        let folder = Folder::new().with_file("raisfast.toml", &file);
        let done = folder.run(&["config"], &[]);
        assert_eq!(setting(&done, "addr").0, "127.0.0.1:2");
        assert_eq!(setting(&done, "plugins.pool_size").0, "2");
    }
}

#[test]
fn everything_follows_the_data_folder() {
    let done = Folder::new().run(&["config"], &[("RAISFAST_DATA_DIR", "/srv/cms")]);
    assert_eq!(setting(&done, "data_dir").0, "/srv/cms");
    assert_eq!(setting(&done, "cache_dir").0, "/srv/cms/cache");
    assert_eq!(
        setting(&done, "database_url").0,
        "sqlite:///srv/cms/raisfast.db?mode=rwc"
    );
    assert!(setting(&done, "plugins.vfs_uri").0.contains("/srv/cms/vfs"));
}

#[test]
fn another_file_can_be_named() {
    let folder = Folder::new()
        .with_file("raisfast.toml", "addr = '127.0.0.1:1'")
        .with_file("other.toml", "addr = '127.0.0.1:2'");
    let expected = ("127.0.0.1:2".to_owned(), "other.toml".to_owned());
    let by_flag = folder.run(&["config", "--config", "other.toml"], &[]);
    assert_eq!(setting(&by_flag, "addr"), expected);
    let by_environment = folder.run(&["config"], &[("RAISFAST_CONFIG", "other.toml")]);
    assert_eq!(setting(&by_environment, "addr"), expected);
}

#[test]
fn no_secret_is_printed() {
    let file =
        "[plugins.'com.example.mail']\nconfig = { api_key = 'hunter2' }\n[site]\ntitle = 'Notes'";
    let environment = [
        (
            "DATABASE_URL",
            "postgres://cms:hunter2@db.example.com/site?sslkey=hunter2",
        ),
        ("RAISFAST_ADMIN_PASSWORD", "hunter2"),
        ("PLUGIN_VFS_URI", "s3://bucket?secret_access_key=hunter2"),
    ];
    let done = Folder::new()
        .with_file("raisfast.toml", file)
        .run(&["config"], &environment);
    assert!(!done.stdout.contains("hunter2"), "{}", done.stdout);
    assert_eq!(
        setting(&done, "database_url").0,
        "postgres://cms:***@db.example.com/site?***"
    );
    assert_eq!(
        setting(&done, "admin_password"),
        ("***".to_owned(), "environment".to_owned())
    );
    assert_eq!(
        setting(&done, "site.title"),
        ("Notes".to_owned(), "raisfast.toml".to_owned())
    );
    assert!(done.stdout.contains("com.example.mail"), "{}", done.stdout);
}

#[test]
fn a_wrong_file_is_refused_with_line_and_hint() {
    for (text, line, hints) in [
        (
            "adr = '127.0.0.1:1'",
            1,
            &["unknown field `adr`", "`addr`"][..],
        ),
        ("\naddr = 8787", 2, &["invalid type", "expected a string"]),
        (
            "addr = 'localhost'",
            1,
            &[
                "`localhost` is not a valid socket address",
                "127.0.0.1:8787",
            ],
        ),
        (
            "addr = '127.0.0.1:1'\naddr = '127.0.0.1:2'",
            2,
            &["duplicate key"],
        ),
        ("[plugins]\npool_size = 0", 2, &["1 to 64"]),
        (
            "[plugins]\npool_size = 'four'",
            2,
            &["invalid type", "string"],
        ),
        (
            "[plugins]\npoolsize = 4",
            2,
            &["unknown setting `poolsize`", "`pool_size`"],
        ),
        ("[plugins]\nhot_reload = 'yes'", 2, &["a boolean"]),
        ("[plugins]\nmax_timeout_ms = 0", 2, &["nonzero"]),
        (
            "[plugins.com.example.x]\nconfig = {}",
            1,
            &["unknown setting `com`", "in quotes"],
        ),
        (
            "[plugins.'com.Example']\nconfig = {}",
            1,
            &["lower-case", "com.example.my-plugin"],
        ),
        (
            "[plugins.'com.example.x']\nconfg = {}",
            2,
            &["unknown field `confg`", "`config`"],
        ),
        (
            "[plugins.'com.example.x']\nconfig = { a = [1] }",
            2,
            &["this is a list"],
        ),
        (
            "[http]\nallowed_networks = ['10.0.0.0/33']",
            2,
            &["`10.0.0.0/33` is not a valid network", "10.0.0.0/8"],
        ),
        (
            "[http]\nallowed_networks = '10.0.0.0/8'",
            2,
            &["expected a sequence"],
        ),
        ("site = 'Notes'", 1, &["expected a map"]),
        ("[site]\ntags = ['a']", 2, &["this is a list"]),
        ("[site", 1, &["]"]),
        ("addr = ", 1, &["value"]),
    ] {
        let done = Folder::new()
            .with_file("raisfast.toml", text)
            .run(&["config"], &[]);
        assert_eq!(done.code, 2, "{text}: {done:?}");
        assert!(
            done.stderr.starts_with("error: raisfast.toml"),
            "{text}: {}",
            done.stderr
        );
        assert!(
            done.stderr.contains(&format!("line {line}")),
            "{text}: {}",
            done.stderr
        );
        for hint in hints {
            assert!(
                done.stderr.contains(hint),
                "{text}: {hint} in {}",
                done.stderr
            );
        }
    }
}
