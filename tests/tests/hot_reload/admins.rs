//! An admin's switches: off and on, reload, delete.

use raisfast_tests::TestServer;
use serde_json::{Value, json};

use crate::{STAMP, serving, stamp, variant, version};

async fn admin(server: &TestServer, what: &str) -> Value {
    let path = format!("/api/v1/admin/plugins/{STAMP}/{what}");
    server.admin.post(&path, &Value::Null).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_plugin_stays_disabled_over_a_restart() {
    let server = serving("1").await;
    assert_eq!(admin(&server, "disable").await["state"], "disabled");
    assert_eq!(version(&server).await, None);

    // A new version does not turn it on.
    server.deploy("stamp", &variant("2"), &stamp("2"));
    let server = server.restart().await;
    assert_eq!(server.plugin(STAMP).await["state"], "disabled");
    assert_eq!(version(&server).await, None);

    assert_eq!(admin(&server, "enable").await["state"], "running");
    assert_eq!(version(&server).await.as_deref(), Some("2"));
    let server = server.restart().await;
    assert_eq!(server.plugin(STAMP).await["state"], "running");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_hot_reload_an_admin_says_when() {
    let server = TestServer::with()
        .config(|config| config.plugins.hot_reload = false)
        .guest("stamp", &stamp("1"))
        .start()
        .await;
    server.deploy("stamp", &variant("2"), &stamp("2"));
    assert_eq!(version(&server).await.as_deref(), Some("1"));
    let reloaded = admin(&server, "reload").await;
    assert_eq!(
        (&reloaded["state"], &reloaded["generation"]),
        (&json!("running"), &json!(2))
    );
    assert_eq!(version(&server).await.as_deref(), Some("2"));

    server.deploy("stamp", b"not wasm", &stamp("3"));
    let path = format!("/api/v1/admin/plugins/{STAMP}/reload");
    let problem = server.admin.post(&path, &Value::Null).await.expect(409);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("not a WebAssembly file"), "{detail}");
    assert_eq!(server.plugin(STAMP).await["state"], "outdated");
    assert_eq!(version(&server).await.as_deref(), Some("2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_deletes_a_plugin_and_keeps_what_it_has_stored() {
    let server = serving("1").await;
    assert_eq!(version(&server).await.as_deref(), Some("1"));
    let path = format!("/api/v1/admin/plugins/{STAMP}");
    server.admin.delete(&path).await.expect(200);
    assert!(!server.plugin_dir().join("stamp").exists());
    server.admin.get(&path).await.expect(404);
    assert_eq!(version(&server).await, None);
    let stored = server.stored(STAMP, "stamp:on-post-created").await;
    assert_eq!(stored.as_deref(), Some("1"));
}
