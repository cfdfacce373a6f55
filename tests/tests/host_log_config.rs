//! `log` and `get-config`.

use raisfast_tests::TestServer;
use serde_json::{Value, json};

const PLUGIN: &str = "com.example.caller";

#[tokio::test(flavor = "multi_thread")]
async fn log_writes_a_record_with_plugin_hook_and_level() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    for (word, level) in [
        ("trace", "trace"),
        ("Debug", "debug"),
        ("INFO", "info"),
        ("wArN", "warn"),
        ("warning", "warn"),
        ("error", "error"),
        ("shout", "info"),
        ("", "info"),
    ] {
        let message = format!("said as `{word}`");
        server.call(PLUGIN, "log", json!([word, message])).await;

        let record = server.record(PLUGIN, &message).await;
        assert_eq!(record["message"], message);
        assert_eq!(record["level"], level, "{word}");
        assert_eq!(record["plugin"], PLUGIN);
        assert_eq!(record["hook"], "on-content-creating");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn log_cuts_what_is_over_8_kib_and_marks_it() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    let whole = "x".repeat(8192);
    // Two bytes a letter, so that the limit falls into the middle of one.
    let long = format!("y{}", "ü".repeat(5000));
    let calls = [
        ("log", json!(["info", whole])),
        ("log", json!(["info", long])),
    ];
    server.calls(PLUGIN, &calls).await;

    assert_eq!(server.record(PLUGIN, "xxx").await["message"], whole);
    let kept = format!("y{}", "ü".repeat(4095));
    assert_eq!(
        server.record(PLUGIN, "yü").await["message"],
        format!("{kept}… [cut: 10001 bytes in all]")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn log_cannot_forge_a_second_record() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    let before = server.records(PLUGIN).await.len();
    server
        .call(PLUGIN, "log", json!(["info", "one\nERROR two\u{1b}[2J"]))
        .await;
    assert_eq!(server.records(PLUGIN).await.len(), before + 1);
    assert_eq!(
        server.record(PLUGIN, "one").await["message"],
        r"one\nERROR two\u{1b}[2J"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn log_stops_at_its_limit_and_says_so_once() {
    let server = TestServer::with()
        .caller(PLUGIN, "[limits]\nlog_records_per_minute = 2")
        .start()
        .await;
    let calls: Vec<_> = (1..=5)
        .map(|n| ("log", json!(["info", format!("record {n}")])))
        .collect();
    server.calls(PLUGIN, &calls).await;

    let messages = server.logged(PLUGIN);
    let last: Vec<_> = messages.iter().rev().take(3).rev().collect();
    assert_eq!(last[..2], ["record 1", "record 2"], "{messages:?}");
    assert!(
        last[2].contains("[limits]: log_records_per_minute = 4; "),
        "{messages:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn get_config_reads_the_plugins_own_settings_and_the_operators_first() {
    let server = TestServer::with()
        .caller(PLUGIN, "[config]\ngreeting = \"Hello\"\nrounds = 3")
        .caller("com.example.other", "[config]\nown = \"of the other\"")
        .config(|config| {
            let overrides = [("rounds", "7"), ("extra", "the operator's")];
            let plugin = PLUGIN.parse().expect("a plugin id");
            config
                .plugins
                .overrides
                .insert(plugin, overrides.into_iter().collect());
        })
        .start()
        .await;

    for (key, value) in [
        ("greeting", json!("Hello")),
        ("rounds", json!("7")),
        ("extra", json!("the operator's")),
        ("own", Value::Null),
        ("missing", Value::Null),
        ("", Value::Null),
    ] {
        let found = server.call(PLUGIN, "get-config", json!([key])).await;
        assert_eq!(found, value, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn get_config_reads_the_servers_settings_where_they_are_granted() {
    let server = TestServer::with()
        .caller(
            PLUGIN,
            "[permissions]\nconfig = [\"site.title\", \"site.social.*\"]",
        )
        .config(|config| {
            let site = [
                ("title", "Notes"),
                ("social.feed", "on"),
                ("tagline", "Dry"),
            ];
            config.site = site.into_iter().collect();
        })
        .start()
        .await;

    for (key, value) in [
        ("site.title", json!("Notes")),
        ("site.social.feed", json!("on")),
        ("site.tagline", Value::Null),
        ("site.missing", Value::Null),
    ] {
        let found = server.call(PLUGIN, "get-config", json!([key])).await;
        assert_eq!(found, value, "{key}");
    }
    let denial = server.record(PLUGIN, "denied").await;
    assert_eq!(denial["level"], "warn");
    assert_eq!(
        denial["message"],
        "denied: get-config of the server's `site.tagline`; to allow it, write in manifest.toml, under \
         [permissions]: config = [\"site.tagline\"]"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn get_config_never_reads_a_secret() {
    let server = TestServer::with()
        .caller(PLUGIN, "[permissions]\nconfig = [\"*\"]")
        .config(|config| config.site = [("title", "Notes")].into_iter().collect())
        .start()
        .await;
    // The grant is in force: what may be read is read.
    let title = server
        .call(PLUGIN, "get-config", json!(["site.title"]))
        .await;
    assert_eq!(title, "Notes");

    for secret in [
        "admin_password",
        "RAISFAST_ADMIN_PASSWORD",
        "server.admin_password",
        "site.admin_password",
        "database_url",
        "DATABASE_URL",
        "server.database_url",
        "plugins.vfs_uri",
        "PLUGIN_VFS_URI",
        "data_dir",
        "PATH",
        "*",
    ] {
        let found = server.call(PLUGIN, "get-config", json!([secret])).await;
        assert_eq!(found, Value::Null, "{secret}");
    }
}

/// The log has what an author or an operator looks for when something does not work.
#[tokio::test(flavor = "multi_thread")]
async fn every_failure_is_in_the_plugins_log_and_stays_there_over_a_restart() {
    let manifest = "[permissions]\ndatabase = [\"read:posts\"]\ntimeout_ms = 300";
    let server = TestServer::with().caller(PLUGIN, manifest).start().await;
    for (function, args) in [
        (
            "db-query",
            json!(["SELECT no_such_column FROM posts", null]),
        ),
        (
            "db-query",
            json!(["SELECT title FROM posts WHERE title = ?", null]),
        ),
        ("db-query", json!(["SELECT title FROM posts", "{"])),
        ("db-commit", json!([])),
    ] {
        server.call(PLUGIN, function, args).await;
    }
    for script in [
        json!({"calls": [], "trap": true}),
        json!({"calls": [], "spin": true}),
    ] {
        server.script(PLUGIN, &script).await.expect(422);
    }
    let expected = [
        "no_such_column",
        "db-query failed: the statement has 1 placeholders and 0 parameters",
        "db-query failed: params is a JSON array",
        "db-commit failed: no transaction is open",
        "the call failed: the guest trapped",
        "the call failed: no answer within 300 ms",
    ];
    for text in expected {
        server.record(PLUGIN, text).await;
    }
    let mut before = server.records(PLUGIN).await;
    // Which of the calls it was is of use only while its record is kept, which a restart ends.
    for record in &mut before {
        record["call"] = serde_json::Value::Null;
    }
    let server = server.restart().await;
    assert_eq!(server.records(PLUGIN).await[..before.len()], before);
}
