//! `get-data` and `set-data`.

use raisfast_tests::{DatabaseServer, TestServer, parsed};
use serde_json::{Value, json};

const PLUGIN: &str = "com.example.caller";
const OTHER: &str = "com.example.other";

#[tokio::test(flavor = "multi_thread")]
async fn values_survive_a_restart() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    let calls = [
        ("set-data", json!(["colour", "red"])),
        ("set-data", json!(["colour", "grün \n'; --"])),
        ("set-data", json!(["empty", ""])),
        ("get-data", json!(["colour"])),
        ("get-data", json!(["never set"])),
    ];
    assert_eq!(
        server.calls(PLUGIN, &calls).await,
        [
            json!(true),
            json!(true),
            json!(true),
            json!("grün \n'; --"),
            Value::Null
        ]
    );

    let server = server.restart().await;
    let calls = [
        ("get-data", json!(["colour"])),
        ("get-data", json!(["empty"])),
        ("get-data", json!(["never set"])),
    ];
    assert_eq!(
        server.calls(PLUGIN, &calls).await,
        [json!("grün \n'; --"), json!(""), Value::Null]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nul_is_kept_or_refused_with_a_reason() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    let calls = [
        ("set-data", json!(["key", "a\u{0}b"])),
        ("get-data", json!(["key"])),
    ];
    let answers = server.calls(PLUGIN, &calls).await;
    if DatabaseServer::asked_for() == Some(DatabaseServer::Postgres) {
        assert_eq!(answers, [json!(false), Value::Null]);
        server.record(PLUGIN, "keeps no NUL character").await;
    } else {
        assert_eq!(answers, [json!(true), json!("a\u{0}b")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_plugin_has_keys_of_its_own() {
    let server = TestServer::with()
        .caller(PLUGIN, "")
        .caller(OTHER, "")
        .start()
        .await;
    server.call(PLUGIN, "set-data", json!(["key", "one"])).await;
    assert_eq!(
        server.call(OTHER, "get-data", json!(["key"])).await,
        Value::Null
    );

    server.call(OTHER, "set-data", json!(["key", "two"])).await;
    assert_eq!(server.call(PLUGIN, "get-data", json!(["key"])).await, "one");
    assert_eq!(server.call(OTHER, "get-data", json!(["key"])).await, "two");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_and_change_nothing() {
    let limits = "[limits]\nkv_keys = 2\nkv_bytes = 20";
    let server = TestServer::with()
        .caller(PLUGIN, limits)
        .caller(OTHER, limits)
        .start()
        .await;
    let calls = [
        ("set-data", json!(["a", "1"])),
        ("set-data", json!(["b", "2"])),
        // A third key.
        ("set-data", json!(["c", "3"])),
        ("get-data", json!(["c"])),
        // 1 + 17 bytes, and 2 of the other key: exactly the limit.
        ("set-data", json!(["a", "12345678901234567"])),
        // One more.
        ("set-data", json!(["a", "123456789012345678"])),
        ("get-data", json!(["a"])),
    ];
    assert_eq!(
        server.calls(PLUGIN, &calls).await,
        [
            json!(true),
            json!(true),
            json!(false),
            Value::Null,
            json!(true),
            json!(false),
            json!("12345678901234567"),
        ]
    );
    server.record(PLUGIN, "3 keys").await;
    // The log is told once a minute, so it is another plugin that shows the other limit's words.
    let long = json!(["a", "12345678901234567890"]);
    let refused = server.call(OTHER, "set-data", long).await;
    assert_eq!(refused, false);
    server.record(OTHER, "21 bytes").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_at_most_512_bytes() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    let (longest, too_long) = ("k".repeat(512), "k".repeat(513));
    let calls = [
        ("set-data", json!([longest, "kept"])),
        ("get-data", json!([longest])),
        ("set-data", json!([too_long, "lost"])),
        ("get-data", json!([too_long])),
    ];
    assert_eq!(
        server.calls(PLUGIN, &calls).await,
        [json!(true), json!("kept"), json!(false), Value::Null]
    );
    let record = server.record(PLUGIN, "set-data").await;
    assert_eq!(
        record["message"],
        "set-data: the key is 513 bytes long; the limit is 512"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn set_data_does_not_wait_for_its_own_transaction() {
    // A writer waits up to 5 s for another; this call has 3.
    let permissions = "[permissions]\ndatabase = [\"posts\"]\ntimeout_ms = 3000";
    let server = TestServer::with().caller(PLUGIN, permissions).start().await;
    let calls = [
        ("set-data", json!(["key", "before"])),
        ("db-begin", json!([])),
        ("set-data", json!(["key", "within"])),
        ("get-data", json!(["key"])),
        ("db-commit", json!([])),
        ("get-data", json!(["key"])),
        ("set-data", json!(["key", "after"])),
        ("get-data", json!(["key"])),
    ];
    let results = server.calls(PLUGIN, &calls).await;

    assert_eq!(results[2], false);
    assert_eq!(results[3], "before");
    assert_eq!(parsed(&results[4]), json!({"ok": true}));
    assert_eq!(results[5], "before");
    assert_eq!(results[6], true);
    assert_eq!(results[7], "after");
    let record = server.record(PLUGIN, "set-data").await;
    assert_eq!(record["level"], "warn");
    let message = record["message"].as_str().expect("a message");
    assert!(message.contains("call db-commit"), "{message}");
}
