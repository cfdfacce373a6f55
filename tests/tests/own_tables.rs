//! Tables that a plugin makes for itself: `migrations/` beside its manifest.

use std::fs;

use raisfast_tests::{TestServer, eventually, parsed};
use serde_json::{Value, json};

const SHOP: &str = "com.example.shop";
const OTHER: &str = "com.example.other";
const ORDERS: &str = "own_com_example_shop__orders";

const FIRST: &str = "CREATE TABLE own_com_example_shop__orders (id INTEGER PRIMARY KEY, title VARCHAR(80) NOT NULL);
CREATE UNIQUE INDEX own_com_example_shop__by_title ON own_com_example_shop__orders (title);
";

/// A server with the shop, which has no grant, and another plugin, which has every one.
async fn shop() -> TestServer {
    TestServer::with()
        .caller(SHOP, "")
        .migration(SHOP, "0001_orders.sql", FIRST)
        .caller(OTHER, "[permissions]\ndatabase = [\"*\", \"own_*\"]")
        .start()
        .await
}

async fn sql(server: &TestServer, plugin: &str, function: &str, sql: &str) -> Value {
    parsed(&server.call(plugin, function, json!([sql, null])).await)
}

async fn add(server: &TestServer, id: u32, title: &str) {
    let insert = format!("INSERT INTO {ORDERS} (id, title) VALUES ({id}, '{title}')");
    let done = sql(server, SHOP, "db-execute", &insert).await;
    assert_eq!(done, json!({"rows_affected": 1}));
}

async fn orders(server: &TestServer) -> Value {
    let select = format!("SELECT * FROM {ORDERS} ORDER BY id");
    sql(server, SHOP, "db-query", &select).await
}

/// Waits until what lies in the shop's folder is refused, and returns the reason.
async fn refused(server: &TestServer) -> String {
    let plugin = eventually("the shop is outdated", || async {
        let plugin = server.plugin(SHOP).await;
        (plugin["state"] == "outdated").then_some(plugin)
    })
    .await;
    plugin["last_error"].as_str().expect("a reason").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_uses_its_own_tables_without_a_grant() {
    let server = shop().await;
    assert_eq!(
        server.plugin(SHOP).await["own_tables"],
        "own_com_example_shop__"
    );
    assert_eq!(server.plugin(OTHER).await["own_tables"], Value::Null);
    assert_eq!(orders(&server).await, json!([]));
    add(&server, 1, "first").await;
    let insert = format!("INSERT INTO {ORDERS} VALUES (?, ?)");
    let results = server
        .calls(
            SHOP,
            &[
                ("db-begin", json!([])),
                ("db-execute", json!([insert, "[2, \"second\"]"])),
                ("db-commit", json!([])),
            ],
        )
        .await;
    assert_eq!(parsed(&results[2]), json!({"ok": true}));
    assert_eq!(
        orders(&server).await,
        json!([{"id": 1, "title": "first"}, {"id": 2, "title": "second"}])
    );
    // The index is one.
    let twice = format!("INSERT INTO {ORDERS} VALUES (3, 'second')");
    let error = sql(&server, SHOP, "db-execute", &twice).await;
    assert_eq!(error["code"], "constraint");
    // Nothing else has come with them.
    let error = sql(&server, SHOP, "db-query", "SELECT id FROM posts").await;
    assert_eq!(error["code"], "denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_plugin_reaches_them_whatever_it_is_granted() {
    let server = shop().await;
    add(&server, 1, "first").await;
    for (function, statement) in [
        ("db-query", format!("SELECT * FROM {ORDERS}")),
        (
            "db-query",
            format!("SELECT id FROM posts WHERE id IN (SELECT title FROM {ORDERS})"),
        ),
        ("db-execute", format!("DELETE FROM {ORDERS}")),
        ("db-query", "SELECT * FROM plugin_migrations".to_owned()),
    ] {
        let error = sql(&server, OTHER, function, &statement).await;
        assert_eq!(error["code"], "denied", "{statement}");
    }
    server
        .logs(
            OTHER,
            &format!("the table `{ORDERS}` is another plugin's own; no grant reaches it"),
        )
        .await;
    let error = sql(&server, SHOP, "db-execute", "DELETE FROM plugin_migrations").await;
    assert_eq!(error["code"], "denied");
    assert_eq!(orders(&server).await, json!([{"id": 1, "title": "first"}]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_migration_changes_the_tables_of_the_running_plugin() {
    let server = shop().await;
    add(&server, 1, "first").await;
    // Prepared by every connection before the table changes.
    for _ in 0..8 {
        assert_eq!(orders(&server).await[0], json!({"id": 1, "title": "first"}));
    }
    server.migrate(
        SHOP,
        "0002_note.sql",
        &format!("ALTER TABLE {ORDERS} ADD COLUMN note VARCHAR(80) DEFAULT 'none'"),
    );
    server.reaches(SHOP, "running", 2).await;
    for _ in 0..8 {
        assert_eq!(
            orders(&server).await,
            json!([{"id": 1, "title": "first", "note": "none"}])
        );
    }
    // What has run does not run again, and the rows stay.
    let server = server.restart().await;
    assert_eq!(orders(&server).await.as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_fails_leaves_the_version_before_it_serving() {
    let server = shop().await;
    add(&server, 1, "first").await;
    let failing = format!(
        "-- Titles are no longer than this.\n\
         ALTER TABLE {ORDERS} ADD COLUMN note VARCHAR(80);\n\
         DELETE FROM {ORDERS};\n\
         INSERT INTO own_com_example_shop__nowhere VALUES (1);\n"
    );
    server.migrate(SHOP, "0002_note.sql", &failing);
    let reason = refused(&server).await;
    assert!(
        reason.starts_with("migrations/0002_note.sql, line 4: the database refused it, so nothing of this file is kept: "),
        "{reason}"
    );
    assert!(reason.contains("own_com_example_shop__nowhere"), "{reason}");
    // The plugin goes on as if nothing had been.
    add(&server, 2, "second").await;
    assert_eq!(
        orders(&server).await,
        json!([{"id": 1, "title": "first"}, {"id": 2, "title": "second"}])
    );

    let fixed = failing.lines().take(2).collect::<Vec<_>>().join("\n");
    server.migrate(SHOP, "0002_note.sql", &fixed);
    server.reaches(SHOP, "running", 2).await;
    assert_eq!(orders(&server).await[1]["note"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_may_touch_nothing_but_the_plugins_own() {
    let server = shop().await;
    server.publish("Stays").await;
    for (statement, reason) in [
        (
            "DELETE FROM posts",
            "`posts` is not the plugin's own; its tables, indexes and constraints are called `own_com_example_shop__…`",
        ),
        ("DROP TABLE users", "`users` is not the plugin's own"),
        (
            "CREATE TABLE orders (id INTEGER)",
            "`orders` is not the plugin's own",
        ),
        (
            "CREATE TABLE own_com_example_other__x (id INTEGER)",
            "`own_com_example_other__x` is not",
        ),
        (
            "CREATE TRIGGER x AFTER INSERT ON posts BEGIN DELETE FROM users; END",
            "begins with CREATE TRIGGER",
        ),
        (
            "CREATE TABLE own_com_example_shop__copy AS SELECT * FROM users",
            "a table made from another one",
        ),
        (
            "INSERT INTO own_com_example_shop__orders SELECT 1, password_hash FROM users",
            "it reads the table `users`, which is not granted",
        ),
        ("SELECT 1", "line 1: a migration creates"),
        ("CREATE TABEL x", "line 1: "),
    ] {
        server.migrate(SHOP, "0002_bad.sql", statement);
        let found = eventually(reason, || async {
            let plugin = server.plugin(SHOP).await;
            let error = plugin["last_error"].as_str()?;
            error.contains(reason).then(|| error.to_owned())
        })
        .await;
        assert!(
            found.starts_with("migrations/0002_bad.sql, line 1"),
            "{found}"
        );
    }
    assert_eq!(orders(&server).await, json!([]));
    assert_eq!(
        server.admin.get("/api/v1/posts").await.expect(200)["items"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_run_has_to_stay_as_it_was() {
    let server = shop().await;
    add(&server, 1, "first").await;
    server.migrate(SHOP, "0001_orders.sql", &format!("{FIRST}-- more\n"));
    let reason = refused(&server).await;
    assert!(
        reason.starts_with("migrations/0001_orders.sql has changed since it ran on this database"),
        "{reason}"
    );
    assert!(reason.contains("put the file back as it was"), "{reason}");
    assert_eq!(orders(&server).await.as_array().map(Vec::len), Some(1));

    // Without a version before it the plugin does not run at all.
    let server = server.restart().await;
    assert_eq!(server.plugin(SHOP).await["state"], "failed");
    assert_eq!(server.plugin(OTHER).await["state"], "running");

    server.migrate(SHOP, "0001_orders.sql", FIRST);
    server.reaches(SHOP, "running", 1).await;
    assert_eq!(orders(&server).await.as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn code_that_does_not_load_changes_no_table() {
    let server = shop().await;
    let folder = server.plugin_dir().join(SHOP);
    let wasm = fs::read(folder.join("plugin.wasm")).unwrap();
    fs::write(folder.join("plugin.wasm"), "no wasm").unwrap();
    server.migrate(SHOP, "0002_drop.sql", &format!("DROP TABLE {ORDERS}"));
    let reason = refused(&server).await;
    assert!(reason.contains("plugin.wasm"), "{reason}");
    add(&server, 1, "first").await;

    fs::remove_file(folder.join("migrations/0002_drop.sql")).unwrap();
    fs::write(folder.join("plugin.wasm"), wasm).unwrap();
    server.reaches(SHOP, "running", 2).await;
    assert_eq!(orders(&server).await.as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_outlive_the_plugin() {
    let server = shop().await;
    add(&server, 1, "first").await;
    let folder = server.plugin_dir().join(SHOP);
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let (wasm, manifest) = (read("plugin.wasm"), read("manifest.toml"));
    let path = format!("/api/v1/admin/plugins/{SHOP}");
    let removed = server.admin.delete(&path).await.expect(200);
    let kept = &removed["storage"]["tables"];
    assert_eq!(
        kept,
        &json!([{"name": ORDERS, "rows": 1, "more_rows": false}])
    );

    let hidden = server.plugin_dir().join(".shop");
    fs::create_dir_all(hidden.join("migrations")).unwrap();
    fs::write(hidden.join("plugin.wasm"), wasm).unwrap();
    fs::write(hidden.join("manifest.toml"), manifest).unwrap();
    fs::write(hidden.join("migrations/0001_orders.sql"), FIRST).unwrap();
    fs::rename(hidden, server.plugin_dir().join(SHOP)).unwrap();
    server.listed(SHOP, "running").await;
    assert_eq!(orders(&server).await, json!([{"id": 1, "title": "first"}]));
}
