//! A start without plugins, plugins that must be there, and guards that are not.

use std::{fs, time::Duration};

use raisfast::SafeMode;
use raisfast_host_api::capability::Kv as _;
use raisfast_tests::{Answer, Manifest, TestServer, eventually, eventually_within, guest};
use serde_json::{Value, json};

const MOODY: &str = "com.example.moody";
const BINARY: &str = env!("CARGO_BIN_EXE_raisfast-under-test");

/// The guest `moody` as a guard of posts, which filters pages and learns of posts too.
fn guard() -> Manifest {
    Manifest::new(MOODY, &["on-post-created", "filter-html"]).with(
        "[hooks.on-post-creating]\non_error = \"abort\"\n\
         [[cron]]\nlabel = \"Daily\"\njob_type = \"daily\"\ncron_expr = \"0 0 1 1 *\"",
    )
}

fn post(title: &str) -> Value {
    json!({"title": title, "content": "Some text.", "status": "published"})
}

async fn publish(server: &TestServer, title: &str) -> Answer {
    server.admin.post("/api/v1/posts", &post(title)).await
}

async fn act(server: &TestServer, what: &str) -> Answer {
    let path = format!("/api/v1/admin/plugins/{MOODY}/{what}");
    server.admin.post(&path, &Value::Null).await
}

/// Returns how often a hook of the guest was called.
async fn calls(server: &TestServer, hook: &str) -> Option<String> {
    let plugin = MOODY.parse().expect("an id");
    let key = format!("calls:{hook}");
    let database = server.server().database();
    database.get(&plugin, &key).await.expect("it is read")
}

#[tokio::test(flavor = "multi_thread")]
async fn in_safe_mode_no_plugin_is_called_and_its_guards_refuse() {
    let server = TestServer::with().guest("moody", &guard()).start().await;
    publish(&server, "before").await.expect(201);
    server.server().settled().await;
    assert_eq!(
        calls(&server, "on-post-created").await.as_deref(),
        Some("1")
    );

    let server = server
        .reconfigured(|config| config.plugins.safe_mode = SafeMode::Guarded)
        .restart()
        .await;
    let plugin = server.plugin(MOODY).await;
    assert_eq!(plugin["state"], "safe_mode");
    assert_eq!(
        (&plugin["version"], &plugin["folder"]),
        (&json!("1.0.0"), &json!("moody"))
    );
    assert_eq!(plugin["generation"], Value::Null);
    let refused = publish(&server, "guarded").await.expect(503);
    assert_eq!(refused["type"], "urn:raisfast:plugin-not-ready");
    assert_eq!(refused["plugin"], MOODY);
    let detail = refused["detail"].as_str().expect("text");
    assert!(detail.contains("the server runs in safe mode"), "{detail}");
    // Other filters are left out.
    assert!(!server.html("before").await.contains("moody"));
    let fired = server
        .admin
        .post(&format!("/api/v1/admin/cron/{MOODY}/daily"), &Value::Null)
        .await;
    assert_eq!(fired.status, 503, "{}", fired.body);
    let text = server.admin.get("/metrics").await.expect(200);
    let line = r#"raisfast_plugins{state="safe_mode"} 1"#;
    assert!(text.as_str().expect("text").contains(line));

    // It can be loaded by no request, but turned off: then it guards nothing.
    assert_eq!(
        act(&server, "reload").await.expect(200)["state"],
        "safe_mode"
    );
    assert_eq!(
        act(&server, "disable").await.expect(200)["state"],
        "disabled"
    );
    publish(&server, "unguarded").await.expect(201);
    assert_eq!(
        act(&server, "enable").await.expect(200)["state"],
        "safe_mode"
    );
    publish(&server, "guarded again").await.expect(503);
    assert_eq!(
        calls(&server, "on-post-creating").await.as_deref(),
        Some("1")
    );

    // It can be removed, too, and the server goes on without it.
    let path = format!("/api/v1/admin/plugins/{MOODY}");
    server.admin.delete(&path).await.expect(200);
    publish(&server, "removed").await.expect(201);
    assert!(!server.plugin_dir().join("moody").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_guards_all_passes_and_what_plugins_have_to_be_told_waits() {
    let server = TestServer::with()
        .config(|config| config.plugins.safe_mode = SafeMode::Unguarded)
        .guest("moody", &guard())
        .start()
        .await;
    let made = publish(&server, "unguarded").await.expect(201);
    assert_eq!(made["excerpt"], Value::Null, "the filter was not called");
    let waiting = server.admin.get("/api/v1/admin/outbox").await.expect(200);
    let items = waiting["items"].as_array().expect("a list");
    assert_eq!(items.len(), 1, "{waiting}");
    assert_eq!(calls(&server, "on-post-created").await, None);

    let server = server
        .reconfigured(|config| config.plugins.safe_mode = SafeMode::Off)
        .restart()
        .await;
    assert_eq!(server.plugin(MOODY).await["state"], "running");
    eventually("what has waited is delivered", || async {
        calls(&server, "on-post-created").await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_starts_in_safe_mode_and_turns_a_plugin_off() {
    let server = TestServer::with()
        .guest("moody", &guard())
        .argument("serve")
        .argument("--safe-mode")
        .start_child(BINARY, "[plugins]\nmust_load = [\"com.example.moody\"]")
        .await;
    let refused = server.admin.post("/api/v1/posts", &post("guarded")).await;
    refused.expect(503);
    let list = server.admin.get("/api/v1/admin/plugins").await.expect(200);
    assert_eq!(list["items"][0]["state"], "safe_mode");
    let ready = server.visitor.get("/readyz").await.expect(503);
    assert_eq!(
        ready["detail"],
        "plugins that must be loaded do not serve: com.example.moody (safe_mode)"
    );
    assert!(server.log().contains("safe mode: no plugin is called"));

    let server = TestServer::with()
        .guest("moody", &guard())
        .argument("serve")
        .argument("--safe-mode")
        .argument("--without-guards")
        .start_child(BINARY, "")
        .await;
    let passed = server.admin.post("/api/v1/posts", &post("unguarded")).await;
    passed.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_not_ready_without_the_plugins_that_it_must_load() {
    let server = TestServer::with()
        .config(|config| {
            let ids = [MOODY, "com.example.other"];
            config.plugins.must_load = ids.map(|id| id.parse().unwrap()).to_vec();
        })
        .guest("moody", &guard())
        .start()
        .await;
    let missing = |server| async move {
        let server: &TestServer = server;
        let answer = server.visitor.get("/readyz").await;
        let detail = answer.body["detail"].as_str().map(str::to_owned);
        (answer.status.as_u16(), detail.unwrap_or_default())
    };
    let says = "plugins that must be loaded do not serve: ";
    assert_eq!(
        missing(&server).await,
        (503, format!("{says}com.example.other (not installed)"))
    );
    let other = Manifest::new("com.example.other", &["filter-html"]);
    server.install("other", &guest("moody"), other.text());
    server.reaches("com.example.other", "running", 1).await;
    assert_eq!(missing(&server).await.0, 200);
    act(&server, "disable").await.expect(200);
    assert_eq!(
        missing(&server).await,
        (503, format!("{says}{MOODY} (disabled)"))
    );
    act(&server, "enable").await.expect(200);
    assert_eq!(missing(&server).await.0, 200);
    // A version that cannot be loaded leaves the one before it serving.
    server.deploy("moody", b"not wasm", &guard());
    server.reaches(MOODY, "outdated", 2).await;
    assert_eq!(missing(&server).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_that_cannot_be_loaded_refuses_until_it_is_repaired_or_turned_off() {
    let server = TestServer::with().guest("moody", &guard()).start().await;
    publish(&server, "before").await.expect(201);
    server.server().settled().await;
    server.deploy("moody", b"not wasm", &guard());
    server.reaches(MOODY, "outdated", 1).await;
    publish(&server, "the former serves").await.expect(201);
    server.server().settled().await;

    let server = server.restart().await;
    let plugin = server.plugin(MOODY).await;
    assert_eq!(plugin["state"], "failed");
    let why = plugin["last_error"].as_str().expect("a reason");
    assert!(
        why.ends_with(
            "until it is loaded, turned off or removed, requests that it guards are refused"
        ),
        "{why}"
    );
    let refused = publish(&server, "guarded").await.expect(422);
    assert_eq!(refused["type"], "urn:raisfast:refused-by-plugin");
    assert_eq!(
        refused["detail"],
        "the plugin com.example.moody failed in on-post-creating, and its manifest says \
         `on_error = \"abort\"`: it could not be loaded; an admin can read why, and repair it, turn \
         it off or remove it"
    );
    // What it does not guard goes on without it, and nothing becomes a dead letter.
    assert!(!server.html("before").await.contains("moody"));
    let dead = server.admin.get("/api/v1/admin/outbox?state=dead").await;
    assert_eq!(dead.expect(200)["items"], json!([]));

    act(&server, "disable").await.expect(200);
    publish(&server, "turned off").await.expect(201);
    server.deploy("moody", &guest("moody"), &guard());
    act(&server, "enable").await.expect(200);
    let made = publish(&server, "repaired").await.expect(201);
    assert_eq!(made["excerpt"], "moody was here");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_that_is_new_and_cannot_be_loaded_refuses_at_once() {
    let server = TestServer::with().start().await;
    publish(&server, "before").await.expect(201);
    server.install("moody", b"not wasm", guard().text());
    let plugin = server.listed("moody", "failed").await;
    let why = plugin["last_error"].as_str().expect("a reason");
    assert!(
        why.ends_with(
            "until it is loaded, turned off or removed, requests that it guards are refused"
        ),
        "{why}"
    );
    let refused = publish(&server, "guarded").await.expect(422);
    assert_eq!(refused["type"], "urn:raisfast:refused-by-plugin");
    assert_eq!(refused["plugin"], MOODY);
    // Its other hooks are left out.
    assert!(!server.html("before").await.contains("moody"));

    // Repaired, it judges by itself.
    server.deploy("moody", &guest("moody"), &guard());
    server.reaches(MOODY, "running", 1).await;
    let made = publish(&server, "repaired").await.expect(201);
    assert_eq!(made["excerpt"], "moody was here");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_guard_that_cannot_be_loaded_refuses_until_it_is_removed() {
    let server = TestServer::with().start().await;
    server.install("moody", b"not wasm", guard().text());
    server.listed("moody", "failed").await;
    publish(&server, "guarded").await.expect(422);
    // It can be turned off and on.
    act(&server, "disable").await.expect(200);
    publish(&server, "turned off").await.expect(201);
    act(&server, "enable").await.expect(409);
    publish(&server, "guarded again").await.expect(422);
    let server = server.restart().await;
    publish(&server, "after a restart").await.expect(422);
    // A manifest that is broken later does not open what it guarded.
    let manifest = server.plugin_dir().join("moody/manifest.toml");
    fs::write(&manifest, "broken").expect("it is written");
    eventually("the change is noticed", || async {
        let why = server.plugin(MOODY).await["last_error"].clone();
        why.as_str()
            .filter(|why| why.contains("manifest.toml"))
            .map(drop)
    })
    .await;
    publish(&server, "still guarded").await.expect(422);
    // Without its folder, nothing is left to guard.
    fs::remove_dir_all(server.plugin_dir().join("moody")).expect("it is removed");
    eventually_within(Duration::from_secs(20), "it is gone", || async {
        let list = server.admin.get("/api/v1/admin/plugins").await.expect(200);
        (list["items"] == json!([])).then_some(())
    })
    .await;
    publish(&server, "gone").await.expect(201);
}
