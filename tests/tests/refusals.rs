//! `refusals.refuse`: a filter refuses a request in its own words.

use raisfast_tests::{Manifest, TestServer};
use serde_json::{Value, json};

const REFUSER: &str = "com.example.refuser";
/// Called after the refuser.
const WITNESS: &str = "com.example.witness";

async fn refusing(hook: &str) -> TestServer {
    TestServer::with()
        .guest("refuser", &Manifest::new(REFUSER, &[hook]))
        .start()
        .await
}

fn post(title: &str) -> Value {
    json!({"title": title, "slug": "a-post", "content": "Some text.", "status": "published"})
}

/// Checks a problem with one reason, and that the plugin has not failed.
async fn check_refused(server: &TestServer, problem: &Value, hook: &str, pointer: &str) {
    assert_eq!(problem["type"], "urn:raisfast:refused-by-plugin");
    assert_eq!(problem["status"], 422);
    assert_eq!(problem["detail"], "Say it otherwise.");
    assert_eq!(problem["plugin"], REFUSER);
    assert_eq!(problem["hook"], hook);
    assert_eq!(problem["pointer"], pointer);
    assert_eq!(
        problem["errors"],
        json!([{"pointer": pointer, "detail": "Say it otherwise."}])
    );
    let counts = &server.plugin(REFUSER).await["hooks"][0];
    assert_eq!(counts["errors"], 0, "{counts}");
    assert_ne!(counts["calls"], 0, "{counts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_refused_and_not_stored_and_no_later_plugin_is_called() {
    let hook = "on-post-creating";
    let server = TestServer::with()
        .guest("refuser", &Manifest::new(REFUSER, &[hook]))
        .guest("recorder", &Manifest::new(WITNESS, &[hook]))
        .start()
        .await;
    // Often enough to pause a plugin that fails.
    for _ in 0..12 {
        let answer = server.admin.post("/api/v1/posts", &post("refuse")).await;
        check_refused(&server, &answer.expect(422), hook, "/title").await;
    }
    let witness = server.plugin(WITNESS).await;
    assert_eq!(witness["hooks"][0]["calls"], 0, "{witness}");
    server.visitor.get("/api/v1/posts/a-post").await.expect(404);
    // Of a request that is not refused nothing remains.
    let stored = server.admin.post("/api/v1/posts", &post("fine")).await;
    assert_eq!(stored.expect(201)["title"], "changed [on-post-creating]");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_post_is_refused() {
    let server = refusing("on-post-updating").await;
    let stored = server.create_post(&post("Before")).await;
    let path = format!("/api/v1/posts/{}", stored["id"].as_str().unwrap());
    let answer = server.admin.put(&path, &post("refuse")).await;
    check_refused(&server, &answer.expect(422), "on-post-updating", "/title").await;
    let found = server.visitor.get("/api/v1/posts/a-post").await.expect(200);
    assert_eq!(found["title"], "Before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_refused() {
    let server = refusing("on-comment-creating").await;
    server.create_post(&post("A post")).await;
    let path = "/api/v1/posts/a-post/comments";
    let answer = server
        .visitor
        .post(path, &json!({"content": "refuse"}))
        .await;
    check_refused(
        &server,
        &answer.expect(422),
        "on-comment-creating",
        "/content",
    )
    .await;
    let comments = server.visitor.get(path).await.expect(200);
    assert_eq!(comments["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_content_and_its_change_are_refused() {
    let server = refusing("on-content-creating").await;
    let path = "/api/v1/content/note";
    let refused = json!({"text": "refuse"});
    let answer = server.admin.post(path, &refused).await;
    check_refused(&server, &answer.expect(422), "on-content-creating", "/text").await;

    let server = refusing("on-content-updating").await;
    let stored = server.admin.post(path, &json!({"text": "a"})).await;
    let one = format!("{path}/{}", stored.expect(201)["id"].as_str().unwrap());
    let answer = server.admin.put(&one, &refused).await;
    check_refused(&server, &answer.expect(422), "on-content-updating", "/text").await;
    let found = server.admin.get(&one).await.expect(200);
    assert_eq!(found["data"], json!({"text": "a"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_reasons_are_listed_and_each_has_an_end() {
    let server = refusing("on-post-creating").await;
    let refused = async |title| {
        let answer = server.admin.post("/api/v1/posts", &post(title)).await;
        answer.expect(422)
    };
    let problem = refused("twice").await;
    assert_eq!(problem["detail"], "Too short.; Too late.");
    assert_eq!(problem["pointer"], "/title");
    assert_eq!(
        problem["errors"],
        json!([{"pointer": "/title", "detail": "Too short."}, {"pointer": "", "detail": "Too late."}])
    );
    assert_eq!(
        refused("often").await["errors"].as_array().unwrap().len(),
        16
    );
    server.logs(REFUSER, "more than 16 times").await;

    let problem = refused("long").await;
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.starts_with("\\u{7}x"), "{detail}");
    assert!(
        detail.ends_with('…') && detail.len() < 8_000,
        "{}",
        detail.len()
    );
    assert_eq!(problem["pointer"], "");
    server.logs(REFUSER, "not a JSON pointer").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_traps_has_failed_and_refuses_nothing() {
    let server = refusing("on-post-creating").await;
    let stored = server.admin.post("/api/v1/posts", &post("trap")).await;
    assert_eq!(stored.expect(201)["title"], "trap");
    let counts = &server.plugin(REFUSER).await["hooks"][0];
    assert_eq!(counts["errors"], 1, "{counts}");
    // The instance that follows knows nothing of it.
    let stored = json!({"title": "fine", "content": "Some text."});
    server
        .admin
        .post("/api/v1/posts", &stored)
        .await
        .expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_of_a_filter_nothing_is_refused_and_the_log_says_so() {
    for hook in ["filter-html", "on-post-created"] {
        let server = refusing(hook).await;
        server.create_post(&post("A post")).await;
        server.html("a-post").await;
        server.logs(REFUSER, "refuse does nothing here").await;
        server.server().settled().await;
        let counts = &server.plugin(REFUSER).await["hooks"][0];
        assert_eq!(counts["errors"], 0, "{counts}");
    }
}
