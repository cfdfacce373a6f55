//! Guests whose instances cannot always be made.

use std::{fs, path::PathBuf, time::Duration};

use raisfast_tests::{Manifest, TestServer, eventually};
use serde_json::{Value, json};

const PLUGIN: &str = "com.example.start";

/// The guest `start` with one instance, on a server that gives an instance half a second to start.
async fn server() -> TestServer {
    let manifest = Manifest::new(PLUGIN, &["filter-html"])
        .with("[permissions]\ntimeout_ms = 400\n[pool]\nsize = 1");
    let server = TestServer::with()
        .config(|config| config.plugins.max_timeout = Duration::from_millis(500))
        .guest("start", &manifest)
        .start()
        .await;
    for slug in ["trapping", "fine"] {
        let post = json!({"title": slug, "content": slug, "slug": slug, "status": "published"});
        server.create_post(&post).await;
    }
    server
}

/// Lets instances that are made from now on fail in this way.
fn spoil(server: &TestServer, how: &str) -> PathBuf {
    let file = server.plugin_file(PLUGIN, how);
    fs::create_dir_all(file.parent().expect("a folder")).expect("the plugin's tree");
    fs::write(&file, "").expect("a file");
    file
}

async fn last_error(server: &TestServer) -> String {
    let plugin = server.plugin(PLUGIN).await;
    plugin["last_error"].as_str().expect("an error").to_owned()
}

/// The pool has its instance again once the reason is gone and somebody asks for it.
async fn is_whole_again(server: &TestServer) {
    eventually("a call finds an instance", || async {
        let errors = &server.plugin(PLUGIN).await["hooks"][0]["errors"];
        server.html("fine").await;
        let plugin = server.plugin(PLUGIN).await;
        (plugin["hooks"][0]["errors"] == *errors).then_some(())
    })
    .await;
    let pool = server.plugin(PLUGIN).await["pool"].clone();
    assert_eq!((&pool["idle"], &pool["size"]), (&json!(1), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_traps_when_it_is_made_anew_is_told_as_that() {
    let server = server().await;
    assert_eq!(server.html("fine").await, "<p>fine</p>\n");
    let file = spoil(&server, "trap");
    server.html("trapping").await;
    let record = server.logs(PLUGIN, "no instance can be made").await;
    assert!(record.contains("initialisation failed"), "{record}");

    // The page is there without the plugin.
    assert_eq!(server.html("fine").await, "<p>fine</p>\n");
    let error = last_error(&server).await;
    assert!(
        error.contains(
            "no instance can be made: its initialisation failed: it reached `unreachable`"
        ),
        "{error}"
    );
    server.visitor.get("/readyz").await.expect(200);

    fs::remove_file(file).expect("the file goes");
    is_whole_again(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_never_starts_again_keeps_nobody_waiting_beyond_the_deadline() {
    let server = server().await;
    let file = spoil(&server, "spin");
    server.html("trapping").await;
    assert_eq!(server.html("fine").await, "<p>fine</p>\n");
    let plugin = server.plugin(PLUGIN).await;
    assert_ne!(plugin["last_error"], Value::Null);
    let record = server
        .logs(PLUGIN, "no instance was ready within 500 ms")
        .await;
    assert!(
        record.contains("do the work in the first hook call"),
        "{record}"
    );

    fs::remove_file(file).expect("the file goes");
    is_whole_again(&server).await;
}
