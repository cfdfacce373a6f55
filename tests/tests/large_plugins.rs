//! Plugins that take seconds to compile, as those do that bring an interpreter along.

use std::fs;

use raisfast_tests::{Manifest, Settings, TestServer, eventually, guest};
use serde_json::{Value, json};
use wit_component::ComponentEncoder;

const STAMP: &str = "com.example.stamp";

/// The guest `stamp` puts the version, which is this manifest's, on whatever it touches.
fn stamp(version: &str) -> Manifest {
    let hooks = ["on-post-creating", "on-post-created", "filter-html"];
    Manifest::new(STAMP, &hooks)
        .version(version)
        .with(&format!("[config]\nversion = \"{version}\""))
}

/// The same as a guard: without it nothing is published.
fn guard(version: &str) -> Manifest {
    Manifest::new(STAMP, &["on-post-created", "filter-html"])
        .version(version)
        .with("[hooks.on-post-creating]\non_error = \"abort\"")
        .with(&format!("[config]\nversion = \"{version}\""))
}

/// A server that has compiled nothing yet.
fn fresh() -> Settings {
    TestServer::with().config(|config| config.cache_dir = config.data_dir.join("aot"))
}

/// Returns the version that has filtered a new post, if one did.
async fn version(server: &TestServer) -> Option<String> {
    let post = server.publish("Which version?").await;
    post["excerpt"].as_str().map(str::to_owned)
}

async fn admin(server: &TestServer, what: &str, status: u16) -> Value {
    let path = format!("/api/v1/admin/plugins/{STAMP}/{what}");
    server.admin.post(&path, &Value::Null).await.expect(status)
}

/// A guest with some megabytes of code that nobody calls, and that has to be compiled all the same:
/// here, seconds.
fn large(name: &str) -> Vec<u8> {
    const CORE_MODULE: u8 = 1;
    let mut component = ComponentEncoder::default()
        .module(&guest(name))
        .and_then(ComponentEncoder::encode)
        .expect("guests are built with their world");
    component.extend(section(CORE_MODULE, &filler()));
    component
}

/// A core module of many functions: `x = x * c`, again and again.
fn filler() -> Vec<u8> {
    const FUNCTIONS: u32 = 3_000;
    const STEPS: u32 = 100;
    let mut types = number(1);
    // One type: i64 to i64.
    types.extend([0x60, 1, 0x7e, 1, 0x7e]);
    let mut functions = number(FUNCTIONS);
    functions.extend((0..FUNCTIONS).map(|_| 0));
    let mut code = number(FUNCTIONS);
    for function in 0..FUNCTIONS {
        // No locals beside the parameter.
        let mut body = vec![0];
        for step in 0..STEPS {
            body.extend([0x20, 0, 0x42]);
            body.extend(number(function * STEPS + step));
            body.extend([0x7e, 0x21, 0]);
        }
        body.extend([0x20, 0, 0x0b]);
        code.extend(number(u32::try_from(body.len()).unwrap()));
        code.extend(body);
    }
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module.extend(section(1, &types));
    module.extend(section(3, &functions));
    module.extend(section(10, &code));
    module
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    let mut section = vec![id];
    section.extend(number(u32::try_from(content.len()).unwrap()));
    section.extend(content);
    section
}

/// As WebAssembly writes numbers. One more byte than needed: positive as a signed number, too.
fn number(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x40 {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_answers_while_a_plugin_is_compiled_and_keeps_what_it_has_to_be_told() {
    let wasm = large("stamp");
    let bytes = wasm.len();
    let server = fresh()
        .plugin("stamp", wasm, stamp("1.0.0").text())
        .guest(
            "counter",
            &Manifest::new("com.example.counter", &["filter-html"]),
        )
        .start()
        .await;
    assert_eq!(
        server.plugin("com.example.counter").await["state"],
        "running"
    );
    assert_eq!(version(&server).await, None, "it is left out");
    server.html("which-version").await;
    let stored = server.stored(STAMP, "stamp:on-post-created").await;
    assert_eq!(stored, None, "it is not told yet");

    let plugin = server.plugin(STAMP).await;
    assert_eq!(plugin["state"], "compiling");
    assert_eq!(plugin["generation"], Value::Null);
    let compiling = &plugin["compiling"];
    assert_eq!(compiling["version"], "1.0.0");
    assert_eq!(compiling["bytes"], bytes);
    assert_eq!(compiling["former_serves"], false);
    assert!(compiling["since"].is_string());
    let metrics = server.admin.get("/metrics").await.expect(200);
    let figures = metrics.as_str().expect("text");
    assert!(figures.contains(r#"raisfast_plugins{state="compiling"} 1"#));

    let plugin = server.reaches(STAMP, "running", 1).await;
    assert_eq!(plugin["compiling"], Value::Null);
    eventually("the post from before is delivered", || async {
        server.stored(STAMP, "stamp:on-post-created").await
    })
    .await;
    assert_eq!(version(&server).await.as_deref(), Some("1.0.0"));

    let server = server.restart().await;
    let plugin = server.plugin(STAMP).await;
    assert_eq!(plugin["state"], "running", "the cache has it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_that_is_not_ready_lets_nothing_pass() {
    let server = fresh()
        .plugin("stamp", large("stamp"), guard("1.0.0").text())
        .start()
        .await;
    let post = json!({"title": "Hello", "content": "Some text.", "status": "published"});
    let refused = server.admin.post("/api/v1/posts", &post).await.expect(503);
    assert_eq!(refused["type"], "urn:raisfast:plugin-not-ready");
    assert_eq!(refused["plugin"], STAMP);
    assert_eq!(
        refused["detail"],
        "the plugin com.example.stamp is not ready in on-post-creating, and its manifest says \
         `on_error = \"abort\"`: it is being compiled, which takes some seconds, once for a version; \
         try again in a moment"
    );
    server.reaches(STAMP, "running", 1).await;
    assert_eq!(version(&server).await.as_deref(), Some("1.0.0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_before_it_serves_until_it_is_compiled() {
    let server = fresh().guest("stamp", &guard("1.0.0")).start().await;
    assert_eq!(version(&server).await.as_deref(), Some("1.0.0"));

    server.deploy("stamp", &large("stamp"), &guard("2.0.0"));
    let plugin = server.reaches(STAMP, "compiling", 1).await;
    assert_eq!(plugin["version"], "1.0.0");
    assert_eq!(plugin["compiling"]["version"], "2.0.0");
    assert_eq!(plugin["compiling"]["former_serves"], true);
    assert_eq!(version(&server).await.as_deref(), Some("1.0.0"));
    // Who asks once more is not kept waiting.
    let reloading = admin(&server, "reload", 202).await;
    assert_eq!(reloading["state"], "compiling");
    assert_eq!(version(&server).await.as_deref(), Some("1.0.0"));
    assert_eq!(server.plugin(STAMP).await["state"], "compiling");

    server.reaches(STAMP, "running", 2).await;
    assert_eq!(version(&server).await.as_deref(), Some("2.0.0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_plugin_that_was_not_there_before() {
    let server = fresh().start().await;
    server.install("stamp", &large("stamp"), guard("1.0.0").text());
    server.listed("stamp", "compiling").await;
    assert_eq!(version(&server).await, None, "and nothing is refused");
    assert_eq!(server.plugin(STAMP).await["state"], "compiling");
    server.reaches(STAMP, "running", 1).await;
    assert_eq!(version(&server).await.as_deref(), Some("1.0.0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_wanted_any_more_never_serves() {
    let server = fresh()
        .plugin("stamp", large("stamp"), guard("1.0.0").text())
        .start()
        .await;
    assert_eq!(server.plugin(STAMP).await["state"], "compiling");
    // A smaller version overtakes it.
    server.deploy("stamp", &guest("stamp"), &guard("2.0.0"));
    let plugin = server.reaches(STAMP, "running", 1).await;
    assert_eq!(plugin["version"], "2.0.0");
    assert_eq!(version(&server).await.as_deref(), Some("2.0.0"));

    // It waits for the compiler, which is at the first version still: nothing stops it.
    server.deploy("stamp", &large("counter"), &guard("3.0.0"));
    let plugin = server.reaches(STAMP, "compiling", 1).await;
    assert_eq!(plugin["compiling"]["waits"], true);
    assert_eq!(admin(&server, "disable", 200).await["state"], "disabled");
    assert_eq!(
        version(&server).await,
        None,
        "a guard that is off refuses nothing"
    );
    fs::remove_dir_all(server.plugin_dir().join("stamp")).unwrap();
    eventually("it is unloaded", || async {
        (server.plugin(STAMP).await["status"] == 404).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_given_up_when_the_plugin_cannot_be_loaded() {
    // It exports nothing that its manifest subscribes to.
    let server = fresh()
        .plugin("stamp", large("partial"), guard("1.0.0").text())
        .start()
        .await;
    let post = json!({"title": "Hello", "content": "", "status": "draft"});
    server.admin.post("/api/v1/posts", &post).await.expect(503);
    let plugin = server.listed("stamp", "failed").await;
    let error = plugin["last_error"].as_str().unwrap();
    assert!(error.contains("does not export it"), "{error}");
    assert_eq!(plugin["compiling"], Value::Null);
    // It is a guard that was there at the start: nothing passes it unseen until it is turned off.
    server.admin.post("/api/v1/posts", &post).await.expect(422);
    assert_eq!(admin(&server, "disable", 200).await["state"], "disabled");
    server.admin.post("/api/v1/posts", &post).await.expect(201);
}
