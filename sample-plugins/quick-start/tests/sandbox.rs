//! The plugin in the real sandbox. `cargo xtask build-plugins quick-start` builds what is tested
//! here.

use std::sync::Arc;

use raisfast_testkit::{
    Level, PostInput, PostOutput, Sandbox, SandboxedPlugin,
    hook::{OnPostCreated, OnPostCreating},
};

async fn quick_start() -> SandboxedPlugin {
    let loaded = Sandbox::new().load("../../target/plugins/quick-start");
    loaded.await.unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn a_post_without_slug_and_excerpt_gets_them() {
    let post = PostInput {
        title: "My First Post".into(),
        content: "Hello".into(),
        ..PostInput::default()
    };
    let plugin = quick_start().await;
    let changed = plugin.filter::<OnPostCreating>(post.clone()).await;
    let expected = PostInput {
        slug: Some("my-first-post".into()),
        excerpt: Some("Hello".into()),
        ..post
    };
    assert_eq!(changed.unwrap(), Some(expected));
}

#[tokio::test]
async fn real_titles_and_texts_give_what_a_server_takes() {
    let plugin = quick_start().await;
    for (title, slug) in [
        ("What's new?", Some("what-s-new")),
        (
            "C++, Rust & \"Zig\": a comparison",
            Some("c-rust-zig-a-comparison"),
        ),
        ("Grüße aus Köln", Some("grüße-aus-köln")),
        // The server makes one.
        ("?!", None),
    ] {
        let post = PostInput {
            title: title.into(),
            content: "ä€🦀".repeat(100),
            ..PostInput::default()
        };
        let changed = plugin.filter::<OnPostCreating>(post).await;
        let changed = changed.unwrap().expect("the plugin always answers");
        assert_eq!(changed.slug.as_deref(), slug, "{title}");
        assert_eq!(changed.excerpt.unwrap().chars().count(), 160);
    }
}

#[tokio::test]
async fn a_given_slug_is_kept() {
    let post = PostInput {
        title: "My First Post".into(),
        slug: Some("first".into()),
        ..PostInput::default()
    };
    let changed = quick_start().await.filter::<OnPostCreating>(post).await;
    let changed = changed.unwrap().expect("the plugin always answers");
    assert_eq!(changed.slug.as_deref(), Some("first"));
}

#[tokio::test]
async fn a_created_post_is_logged_and_leaves_a_file() {
    let plugin = quick_start().await;
    let post = PostOutput {
        slug: "hello".into(),
        ..PostOutput::default()
    };
    plugin
        .call::<OnPostCreated>((Arc::new(post),))
        .await
        .unwrap();
    assert_eq!(plugin.messages(), ["published: hello"]);
    assert_eq!(
        plugin.files().await,
        [("cache/posts/hello.json".into(), "{}".into())].into()
    );
}

#[tokio::test]
async fn the_cron_job_logs_what_it_was_given() {
    let plugin = quick_start().await;
    plugin.fire_cron("my_task").await.unwrap();
    let [entry] = &plugin.logs()[..] else {
        panic!("one record, but {:?}", plugin.logs());
    };
    assert_eq!(entry.level, Level::Info);
    assert!(entry.message.starts_with("cron fired: {"), "{entry:?}");
    assert!(
        entry.message.contains("\"job_type\":\"my_task\""),
        "{entry:?}"
    );
}
