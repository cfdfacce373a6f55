//! `raisfast plugin check` and `raisfast plugin wit`. What is found in wasm is tested where it is
//! found.

use crate::{
    run::{Done, Folder},
    serve::Serving,
};

const PLUGIN: &str = "[plugin]\nid = 'com.example.quiet'\nname = 'Quiet'\nversion = '1.2.3'\n";

/// A component that imports and exports nothing.
const EMPTY: &str = "\0asm\x0d\0\x01\0";

fn check(manifest: &str, wasm: &str) -> Done {
    Folder::new()
        .with_file("quiet/manifest.toml", &format!("{PLUGIN}{manifest}"))
        .with_file("quiet/plugin.wasm", wasm)
        .run(&["plugin", "check", "quiet"], &[])
}

#[test]
fn what_a_plugin_may_do_is_told_in_plain_words() {
    let done = check(
        "[permissions]
http = ['https://api.example.com', '*.example.org/v1/*', 'http://127.0.0.1:8080']
database = ['read:posts', 'write:comments', 'contents', 'read:shop_*', '*', 'users']
config = ['site.title', 'mail.*', '*']",
        EMPTY,
    );
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(done.stderr, "");
    let allowed: Vec<_> = done
        .stdout
        .lines()
        .skip_while(|line| *line != "It may")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .collect();
    assert_eq!(
        allowed,
        [
            "  reach https://api.example.com",
            "  reach https://*.example.org/v1",
            "  reach http://127.0.0.1:8080",
            "  read the table posts",
            "  change the table comments",
            "  read and change the table contents",
            "  read every table whose name begins with shop_",
            "  read and change every table but the host's own",
            "  read the server's setting site.title",
            "  read every setting of the server that begins with mail.",
            "  read every setting of the server",
        ]
    );
    assert!(
        done.stdout.contains("hint: `users` allows nothing"),
        "{done:?}"
    );
}

#[test]
fn a_project_is_sent_to_where_its_plugin_will_be() {
    let folder = Folder::new();
    let made = folder.run(&["plugin", "new", "hello", "--lang", "c"], &[]);
    assert_eq!(made.code, 0, "{made:?}");
    let done = folder.run(&["plugin", "check", "hello"], &[]);
    assert_eq!(done.code, 1, "{done:?}");
    for next in [
        "`raisfast plugin build hello`",
        "`raisfast plugin check hello/dist`",
    ] {
        assert!(done.stderr.contains(next), "{done:?}");
    }
}

#[test]
fn what_others_have_named_drives_no_terminal() {
    let done = Folder::new().run(&["plugin", "check", "x\x1b[31m\u{9b}31m\u{202e}txt"], &[]);
    assert_eq!(done.code, 1, "{done:?}");
    let shown = r"x\u{1b}[31m\u{9b}31m\u{202e}txt/manifest.toml";
    assert!(done.stderr.contains(shown), "{done:?}");
}

#[test]
fn a_plugin_without_grants_or_hooks_is_told_so() {
    let done = check("", EMPTY);
    assert_eq!(done.code, 0, "{done:?}");
    for says in [
        "Quiet 1.2.3 (com.example.quiet)",
        "It may reach nothing outside its sandbox.",
        "hint: nothing calls this plugin",
        "no problems found",
    ] {
        assert!(done.stdout.contains(says), "{says} in {}", done.stdout);
    }
}

#[test]
fn cron_entries_are_shown_with_their_next_times_by_their_own_clocks() {
    let done = check(
        "[[cron]]
label = 'Yearly'
job_type = 'yearly'
cron_expr = '15 30 4 1 7 *'
timezone = 'Europe/Berlin'
[[cron]]
label = 'Off'
job_type = 'off'
cron_expr = '@daily'
enabled = false",
        EMPTY,
    );
    let line = |job: &str| {
        let mut lines = done.stdout.lines();
        let line = lines.find(|line| line.starts_with(job));
        line.unwrap_or_else(|| panic!("{job} in {}", done.stdout))
    };
    let times: Vec<_> = line("yearly")
        .split_once("Europe/Berlin  ")
        .expect("the zone")
        .1
        .split(", ")
        .collect();
    assert_eq!(times.len(), 2, "{times:?}");
    for time in &times {
        assert!(time.ends_with("-07-01 04:30:15"), "{time}");
    }
    assert!(times[0] < times[1], "{times:?}");
    assert!(line("off").ends_with("not enabled"), "{done:?}");
    // The columns line up.
    let zone = |line: &str, zone: &str| line.find(zone).expect("the zone");
    assert_eq!(
        zone(line("yearly"), "Europe/Berlin"),
        zone(line("off"), "UTC")
    );
}

#[test]
fn a_problem_exits_with_1_and_is_told_as_the_server_would() {
    for (manifest, wasm, says) in [
        (
            "[hooks.on-logn]",
            EMPTY,
            &["quiet/manifest.toml:5:8:", "did you mean `on-login`?"][..],
        ),
        ("", "text", &["`plugin.wasm`: not a WebAssembly file"]),
        (
            "[hooks.on-login]",
            EMPTY,
            &["the component exports no `raisfast:plugin-wit/plugin-hooks`"],
        ),
        (
            "entry = 'other.wasm'",
            EMPTY,
            &["`other.wasm`, which manifest.toml names as the entry, cannot be read"],
        ),
    ] {
        let done = check(manifest, wasm);
        assert_eq!(done.code, 1, "{manifest}: {done:?}");
        assert!(done.stderr.starts_with("error: "), "{manifest}: {done:?}");
        for says in says {
            assert!(done.stderr.contains(says), "{manifest}: {says}: {done:?}");
        }
        assert!(!done.stdout.contains("no problems found"), "{done:?}");
    }

    let done = Folder::new().run(&["plugin", "check", "nowhere"], &[]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(
        done.stderr.contains("nowhere/manifest.toml cannot be read"),
        "{done:?}"
    );
}

#[test]
fn output_that_is_no_terminals_has_no_colour() {
    for manifest in ["", "[hooks.on-logn]"] {
        let done = check(manifest, EMPTY);
        assert!(!(done.stdout + &done.stderr).contains('\x1b'));
    }
}

#[test]
fn the_interface_file_is_printed_as_it_is() {
    let done = Folder::new().run(&["plugin", "wit"], &[]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(
        done.stdout,
        include_str!("../../../../plugin-wit/plugin.wit")
    );
}

#[test]
fn migrations_are_checked_and_told() {
    let folder = Folder::new()
        .with_file("quiet/manifest.toml", PLUGIN)
        .with_file("quiet/plugin.wasm", EMPTY)
        .with_file(
            "quiet/migrations/1_orders.sql",
            "CREATE TABLE own_com_example_quiet__orders (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        )
        .with_file(
            "quiet/migrations/1_more.sql",
            "DELETE FROM own_com_example_quiet__orders",
        );
    let done = folder.run(&["plugin", "check", "quiet"], &[]);
    assert_eq!(done.code, 0, "{done:?}");
    for says in [
        "Its own tables are called own_com_example_quiet__…; they are made by\n  migrations/1_more.sql\n  migrations/1_orders.sql\n",
        "hint: migrations/1_more.sql runs before migrations/1_orders.sql",
        "hint: a server on PostgreSQL could not load it: migrations/1_orders.sql, line 1: ",
        "hint: a server on MariaDB could not load it: migrations/1_orders.sql, line 1: ",
    ] {
        assert!(done.stdout.contains(says), "{says} in {}", done.stdout);
    }
    assert!(!folder.path("data").exists(), "no database is made");

    let postgres = [
        "plugin",
        "check",
        "quiet",
        "--database-url",
        "postgres://127.0.0.1:1/none",
    ];
    let done = folder.run(&postgres, &[]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(
        done.stderr.contains("check that its server runs"),
        "{done:?}"
    );

    let folder = folder.with_file("quiet/migrations/2_bad.sql", "\n\nDROP TABLE posts");
    let done = folder.run(&["plugin", "check", "quiet"], &[]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(
        done.stderr
            .contains("migrations/2_bad.sql, line 3: `posts` is not the plugin's own"),
        "{done:?}"
    );
}

#[test]
fn limits_over_the_operators_ceilings_are_told() {
    let folder = Folder::new()
        .with_file(
            "quiet/manifest.toml",
            &format!("{PLUGIN}[limits]\nkv_keys = 8"),
        )
        .with_file("quiet/plugin.wasm", EMPTY)
        .with_file("raisfast.toml", "[plugins.limits]\nkv_keys = 7");
    let done = folder.run(&["plugin", "check", "quiet"], &[]);
    assert_eq!(done.code, 0, "{done:?}");
    for says in [
        "[limits] for kv_keys = 8",
        "have 7 at most",
        "[plugins.limits] kv_keys",
    ] {
        assert!(done.stdout.contains(says), "{says} in {}", done.stdout);
    }
}

#[test]
fn grants_are_compared_with_the_tables_of_the_servers_database() {
    let folder = Folder::new()
        .with_file(
            "quiet/manifest.toml",
            &format!("{PLUGIN}[permissions]\ndatabase = ['read:posts', 'shop_*', 'own_other']"),
        )
        .with_file("quiet/plugin.wasm", EMPTY);
    let url = format!("sqlite://{}?mode=rwc", folder.path("site.db").display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let database = raisfast_db::Database::connect(&url)
            .await
            .expect("a database");
        database.close().await;
    });
    let done = folder.run(&["plugin", "check", "quiet"], &[("DATABASE_URL", &url)]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.stdout
            .contains("hint: `shop_*` allows nothing now: the database has no table shop_*"),
        "{done:?}"
    );
    assert!(!done.stdout.contains("`read:posts`"), "{done:?}");
    assert!(
        done.stdout
            .contains("the table own_other is a plugin's own"),
        "{done:?}"
    );
}

#[test]
fn a_plugin_is_shown_with_the_room_that_it_takes() {
    let folder = Folder::new()
        .with_file(
            "plugins/quiet/manifest.toml",
            &format!("{PLUGIN}[limits]\nvfs_total_bytes = 2097152"),
        )
        .with_file("plugins/quiet/plugin.wasm", EMPTY)
        .with_file("data/vfs/com.example.quiet/note.txt", "hello");
    let serving = Serving::start(&folder, &[("PLUGIN_DIR", "plugins")]);
    let shown = folder.run(&["plugin", "show", "com.example.quiet"], &[]);
    assert_eq!(shown.code, 0, "{shown:?}");
    let row = |name: &str| shown.stdout.lines().find(|line| line.starts_with(name));
    assert!(
        row("file bytes").is_some_and(|row| row.contains("5 bytes") && row.contains("2 MiB")),
        "{shown:?}"
    );
    assert!(
        row("keys").is_some_and(|row| row.contains("10000")),
        "{shown:?}"
    );
    let json = folder.run(&["plugin", "show", "com.example.quiet", "--json"], &[]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json["storage"]["files"]["used"], 1);
    assert_eq!(serving.terminate().code, 0);
}
