//! The page that users already have, taken at its word.

use raisfast_tests::{TestServer, eventually};
use serde_json::{Value, json};

const PLUGIN: &str = "com.example.my-plugin";

#[tokio::test(flavor = "multi_thread")]
async fn the_quick_start_plugin_does_what_its_page_says() {
    let server = TestServer::with().sample("quick-start").start().await;

    let post = server
        .create_post(&json!({"title": "Hello World", "content": "Some text."}))
        .await;
    assert_eq!(post["slug"], "hello-world");

    server.logs(PLUGIN, "published: hello-world").await;
    let text = eventually("the plugin's file is written", || async {
        server.stored_file(PLUGIN, "cache/posts/hello-world.json")
    })
    .await;
    assert_eq!(text, "{}");
}

#[tokio::test(flavor = "multi_thread")]
async fn real_titles_neither_fail_nor_pause_it() {
    let server = TestServer::with().sample("quick-start").start().await;
    for (title, slug) in [
        ("What's new?", "what-s-new"),
        (
            "C++, Rust & \"Zig\": a comparison",
            "c-rust-zig-a-comparison",
        ),
        ("Why? Because!", "why-because"),
        ("50 % off (today only)", "50-off-today-only"),
        ("?!", "post"),
        ("Grüße aus Köln", "grüße-aus-köln"),
        ("What's new?", "what-s-new-2"),
    ] {
        let post = json!({"title": title, "content": "Größe zählt."});
        let post = server.create_post(&post).await;
        assert_eq!(post["slug"], slug);
        // Nobody but the plugin makes it.
        assert_eq!(post["excerpt"], "Größe zählt.", "{title}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_cron_entry_is_scheduled_and_can_be_fired_by_hand() {
    let server = TestServer::with().sample("quick-start").start().await;

    let entry = &server.plugin(PLUGIN).await["cron"][0];
    assert_eq!(entry["job_type"], "my_task");
    assert_eq!(entry["cron_expr"], "0 */6 * * *");
    let next = entry["next"].as_str().expect("it is scheduled");
    assert!(next.ends_with(":00:00.000Z"), "{next}");

    let path = format!("/api/v1/admin/cron/{PLUGIN}/my_task");
    let fired = server.admin.post(&path, &Value::Null).await;
    assert!(fired.status.is_success(), "{fired:?}");
    let message = server.logs(PLUGIN, "cron fired: ").await;
    let payload: Value = serde_json::from_str(message.trim_start_matches("cron fired: ")).unwrap();
    assert_eq!(payload["job_type"], "my_task");
    assert_eq!(payload["label"], "Scheduled Task");
    assert_eq!(payload["payload"], Value::Null);
    assert!(
        payload["scheduled_at"]
            .as_str()
            .is_some_and(|at| at.ends_with('Z'))
    );
}
