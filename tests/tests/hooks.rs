//! Each hook of the contract, from the request that fires it to the effect that its plugin has.

use raisfast_contract::HookName;
use raisfast_tests::{Manifest, TestServer, eventually, guest, post_output, sample};
use serde_json::{Value, json};

const RECORDER: &str = "com.example.recorder";

/// A server with the guest `recorder`, which subscribes to one hook and leaves a trace of it.
async fn recording(hook: HookName) -> TestServer {
    let manifest = Manifest::new(RECORDER, &[hook.as_str()]);
    TestServer::with()
        .guest("recorder", &manifest)
        .start()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn on_post_creating_changes_what_is_stored() {
    let server = recording(HookName::OnPostCreating).await;
    let post = server.publish("Hello").await;
    assert_eq!(post["title"], "Hello [on-post-creating]");
    let page = server.visitor.get("/api/v1/posts/hello-on-post-creating");
    assert_eq!(page.await.expect(200)["title"], "Hello [on-post-creating]");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_post_updating_changes_what_is_stored() {
    let server = recording(HookName::OnPostUpdating).await;
    let post = server.publish("Hello").await;
    assert_eq!(post["title"], "Hello");
    let path = format!("/api/v1/posts/{}", post["id"].as_str().unwrap());
    let update = json!({"title": "Changed", "content": ""});
    let post = server.admin.put(&path, &update).await.expect(200);
    assert_eq!(post["title"], "Changed [on-post-updating]");
    let page = server.visitor.get("/api/v1/posts/hello").await.expect(200);
    assert_eq!(page["title"], "Changed [on-post-updating]");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_comment_creating_changes_what_is_stored() {
    let server = recording(HookName::OnCommentCreating).await;
    server.publish("Hello").await;
    let path = "/api/v1/posts/hello/comments";
    let comment = json!({"content": "Nice"});
    server.visitor.post(path, &comment).await.expect(201);
    let comments = server.visitor.get(path).await.expect(200);
    assert_eq!(
        comments["items"][0]["content"],
        "Nice [on-comment-creating]"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_content_creating_changes_what_is_stored() {
    let server = recording(HookName::OnContentCreating).await;
    let product = create_content(&server, "product", &json!({"price": 1})).await;
    let stored = server.admin.get(&content_path(&product)).await.expect(200);
    assert_eq!(
        stored["data"],
        json!({"price": 1, "on-content-creating": true})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_content_updating_changes_what_is_stored() {
    let server = recording(HookName::OnContentUpdating).await;
    let product = create_content(&server, "product", &json!({"price": 1})).await;
    assert_eq!(product["data"], json!({"price": 1}));
    let path = content_path(&product);
    let update = json!({"price": 2});
    server.admin.put(&path, &update).await.expect(200);
    let stored = server.admin.get(&path).await.expect(200);
    assert_eq!(
        stored["data"],
        json!({"price": 2, "on-content-updating": true})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn render_markdown_takes_the_place_of_the_built_in_renderer() {
    let server = recording(HookName::RenderMarkdown).await;
    server.publish("Hello").await;
    assert_eq!(server.html("hello").await, "<article>Some text.</article>");
}

#[tokio::test(flavor = "multi_thread")]
async fn filter_html_changes_the_page() {
    let server = recording(HookName::FilterHtml).await;
    server.publish("Hello").await;
    assert_eq!(
        server.html("hello").await,
        "<p>Some text.</p>\n<!--filter-html-->"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_post_created_is_told_of_the_post_as_it_was_answered() {
    let server = recording(HookName::OnPostCreated).await;
    let post = server.publish("Hello").await;
    assert_eq!(
        server.recorded(RECORDER, HookName::OnPostCreated).await,
        post_output(post)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_post_updated_is_told_of_the_post_as_it_was_answered() {
    let server = recording(HookName::OnPostUpdated).await;
    let post = server.publish("Hello").await;
    let path = format!("/api/v1/posts/{}", post["id"].as_str().unwrap());
    let update = json!({"title": "Changed", "content": "", "excerpt": "Short"});
    let post = server.admin.put(&path, &update).await.expect(200);
    assert_eq!(post["excerpt"], "Short");
    assert_eq!(
        server.recorded(RECORDER, HookName::OnPostUpdated).await,
        post_output(post)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_post_deleted_is_told_the_id() {
    let server = recording(HookName::OnPostDeleted).await;
    let post = server.publish("Hello").await;
    let path = format!("/api/v1/posts/{}", post["id"].as_str().unwrap());
    server.admin.delete(&path).await.expect(204);
    assert_eq!(
        server.recorded(RECORDER, HookName::OnPostDeleted).await,
        json!({"id": post["id"]})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_comment_created_is_told_of_the_comment() {
    let server = recording(HookName::OnCommentCreated).await;
    server.publish("Hello").await;
    let comment = json!({
        "content": "Nice",
        "nickname": "Ann",
        "email": "ann@example.com",
        "parent_id": null,
    });
    let path = "/api/v1/posts/hello/comments";
    server.visitor.post(path, &comment).await.expect(201);
    assert_eq!(
        server.recorded(RECORDER, HookName::OnCommentCreated).await,
        comment
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_content_created_is_told_of_the_record() {
    let server = recording(HookName::OnContentCreated).await;
    let product = create_content(&server, "product", &json!({"price": 1})).await;
    let told = server.recorded(RECORDER, HookName::OnContentCreated).await;
    assert_is_event(&told, &product);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_content_updated_is_told_of_the_record() {
    let server = recording(HookName::OnContentUpdated).await;
    let product = create_content(&server, "product", &json!({"price": 1})).await;
    let path = content_path(&product);
    let update = json!({"price": 2});
    let product = server.admin.put(&path, &update).await.expect(200);
    let told = server.recorded(RECORDER, HookName::OnContentUpdated).await;
    assert_is_event(&told, &product);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_content_deleted_is_told_type_and_id() {
    let server = recording(HookName::OnContentDeleted).await;
    let product = create_content(&server, "product", &json!({"price": 1})).await;
    let path = content_path(&product);
    server.admin.delete(&path).await.expect(204);
    assert_eq!(
        server.recorded(RECORDER, HookName::OnContentDeleted).await,
        json!({"content_type": "product", "id": product["id"]})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_login_is_told_who_logs_in() {
    // The admin logs in when the test's server is up.
    let server = recording(HookName::OnLogin).await;
    let told = server.recorded(RECORDER, HookName::OnLogin).await;
    let post = server.publish("Hello").await;
    assert_eq!(told, json!({"user_id": post["created_by"]}));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_cron_tick_is_told_which_entry_is_due() {
    let entry = "[[cron]]\nlabel = \"Nightly\"\njob_type = \"night\"\ncron_expr = \"0 0 1 1 *\"";
    let manifest = Manifest::new(RECORDER, &[]).with(entry);
    let server = TestServer::with()
        .guest("recorder", &manifest)
        .start()
        .await;
    let path = format!("/api/v1/admin/cron/{RECORDER}/night");
    server.admin.post(&path, &Value::Null).await.expect(204);
    let told = server.recorded(RECORDER, HookName::OnCronTick).await;
    let payload: Value = serde_json::from_str(told.as_str().unwrap()).unwrap();
    assert_eq!(payload["job_type"], "night");
    assert_eq!(payload["label"], "Nightly");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_content_viewed_is_told_what_was_read() {
    let server = recording(HookName::OnContentViewed).await;
    let post = server.publish("Hello").await;
    server.html("hello").await;
    // The reader does not wait for the plugin.
    let seen = eventually("the view is reported", async || {
        let seen = server.recorded(RECORDER, HookName::OnContentViewed).await;
        (!seen.is_null()).then_some(seen)
    })
    .await;
    assert_eq!(seen, json!({"content_type": "post", "id": post["id"]}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_the_manifest_does_not_name_is_not_called() {
    // The recorder exports all 16.
    let server = recording(HookName::OnPostDeleted).await;
    let post = server.publish("Hello").await;
    assert_eq!(post["title"], "Hello");
    assert_eq!(
        server.recorded(RECORDER, HookName::OnPostCreated).await,
        Value::Null
    );
}

/// The guest `stamp` puts its version at the end of the page, so that the page shows who was called
/// when.
fn stamp(id: &str, priority: i32, version: &str) -> String {
    Manifest::new(id, &[])
        .with(&format!(
            "[hooks.filter-html]\npriority = {priority}\n[config]\nversion = \"{version}\""
        ))
        .text()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn plugins_are_called_by_priority_and_then_by_id() {
    let wasm = guest("stamp");
    // The folders' names are in the opposite order.
    let server = TestServer::with()
        .plugin("1", wasm.clone(), &stamp("com.example.b", 20, "b-20"))
        .plugin("2", wasm.clone(), &stamp("com.example.a", 20, "a-20"))
        .plugin("3", wasm.clone(), &stamp("com.example.d", -5, "d-5"))
        .plugin("4", wasm, &stamp("com.example.c", 10, "c-10"))
        .start()
        .await;
    server.publish("Hello").await;
    assert_eq!(
        server.html("hello").await,
        "<p>Some text.</p>\n<!--stamp d-5--><!--stamp c-10--><!--stamp a-20--><!--stamp b-20-->"
    );
}

const PANICS: &str = "com.example.panics";

/// The guest `panics` fails where a post's title says how.
fn panics(on_error: &str) -> Manifest {
    Manifest::new(PANICS, &[]).with(&format!(
        "[hooks.on-post-creating]\npriority = 20\non_error = \"{on_error}\""
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn on_error_abort_refuses_the_request_and_stores_nothing() {
    let server = TestServer::with()
        .guest("panics", &panics("abort"))
        .start()
        .await;
    let post = json!({"title": "trap", "content": "", "status": "published"});
    let refused = server.admin.post("/api/v1/posts", &post).await;
    assert_eq!(refused.content_type, "application/problem+json");
    let problem = refused.expect(422);
    assert_eq!(problem["plugin"], PANICS);
    assert_eq!(problem["hook"], "on-post-creating");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("unreachable"), "{detail}");

    let posts = server.visitor.get("/api/v1/posts").await.expect(200);
    assert_eq!(posts["items"], json!([]));
    assert_eq!(server.publish("fine").await["excerpt"], "healthy");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_error_continue_keeps_the_value_from_before_and_goes_on() {
    let before = "[hooks.on-post-creating]\npriority = 10\n[config]\nversion = \"from before\"";
    let after = "[hooks.on-post-creating]\npriority = 30";
    let server = TestServer::with()
        .guest(
            "stamp",
            &Manifest::new("com.example.stamp", &[]).with(before),
        )
        .guest("panics", &panics("continue"))
        .guest("recorder", &Manifest::new(RECORDER, &[]).with(after))
        .start()
        .await;
    let post = server.publish("trap").await;
    assert_eq!(post["excerpt"], "from before");
    assert_eq!(post["title"], "trap [on-post-creating]");
    let failed = &server.plugin(PANICS).await["hooks"][0];
    assert_eq!(
        (&failed["calls"], &failed["errors"]),
        (&json!(1), &json!(1))
    );
}

/// The guest `stamp` with an excerpt that no post may have.
fn invalid_answer(on_error: &str) -> Manifest {
    Manifest::new("com.example.stamp", &[]).with(&format!(
        "[hooks.on-post-creating]\non_error = \"{on_error}\"\n[config]\nversion = \"{}\"",
        "x".repeat(1001)
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_answer_of_a_filter_is_its_plugins_error() {
    let server = TestServer::with()
        .guest("stamp", &invalid_answer("continue"))
        .start()
        .await;
    assert_eq!(server.publish("Hello").await["excerpt"], Value::Null);
    let plugin = server.plugin("com.example.stamp").await;
    let error = plugin["last_error"].as_str().unwrap();
    assert!(
        error.contains("on-post-creating: its answer is invalid: /excerpt")
            && error.contains("1000"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_answer_refuses_the_request_where_the_manifest_says_abort() {
    let server = TestServer::with()
        .guest("stamp", &invalid_answer("abort"))
        .start()
        .await;
    let post = json!({"title": "Hello", "content": ""});
    let problem = server.admin.post("/api/v1/posts", &post).await.expect(422);
    assert_eq!(problem["plugin"], "com.example.stamp");
    assert_eq!(problem["type"], "urn:raisfast:refused-by-plugin");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("/excerpt"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn content_types_choose_what_a_plugin_is_called_for() {
    let manifest = Manifest::new(RECORDER, &[]).with(
        "[hooks.on-content-creating]\ncontent_types = [\"product\", \"offer\"]\n\
         [hooks.on-content-created]\ncontent_types = [\"offer\"]",
    );
    let server = TestServer::with()
        .guest("recorder", &manifest)
        .start()
        .await;
    let marked = json!({"on-content-creating": true});
    for (content_type, data) in [
        ("offer", &marked),
        ("product", &marked),
        ("page", &json!({})),
    ] {
        let created = create_content(&server, content_type, &json!({})).await;
        assert_eq!(&created["data"], data, "{content_type}");
    }
    let told = server.recorded(RECORDER, HookName::OnContentCreated).await;
    assert_eq!(told["content_type"], "offer");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_plugin_that_renders_wins() {
    let at = |id: &str, priority: i32| {
        Manifest::new(id, &[]).with(&format!("[hooks.render-markdown]\npriority = {priority}"))
    };
    let (markdown, _) = sample("markdown");
    let server = TestServer::with()
        // Exports the hook and answers none.
        .guest("plain-current", &at("com.example.silent", 1))
        .guest("recorder", &at(RECORDER, 2))
        .plugin("markdown", markdown, at("com.example.markdown", 3).text())
        .start()
        .await;
    server.publish("Hello").await;
    assert_eq!(server.html("hello").await, "<article>Some text.</article>");
    for (plugin, calls) in [
        ("com.example.silent", 1),
        (RECORDER, 1),
        ("com.example.markdown", 0),
    ] {
        assert_eq!(server.plugin(plugin).await["hooks"][0]["calls"], calls);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filter_html_may_add_what_authors_and_renderers_may_not() {
    let server = TestServer::with()
        .guest(
            "recorder",
            &Manifest::new(RECORDER, &["render-markdown", "filter-html"]),
        )
        .start()
        .await;
    let content = "<!--author--><script>alert(1)</script><b onclick=\"x()\">text</b>";
    let post = json!({"title": "Hello", "content": content, "status": "published"});
    server.create_post(&post).await;
    assert_eq!(
        server.html("hello").await,
        "<article><b>text</b></article><!--filter-html-->"
    );
}

async fn create_content(server: &TestServer, content_type: &str, data: &Value) -> Value {
    let path = format!("/api/v1/content/{content_type}");
    server.admin.post(&path, data).await.expect(201)
}

fn content_path(content: &Value) -> String {
    format!(
        "/api/v1/content/{}/{}",
        content["content_type"].as_str().unwrap(),
        content["id"].as_str().unwrap()
    )
}

/// A plugin sees a record's data as JSON text.
#[track_caller]
fn assert_is_event(event: &Value, content: &Value) {
    let data: Value = serde_json::from_str(event["data"].as_str().unwrap()).unwrap();
    assert_eq!(data, content["data"]);
    assert_eq!(event["id"], content["id"]);
    assert_eq!(event["content_type"], content["content_type"]);
}
