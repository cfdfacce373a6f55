//! `vfs-read`, `vfs-write`, `vfs-delete`, `vfs-exists`, `vfs-list` and `vfs-stat`.

use std::time::{SystemTime, UNIX_EPOCH};

use raisfast_tests::{TestServer, parsed};
use serde_json::{Value, json};

const PLUGIN: &str = "com.example.caller";
const OTHER: &str = "com.example.other";

#[tokio::test(flavor = "multi_thread")]
async fn vfs_write_stores_a_file_and_vfs_read_reads_it() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    for text in ["{\"n\": 1}", "", "größer\u{0}\n"] {
        let calls = [
            ("vfs-write", json!(["cache/posts/grüße.json", text])),
            ("vfs-read", json!(["cache/posts/grüße.json"])),
        ];
        assert_eq!(
            server.calls(PLUGIN, &calls).await,
            [json!(true), json!(text)]
        );
        let stored = server.stored_file(PLUGIN, "cache/posts/grüße.json");
        assert_eq!(stored.as_deref(), Some(text));
    }

    let server = server.restart().await;
    let text = server
        .call(PLUGIN, "vfs-read", json!(["cache/posts/grüße.json"]))
        .await;
    assert_eq!(text, "größer\u{0}\n");
    for nothing in ["cache/posts/other.json", "cache", ""] {
        let text = server.call(PLUGIN, "vfs-read", json!([nothing])).await;
        assert_eq!(text, Value::Null, "{nothing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn vfs_delete_takes_the_file_from_the_storage() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    server
        .call(PLUGIN, "vfs-write", json!(["notes/a.txt", "a"]))
        .await;
    let stored = server.stored_file(PLUGIN, "notes/a.txt");
    assert_eq!(stored.as_deref(), Some("a"));

    let calls = [
        ("vfs-delete", json!(["notes/a.txt"])),
        ("vfs-read", json!(["notes/a.txt"])),
        // There is none any more.
        ("vfs-delete", json!(["notes/a.txt"])),
    ];
    assert_eq!(
        server.calls(PLUGIN, &calls).await,
        [json!(true), Value::Null, json!(false)]
    );
    assert_eq!(server.stored_file(PLUGIN, "notes/a.txt"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn vfs_exists_knows_files_and_folders() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    server
        .call(PLUGIN, "vfs-write", json!(["notes/a.txt", "a"]))
        .await;
    for (path, there) in [
        ("notes/a.txt", true),
        ("notes", true),
        ("", true),
        ("notes/b.txt", false),
        ("a.txt", false),
        ("notes/a.txt/b", false),
    ] {
        let exists = server.call(PLUGIN, "vfs-exists", json!([path])).await;
        assert_eq!(exists, there, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn vfs_list_names_what_is_in_a_folder() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    let empty = server.call(PLUGIN, "vfs-list", json!([""])).await;
    assert_eq!(parsed(&empty), json!([]));

    for path in ["notes/b.txt", "notes/a.txt", "notes/old/c.txt", "top.txt"] {
        server
            .call(PLUGIN, "vfs-write", json!([path, "text"]))
            .await;
    }
    for (folder, names) in [
        ("", json!(["notes/", "top.txt"])),
        ("notes", json!(["a.txt", "b.txt", "old/"])),
        ("notes/old", json!(["c.txt"])),
    ] {
        let listed = server.call(PLUGIN, "vfs-list", json!([folder])).await;
        assert_eq!(parsed(&listed), names, "{folder}");
    }
    for nothing in ["missing", "top.txt"] {
        let listed = server.call(PLUGIN, "vfs-list", json!([nothing])).await;
        assert_eq!(listed, Value::Null, "{nothing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn vfs_stat_tells_size_kind_and_time() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    let seconds = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.expect("after 1970").as_secs()
    };
    let before = seconds();
    server
        .call(PLUGIN, "vfs-write", json!(["notes/a.txt", "grün"]))
        .await;
    let after = seconds();

    let stat = parsed(
        &server
            .call(PLUGIN, "vfs-stat", json!(["notes/a.txt"]))
            .await,
    );
    let modified = stat["modified"].as_u64().expect("a file has a time");
    assert!((before..=after).contains(&modified), "{stat}");
    assert_eq!(
        stat,
        json!({"size": 5, "is_dir": false, "modified": modified})
    );

    let folder = parsed(&server.call(PLUGIN, "vfs-stat", json!(["notes"])).await);
    assert_eq!(folder["size"], 0);
    assert_eq!(folder["is_dir"], true);
    let missing = server.call(PLUGIN, "vfs-stat", json!(["missing"])).await;
    assert_eq!(missing, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_leaves_the_plugins_tree() {
    let server = TestServer::with()
        .caller(PLUGIN, "")
        .caller(OTHER, "")
        .start()
        .await;
    server
        .call(OTHER, "vfs-write", json!(["secret.txt", "the other's"]))
        .await;
    // Something to climb from.
    server
        .call(PLUGIN, "vfs-write", json!(["notes/a.txt", "own"]))
        .await;
    for path in [
        "../com.example.other/secret.txt",
        "notes/../../com.example.other/secret.txt",
        "./secret.txt",
        "..\\com.example.other\\secret.txt",
        "../../raisfast.db",
        "//etc/passwd",
        "/../com.example.other/secret.txt",
    ] {
        let calls = [
            ("vfs-read", json!([path])),
            ("vfs-write", json!([path, "overwritten"])),
            ("vfs-delete", json!([path])),
            ("vfs-exists", json!([path])),
            ("vfs-list", json!([path])),
            ("vfs-stat", json!([path])),
        ];
        assert_eq!(
            server.calls(PLUGIN, &calls).await,
            [
                Value::Null,
                json!(false),
                json!(false),
                json!(false),
                Value::Null,
                Value::Null
            ],
            "{path}"
        );
    }
    let record = server.record(PLUGIN, "vfs-read failed").await;
    let message = record["message"].as_str().expect("a message");
    assert!(message.contains("`.` and `..` are not names"), "{message}");
    assert_eq!(
        server.stored_file(OTHER, "secret.txt").as_deref(),
        Some("the other's")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_plugins_have_trees_of_their_own() {
    let server = TestServer::with()
        .caller(PLUGIN, "")
        .caller(OTHER, "")
        .start()
        .await;
    server
        .call(PLUGIN, "vfs-write", json!(["a.txt", "one"]))
        .await;
    let listed = server.call(OTHER, "vfs-list", json!([""])).await;
    assert_eq!(parsed(&listed), json!([]));
    let text = server.call(OTHER, "vfs-read", json!(["a.txt"])).await;
    assert_eq!(text, Value::Null);

    server
        .call(OTHER, "vfs-write", json!(["a.txt", "two"]))
        .await;
    for (plugin, text) in [(PLUGIN, "one"), (OTHER, "two")] {
        let found = server.call(plugin, "vfs-read", json!(["a.txt"])).await;
        assert_eq!(found, text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_and_change_nothing() {
    let limits = "[limits]\nvfs_file_bytes = 10\nvfs_total_bytes = 15";
    let server = TestServer::with()
        .caller(PLUGIN, limits)
        .caller(OTHER, limits)
        .start()
        .await;
    let calls = [
        ("vfs-write", json!(["a.txt", "1234567890"])),
        // One byte over the limit of a file.
        ("vfs-write", json!(["a.txt", "12345678901"])),
        ("vfs-write", json!(["b.txt", "12345"])),
        // One byte over the limit of all.
        ("vfs-write", json!(["c.txt", "1"])),
        ("vfs-exists", json!(["c.txt"])),
        ("vfs-read", json!(["a.txt"])),
        // What is deleted makes room.
        ("vfs-delete", json!(["b.txt"])),
        ("vfs-write", json!(["c.txt", "12345"])),
    ];
    assert_eq!(
        server.calls(PLUGIN, &calls).await,
        [
            json!(true),
            json!(false),
            json!(true),
            json!(false),
            json!(false),
            json!("1234567890"),
            json!(true),
            json!(true),
        ]
    );
    server.record(PLUGIN, "the limit of a file is 10").await;
    // The log is told once a minute, so it is another plugin that shows the other limit's words.
    let calls = [
        ("vfs-write", json!(["a.txt", "1234567890"])),
        ("vfs-write", json!(["b.txt", "123456"])),
    ];
    assert_eq!(
        server.calls(OTHER, &calls).await,
        [json!(true), json!(false)]
    );
    server
        .record(OTHER, "16 bytes in files, the limit is 15")
        .await;
}
