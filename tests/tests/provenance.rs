//! The record of which plugin changed what, as an admin sees it.

use raisfast_tests::{Manifest, TestServer, guest};
use serde_json::{Value, json};

const FIRST: &str = "com.example.a-first";
const MOODY: &str = "com.example.b-moody";
const LAST: &str = "com.example.c-last";

/// A plugin that sets the excerpt to `one`, one that does what the title says, and one that marks
/// what it sees.
async fn server() -> TestServer {
    let stamp = Manifest::new(FIRST, &["on-post-creating", "on-post-updating"])
        .with("[config]\nversion = \"one\"");
    let moody = Manifest::new(MOODY, &["on-post-creating", "on-comment-creating"])
        .with("[permissions]\ntimeout_ms = 500");
    let recorder = Manifest::new(
        LAST,
        &[
            "on-post-creating",
            "on-content-creating",
            "on-content-updating",
        ],
    );
    TestServer::with()
        .plugin("first", guest("stamp"), stamp.text())
        .guest("moody", &moody)
        .plugin("last", guest("recorder"), recorder.text())
        .start()
        .await
}

async fn provenance(server: &TestServer, path: &str) -> Vec<Value> {
    let path = format!("/api/v1/{path}/provenance");
    let answer = server.admin.get(&path).await.expect(200);
    answer["items"].as_array().expect("a list").clone()
}

fn changed(plugin: &str, fields: &[&str]) -> Value {
    json!({"plugin": plugin, "outcome": "changed", "fields": fields})
}

fn failed(plugin: &str) -> Value {
    json!({"plugin": plugin, "outcome": "failed", "fields": []})
}

#[tokio::test(flavor = "multi_thread")]
async fn each_write_tells_which_plugin_changed_which_fields() {
    let server = server().await;
    let post = server.publish("fine").await;
    let path = format!("posts/{}", post["id"].as_str().unwrap());
    let writes = provenance(&server, &path).await;
    assert_eq!(writes.len(), 1);
    let created = &writes[0];
    assert_eq!(created["hook"], "on-post-creating");
    assert_eq!(created["by"], post["created_by"]);
    assert!(created["at"].as_str() >= post["created_at"].as_str());
    assert_eq!(
        created["plugins"],
        json!([
            changed(FIRST, &["/excerpt"]),
            changed(MOODY, &["/excerpt"]),
            changed(LAST, &["/title"]),
        ])
    );
    assert!(
        !created.to_string().contains("moody was here"),
        "names of fields, not what is in them: {created}"
    );

    let update = json!({"title": "Other", "excerpt": "mine"});
    let path_to = format!("/api/v1/{path}");
    server.admin.put(&path_to, &update).await.expect(200);
    let writes = provenance(&server, &path).await;
    assert_eq!(writes.len(), 2);
    assert_eq!(writes[0]["hook"], "on-post-updating", "the latest is first");
    assert_eq!(writes[0]["plugins"], json!([changed(FIRST, &["/excerpt"])]));

    // What is there already is not changed by writing it again.
    let update = json!({"title": "Other", "excerpt": "one"});
    server.admin.put(&path_to, &update).await.expect(200);
    assert_eq!(provenance(&server, &path).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_fails_leaves_the_record_as_the_one_before_it_did() {
    let server = server().await;
    for title in ["fail", "invalid", "spin"] {
        let post = server.publish(title).await;
        assert_eq!(post["excerpt"], "one", "{title}");
        assert_eq!(post["title"], format!("{title} [on-post-creating]"));
        assert_eq!(post["content"], "Some text.");
        let path = format!("posts/{}", post["id"].as_str().unwrap());
        let writes = provenance(&server, &path).await;
        assert_eq!(
            writes[0]["plugins"],
            json!([
                changed(FIRST, &["/excerpt"]),
                failed(MOODY),
                changed(LAST, &["/title"]),
            ]),
            "{title}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_content_is_told_by_its_members_and_goes_with_its_record() {
    let server = server().await;
    let data = json!({"name": "Tea"});
    let created = server.admin.post("/api/v1/content/product", &data).await;
    let created = created.expect(201);
    let path = format!("content/product/{}", created["id"].as_str().unwrap());
    let writes = provenance(&server, &path).await;
    assert_eq!(
        writes[0]["plugins"],
        json!([changed(LAST, &["/on-content-creating"])])
    );

    let path_to = format!("/api/v1/{path}");
    for price in 0..60 {
        let data = json!({"price": price});
        server.admin.put(&path_to, &data).await.expect(200);
    }
    let writes = provenance(&server, &path).await;
    assert_eq!(writes.len(), 50, "the latest are kept");
    assert!(
        writes
            .iter()
            .all(|write| write["hook"] == "on-content-updating")
    );

    server.admin.delete(&path_to).await.expect(204);
    let gone = format!("{path_to}/provenance");
    server.admin.get(&gone).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comments_is_for_admins_and_names_no_user() {
    let server = server().await;
    server.publish("Here").await;
    let slug = server.visitor.get("/api/v1/posts").await.expect(200)["items"][0]["slug"].clone();
    let comments = format!("/api/v1/posts/{}/comments", slug.as_str().unwrap());
    let comment = json!({"content": "Hello"});
    let comment = server.visitor.post(&comments, &comment).await.expect(201);
    let path = format!("comments/{}", comment["id"].as_str().unwrap());
    let writes = provenance(&server, &path).await;
    assert_eq!(
        (&writes[0]["by"], &writes[0]["plugins"]),
        (&Value::Null, &json!([changed(MOODY, &["/nickname"])]))
    );
    let visitors = format!("/api/v1/{path}/provenance");
    server.visitor.get(&visitors).await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_alone_is_told_too() {
    let server = server().await;
    let data = json!({"content": "fail"});
    server.publish("Here").await;
    let posts = server.visitor.get("/api/v1/posts").await.expect(200);
    let slug = posts["items"][0]["slug"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/posts/{slug}/comments");
    let comment = server.visitor.post(&path, &data).await.expect(201);
    let path = format!("comments/{}", comment["id"].as_str().unwrap());
    assert_eq!(
        provenance(&server, &path).await[0]["plugins"],
        json!([failed(MOODY)])
    );
    let unknown = "/api/v1/posts/01a20270-401d-73c1-8e1e-23599e878480/provenance";
    server.admin.get(unknown).await.expect(404);
}
