//! `plugin remove`, and the choice about what the plugin has stored.

use std::{fs, path::Path};

use raisfast_db::{Timestamp, entity::outbox};
use raisfast_tests::{Answer, Manifest, TestServer};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set};
use serde_json::{Value, json};

use crate::operator::Operator;

/// Tables of the guest `all-functions`, one of which refers to the other.
const TABLES: &str = "CREATE TABLE own_com_example_caller__carts (id INTEGER NOT NULL PRIMARY KEY);\n\
     CREATE TABLE own_com_example_caller__orders (id INTEGER NOT NULL PRIMARY KEY, \
     cart INTEGER NOT NULL REFERENCES own_com_example_caller__carts (id));\n";

const CALLER: &str = "com.example.caller";

/// A server whose plugin has stored something of every kind.
async fn with_data() -> TestServer {
    let server = TestServer::with()
        .caller(
            CALLER,
            "[[settings]]\nkey = \"greeting\"\ntype = \"string\"\nlabel = \"Greeting\"",
        )
        .migration(CALLER, "0001_tables.sql", TABLES)
        .start()
        .await;
    store(&server).await;
    let settings = format!("/api/v1/admin/plugins/{CALLER}/settings");
    let greeting = json!({ "greeting": "hello" });
    server.admin.put(&settings, &greeting).await.expect(200);
    server
}

async fn store(server: &TestServer) {
    let insert = |table: &str, values: &str| {
        json!([
            format!("INSERT INTO own_com_example_caller__{table} VALUES {values}"),
            Value::Null
        ])
    };
    let calls = [
        ("set-data", json!(["key", "value"])),
        ("vfs-write", json!(["notes/a.txt", "text"])),
        ("vfs-write", json!(["b.txt", "more"])),
        ("db-execute", insert("carts", "(1), (2)")),
        ("db-execute", insert("orders", "(1, 1)")),
    ];
    server.calls(CALLER, &calls).await;
}

async fn storage(server: &TestServer) -> Answer {
    let path = format!("/api/v1/admin/plugins/{CALLER}/storage");
    server.admin.get(&path).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plugin_has_stored_goes_with_it_or_stays_and_is_listed() {
    let server = with_data().await;
    let operator = Operator::of(&server);
    let stored = "2 files (8 bytes)";
    let folder = operator.home().join("again");
    copy(&server.plugin_dir().join(CALLER), &folder);

    let would = ["plugin", "remove", CALLER, "--delete-data", "--dry-run"];
    let would_be = operator.says(&would).await;
    for expected in [
        "would be removed",
        "would be deleted: 1 key (8 bytes)",
        stored,
        "own_com_example_caller__carts",
        "(2 rows)",
        "1 setting",
        "Nothing was removed",
    ] {
        assert!(one_line(&would_be).contains(expected), "{would_be}");
    }
    storage(&server).await.expect(200);

    // Without the choice it stays, and is listed.
    let removed = operator.says(&["plugin", "remove", CALLER]).await;
    assert!(
        one_line(&removed).contains("--delete-data` deletes it"),
        "{removed}"
    );
    let list = operator.says(&["plugin", "list"]).await;
    for expected in ["NOT INSTALLED", CALLER, stored, "--delete-data"] {
        assert!(one_line(&list).contains(expected), "{list}");
    }
    let again = operator.run(&["plugin", "remove", CALLER]).await;
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(again.stderr.contains("is not installed"), "{again:?}");
    assert!(again.stderr.contains("--delete-data"), "{again:?}");

    // It comes back to what it has stored.
    operator
        .says(&["plugin", "install", folder.to_str().expect("UTF-8")])
        .await;
    let list = operator.json(&["plugin", "list"]).await;
    assert_eq!(list["removed"], json!([]));
    let key = server.call(CALLER, "get-data", json!(["key"])).await;
    assert_eq!(key, "value");

    // With it, nothing stays, and it begins anew.
    let answer = operator
        .json(&["plugin", "remove", CALLER, "--delete-data"])
        .await;
    assert_eq!(answer["data_deleted"], true);
    storage(&server).await.expect(404);
    assert_eq!(server.stored_file(CALLER, "b.txt"), None);
    let list = operator.json(&["plugin", "list"]).await;
    assert_eq!((&list["items"], &list["removed"]), (&json!([]), &json!([])));
    operator
        .says(&["plugin", "install", folder.to_str().expect("UTF-8")])
        .await;
    let key = server.call(CALLER, "get-data", json!(["key"])).await;
    assert_eq!(key, Value::Null);
    store(&server).await;
    let kept = storage(&server).await.expect(200);
    assert_eq!(
        (&kept["settings"], &kept["tables"][1]["rows"]),
        (&json!(0), &json!(1))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plugin_has_left_is_deleted_when_it_is_no_longer_installed() {
    let server = with_data().await;
    let operator = Operator::of(&server);
    operator.says(&["plugin", "remove", CALLER]).await;
    let removed = operator
        .says(&["plugin", "remove", CALLER, "--delete-data"])
        .await;
    let said = one_line(&removed);
    assert!(
        said.starts_with(
            "com.example.caller is not installed. What it has stored is deleted: 1 key"
        ),
        "{removed}"
    );
    storage(&server).await.expect(404);
    let again = operator
        .run(&["plugin", "remove", CALLER, "--delete-data"])
        .await;
    assert_eq!(again.code, Some(1), "{again:?}");
    let list = operator.says(&["plugin", "list"]).await;
    assert!(!list.contains("NOT INSTALLED"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_that_wait_go_with_the_data_of_the_plugin() {
    let stamp = Manifest::new("com.example.stamp", &["on-post-created"]);
    let server = TestServer::with().guest("stamp", &stamp).start().await;
    let operator = Operator::of(&server);
    let now = Timestamp::now();
    let delivery = outbox::ActiveModel {
        delivery_id: Set("0193a3f0-0000-7000-8000-000000000000".to_owned()),
        plugin_id: Set("com.example.stamp".to_owned()),
        hook: Set("on-post-created".to_owned()),
        record_kind: Set("post".to_owned()),
        record_id: Set("0193a3f0-0000-7000-8000-000000000001".to_owned()),
        params: Set("{}".to_owned()),
        created_at: Set(now.clone()),
        attempts: Set(5),
        next_attempt_at: Set(now),
        state: Set("dead".to_owned()),
        last_error: Set(Some("it failed".to_owned())),
        ..Default::default()
    };
    let database = server.server().database();
    delivery
        .insert(database.connection())
        .await
        .expect("a dead letter");
    let remove = ["plugin", "remove", "com.example.stamp"];
    let removed = operator.says(&remove).await;
    assert!(
        one_line(&removed).contains("stays: 1 waiting delivery"),
        "{removed}"
    );
    let outbox = || async { server.admin.get("/api/v1/admin/outbox").await.expect(200) };
    assert_eq!(outbox().await["items"].as_array().map(Vec::len), Some(1));
    let [plugin, remove, id] = remove;
    operator.says(&[plugin, remove, id, "--delete-data"]).await;
    assert_eq!(outbox().await["items"], json!([]));
}

/// A text as if it were not wrapped.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Copies a plugin's folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).expect("a copy");
        }
    }
}
