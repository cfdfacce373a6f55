//! The data that a plugin leaves behind.

use raisfast_testkit::{
    Event, HookName, HttpResponse, Level, LogEntry, Method, Request, Sandbox, SandboxedPlugin,
};
use serde_json::json;

use crate::guests::{ask, guest, scripted};

async fn load(sandbox: Sandbox, more: &str) -> SandboxedPlugin {
    sandbox
        .load_parts(&scripted(more), guest("all-functions"))
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn files_at_any_depth() {
    let plugin = load(Sandbox::new(), "").await;
    for path in ["top.txt", "a/b/c.txt", "a/d.txt"] {
        let written = ask(&plugin, "vfs-write", json!([path, path.to_uppercase()])).await;
        assert_eq!(written, true);
    }
    ask(&plugin, "vfs-write", json!(["gone.txt", ""])).await;
    ask(&plugin, "vfs-delete", json!(["gone.txt"])).await;
    let files = plugin.files().await;
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (&path[..], &text[..]))
        .collect();
    assert_eq!(
        files,
        [
            ("a/b/c.txt", "A/B/C.TXT"),
            ("a/d.txt", "A/D.TXT"),
            ("top.txt", "TOP.TXT")
        ]
    );
}

#[tokio::test]
async fn log_records_with_hook_and_level() {
    let plugin = load(Sandbox::new(), "").await;
    ask(&plugin, "log", json!(["ERROR", "it broke"])).await;
    ask(&plugin, "log", json!(["whatever", "it works"])).await;
    let entry = |level, message: &str| LogEntry {
        hook: Some(HookName::OnContentCreating),
        level,
        message: message.into(),
    };
    assert_eq!(
        plugin.logs(),
        [
            entry(Level::Error, "it broke"),
            entry(Level::Info, "it works")
        ]
    );
}

#[tokio::test]
async fn events_in_order() {
    let plugin = load(Sandbox::new(), "").await;
    for number in ["1", "2"] {
        ask(&plugin, "emit-event", json!(["counted", number])).await;
    }
    let event = |data: &str| Event {
        event_type: "counted".into(),
        data: data.into(),
    };
    assert_eq!(plugin.events(), [event("1"), event("2")]);
}

#[tokio::test]
async fn requests_with_their_bodies() {
    let sandbox = Sandbox::new().with_http("https://api.example.com/in", 204, "");
    let plugin = load(
        sandbox,
        "[permissions]\nhttp = [\"https://api.example.com\"]",
    )
    .await;
    let posted = json!(["https://api.example.com/in", "ä"]);
    assert_eq!(ask(&plugin, "http-post", posted).await, "");
    assert_eq!(
        plugin.requests(),
        [Request {
            method: Method::Post,
            url: "https://api.example.com/in".into(),
            headers: vec![("content-type".into(), "text/plain; charset=utf-8".into())],
            body: "ä".into(),
        }]
    );
}

#[tokio::test]
async fn requests_with_all_that_they_have() {
    let url = "https://api.example.com/in";
    let answer = HttpResponse {
        status: 409,
        headers: vec![("x-reason".into(), "twice".into())],
        body: b"no".to_vec(),
    };
    let plugin = load(
        Sandbox::new().with_http_response(url, answer),
        "[permissions]\nhttp = [\"https://api.example.com\"]",
    )
    .await;
    let sent = json!(["put", url, "Authorization: Bearer x", "{}"]);
    assert_eq!(
        ask(&plugin, "http-send", sent).await,
        json!({"status": 409, "headers": {"x-reason": "twice"}, "body": "no"})
    );
    assert_eq!(
        plugin.requests(),
        [Request {
            method: Method::Put,
            url: url.into(),
            headers: vec![("Authorization".into(), "Bearer x".into())],
            body: "{}".into(),
        }]
    );
    let denied = ask(&plugin, "http-send", json!(["get", "https://example.org/"])).await;
    assert_eq!(denied["error"], "denied");
}

#[tokio::test]
async fn rows_in_granted_tables() {
    let plugin = load(Sandbox::new(), "[permissions]\ndatabase = [\"contents\"]").await;
    let sql = "INSERT INTO contents (id, content_type, data, created_by, created_at, updated_at) \
        VALUES (?, 'note', '{}', '', '', '')";
    let answer = ask(&plugin, "db-execute", json!([sql, "[\"1\"]"])).await;
    assert_eq!(answer, r#"{"rows_affected":1}"#);
    let rows = plugin.query("SELECT id FROM contents").await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["id"], "1");
}

#[tokio::test]
async fn the_manifests_limits_hold() {
    let plugin = load(
        Sandbox::new().with_data("test", "counts, too"),
        "[limits]\nkv_keys = 2\nvfs_file_bytes = 3",
    )
    .await;
    let mut answers = Vec::new();
    for key in ["a", "b"] {
        answers.push(ask(&plugin, "set-data", json!([key, ""])).await);
    }
    answers.push(ask(&plugin, "vfs-write", json!(["file", "four"])).await);
    assert_eq!(answers, [true, false, false]);
    assert!(!plugin.data().await.contains_key("b"));
    assert!(plugin.files().await.is_empty());
}
