//! An id and the folder that it belongs to.

use std::fs;

use raisfast_tests::{TestServer, eventually, guest};
use serde_json::{Value, json};

use crate::{STAMP, reaches_version, serving, stamp, version};

#[tokio::test(flavor = "multi_thread")]
async fn two_folders_cannot_have_one_id() {
    let server = serving("first").await;
    server.install("usurper", &guest("stamp"), stamp("second").text());
    let refused = server.listed("usurper", "failed").await;
    let error = refused["last_error"].as_str().unwrap();
    assert!(
        error.contains("the folder `stamp` already holds the plugin com.example.stamp"),
        "{error}"
    );
    assert_eq!(server.plugin(STAMP).await["folder"], "stamp");
    assert_eq!(version(&server).await.as_deref(), Some("first"));

    // Who stays has it; what the other one wants is shown.
    assert_eq!(refused["id"], Value::Null);
    assert_eq!(refused["version"], stamp_version(&server).await);
    let contested = json!({"plugin": STAMP, "held_by": "stamp"});
    assert_eq!(refused["contested"], contested);
}

async fn stamp_version(server: &TestServer) -> Value {
    server.plugin(STAMP).await["version"].clone()
}

/// The folder whose name sorts first was taken for the plugin after a restart, and got all that it
/// has stored.
#[tokio::test(flavor = "multi_thread")]
async fn an_id_stays_with_its_folder_over_a_restart_and_after_that_is_gone() {
    let server = serving("first").await;
    assert_eq!(version(&server).await.as_deref(), Some("first"));
    server.install("a-usurper", &guest("stamp"), stamp("second").text());
    server.listed("a-usurper", "failed").await;

    let server = server.restart().await;
    server.listed("a-usurper", "failed").await;
    assert_eq!(server.plugin(STAMP).await["folder"], "stamp");
    assert_eq!(version(&server).await.as_deref(), Some("first"));

    fs::remove_dir_all(server.plugin_dir().join("stamp")).unwrap();
    eventually("the plugin is unloaded", || async {
        (server.plugin(STAMP).await["status"] == 404).then_some(())
    })
    .await;
    let server = server.restart().await;
    let refused = server.listed("a-usurper", "failed").await;
    let error = refused["last_error"].as_str().unwrap();
    let act = format!("raisfast plugin adopt {STAMP} a-usurper");
    assert!(error.contains("is gone") && error.contains(&act), "{error}");
    assert_eq!(version(&server).await, None);

    // The simple way of putting a plugin back needs nobody.
    server.install("stamp", &guest("stamp"), stamp("third").text());
    reaches_version(&server, "third").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_hands_an_id_over_to_another_folder() {
    let server = serving("first").await;
    server.install("renamed", &guest("stamp"), stamp("second").text());
    server.listed("renamed", "failed").await;
    let adopt = async |server: &TestServer, plugin: &str, folder: &str, status: u16| {
        let path = format!("/api/v1/admin/plugins/{plugin}/adopt?folder={folder}");
        server.admin.post(&path, &Value::Null).await.expect(status)
    };
    adopt(&server, STAMP, "nowhere", 404).await;
    let problem = adopt(&server, "com.example.other", "renamed", 409).await;
    assert!(
        problem["detail"].as_str().unwrap().contains("another id"),
        "{problem}"
    );
    assert_eq!(version(&server).await.as_deref(), Some("first"));

    let adopted = adopt(&server, STAMP, "renamed", 200).await;
    assert_eq!(
        (&adopted["folder"], &adopted["state"]),
        (&json!("renamed"), &json!("running"))
    );
    assert_eq!(version(&server).await.as_deref(), Some("second"));
    server.listed("stamp", "failed").await;

    let server = server.restart().await;
    assert_eq!(server.plugin(STAMP).await["folder"], "renamed");
    server.listed("stamp", "failed").await;
    assert_eq!(version(&server).await.as_deref(), Some("second"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_given_up_waits_for_an_admin_to_give_it_to_another_folder() {
    let server = serving("first").await;
    server.install("waiting", &guest("stamp"), stamp("second").text());
    server.listed("waiting", "failed").await;

    let renamed = stamp("first").text().replace(STAMP, "com.example.renamed");
    fs::write(server.plugin_dir().join("stamp/manifest.toml"), renamed).unwrap();
    server.reaches("com.example.renamed", "running", 2).await;
    server.listed("waiting", "failed").await;
    let path = format!("/api/v1/admin/plugins/{STAMP}/adopt?folder=waiting");
    server.admin.post(&path, &Value::Null).await.expect(200);
    assert_eq!(server.plugin(STAMP).await["folder"], "waiting");
    let renamed = server.plugin("com.example.renamed").await;
    assert_eq!(
        (&renamed["folder"], &renamed["state"]),
        (&json!("stamp"), &json!("running"))
    );
    server.publish("Hello").await;
    assert_eq!(
        server.html("hello").await,
        "<p>Some text.</p>\n<!--stamp first--><!--stamp second-->"
    );
}
