//! Every kind of guest that the host takes, doing its work.

use raisfast_contract::HookName;
use raisfast_tests::{Manifest, TestServer};
use serde_json::{Value, json};

/// A plugin without the SDK, with all 16 methods.
async fn plain_guest_works(name: &str) {
    let hooks = HookName::of_interface("raisfast:plugin-wit/plugin-hooks");
    let hooks: Vec<_> = hooks.map(HookName::as_str).collect();
    let manifest = Manifest::new("com.example.plain", &hooks);
    let server = TestServer::with().guest(name, &manifest).start().await;
    server.logs("com.example.plain", "login: ").await;

    let post = server.publish("Hello World").await;
    assert_eq!(post["slug"], "hello-world");
    assert_eq!(
        server.html("hello-world").await,
        "<p>Some text.</p>\n<!-- plain -->"
    );
    let comment = json!({"content": "Nice"});
    let path = "/api/v1/posts/hello-world/comments";
    server.visitor.post(path, &comment).await.expect(201);
    let path = "/api/v1/content/product";
    server.admin.post(path, &json!({})).await.expect(201);
    for message in [
        "created: hello-world",
        "comment: Nice",
        "content created: product",
    ] {
        server.logs("com.example.plain", message).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_guest_of_wit_bindgen_0_36_works() {
    plain_guest_works("plain-0-36").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_guest_of_todays_wit_bindgen_works() {
    plain_guest_works("plain-current").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_exports_two_hooks_works() {
    let manifest = Manifest::new("com.example.partial", &["filter-html", "on-login"]);
    let server = TestServer::with().guest("partial", &manifest).start().await;
    server.logs("com.example.partial", "login: ").await;
    server.publish("Hello").await;
    assert_eq!(
        server.html("hello").await,
        "<p>Some text.</p>\n<!--partial-->"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_with_wasi_imports_works() {
    let manifest = Manifest::new("com.example.component", &["filter-html"]);
    let server = TestServer::with()
        .guest("component", &manifest)
        .start()
        .await;
    server.publish("Hello").await;
    // The guest answers with the host's clock.
    let seconds: u64 = server.html("hello").await.parse().unwrap();
    assert!(seconds > 1_700_000_000, "{seconds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wasi_guest_gets_clocks_and_random_and_its_output_is_logged() {
    let manifest = Manifest::new("com.example.wasi", &["filter-html"]);
    let server = TestServer::with().guest("wasi", &manifest).start().await;
    server.publish("Hello").await;
    let read = async || -> Value { serde_json::from_str(&server.html("hello").await).unwrap() };
    let (first, second) = (read().await, read().await);
    assert!(
        first["seconds"].as_u64().unwrap() > 1_700_000_000,
        "{first}"
    );
    assert_eq!(first["random"].as_str().unwrap().len(), 32);
    assert_ne!(first["random"], second["random"]);
    for granted in ["environment", "arguments", "folders"] {
        assert_eq!(first[granted], 0, "{granted}");
    }
    server
        .logs("com.example.wasi", "stdout <p>Some text.</p>")
        .await;
    server
        .logs("com.example.wasi", "stderr <p>Some text.</p>")
        .await;
}
