//! `get-post`.

use raisfast_tests::{TestServer, eventually, parsed, post_output};
use serde_json::{Value, json};

const PLUGIN: &str = "com.example.caller";
const OTHER: &str = "com.example.other";

#[tokio::test(flavor = "multi_thread")]
async fn a_published_post_is_what_the_api_says_it_is() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    let created = server
        .create_post(&json!({
            "title": "Grüße, \"Welt\"",
            "content": "Some *text*.",
            "slug": "hello",
            "excerpt": null,
            "status": "published",
            "category_id": "news",
        }))
        .await;
    assert_eq!(created["category_id"], "news");

    let post = server.call(PLUGIN, "get-post", json!(["hello"])).await;
    assert_eq!(parsed(&post), post_output(created));
    // Asking for it does not count as a visit.
    assert_eq!(parsed(&post)["view_count"], 0);

    // A visit is: the plugin sees what has changed since.
    server.visitor.get("/api/v1/posts/hello").await.expect(200);
    eventually("the visit is counted", || async {
        let post = server.call(PLUGIN, "get-post", json!(["hello"])).await;
        (parsed(&post)["view_count"] == 1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_post_where_there_is_none() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    let post = server.publish("Gone soon").await;
    let path = format!("/api/v1/posts/{}", post["id"].as_str().expect("an id"));
    server.admin.delete(&path).await.expect(204);

    for slug in ["gone-soon", "never", "", "' OR 1=1 --", "%"] {
        let found = server.call(PLUGIN, "get-post", json!([slug])).await;
        assert_eq!(found, Value::Null, "{slug}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_needs_a_grant() {
    let server = TestServer::with()
        .caller(
            PLUGIN,
            "[permissions]\ndatabase = [\"write:posts\", \"comments\"]",
        )
        .caller(OTHER, "[permissions]\ndatabase = [\"read:posts\"]")
        .start()
        .await;
    let draft = server
        .create_post(&json!({"title": "A secret", "content": "Not yet."}))
        .await;
    assert_eq!(draft["status"], "draft");

    let hidden = server.call(PLUGIN, "get-post", json!(["a-secret"])).await;
    assert_eq!(hidden, Value::Null);
    assert_eq!(
        server.record(PLUGIN, "denied").await["message"],
        "denied: get-post of an unpublished post; to allow it, write in manifest.toml, under \
         [permissions]: database = [\"read:posts\"]"
    );

    let seen = server.call(OTHER, "get-post", json!(["a-secret"])).await;
    assert_eq!(parsed(&seen), post_output(draft));
}
