//! The plugin in the real sandbox. `cargo xtask build-plugins digest` builds what is tested here.

use raisfast_testkit::{Level, Method, PostOutput, Request, Sandbox, SandboxedPlugin};

const WEBHOOK: &str = "https://hooks.example.com/digest";

/// A sandbox with a webhook that is set, but does not answer yet.
fn with_webhook() -> Sandbox {
    Sandbox::new().with_config("webhook_url", WEBHOOK)
}

async fn load(sandbox: Sandbox) -> SandboxedPlugin {
    let loaded = sandbox.load("../../target/plugins/digest").await;
    loaded.unwrap_or_else(|error| panic!("{error}"))
}

fn published(slug: &str, at: &str) -> PostOutput {
    PostOutput {
        title: slug.to_uppercase(),
        slug: slug.into(),
        status: "published".into(),
        published_at: Some(at.into()),
        ..PostOutput::default()
    }
}

/// Fires the job, due at 8:00 of a day.
async fn fire(plugin: &SandboxedPlugin, day: &str) {
    let due = format!("{day}T08:00:00Z").parse().expect("a time");
    plugin
        .fire_cron_at("digest", due)
        .await
        .expect("it returns");
}

fn sent(text: &str) -> Request {
    Request {
        method: Method::Post,
        url: WEBHOOK.into(),
        headers: vec![("content-type".into(), "application/json".into())],
        body: format!("{{\"text\":\"{text}\"}}"),
    }
}

#[tokio::test]
async fn published_posts_are_written_sent_and_remembered() {
    let excerpted = PostOutput {
        excerpt: Some("The first.".into()),
        ..published("one", "2026-11-20T10:00:00Z")
    };
    let draft = PostOutput {
        slug: "draft".into(),
        ..PostOutput::default()
    };
    let sandbox = with_webhook()
        .with_post(published("two", "2026-11-21T10:00:00Z"))
        .with_post(excerpted)
        .with_post(draft)
        .with_http(WEBHOOK, 200, "ok");
    let plugin = load(sandbox).await;
    fire(&plugin, "2026-11-23").await;

    let digest = "# 2 new posts\n\n- [ONE](/posts/one): The first.\n- [TWO](/posts/two)\n";
    assert_eq!(
        plugin.files().await,
        [("digests/2026-11-23.md".into(), digest.into())].into()
    );
    assert_eq!(plugin.requests(), [sent(&digest.replace('\n', "\\n"))]);
    assert_eq!(plugin.messages(), ["2 posts are in digests/2026-11-23.md"]);
}

#[tokio::test]
async fn the_next_digest_has_only_what_is_new() {
    let sandbox = with_webhook()
        .with_post(published("one", "2026-11-20T10:00:00Z"))
        .with_http(WEBHOOK, 200, "ok");
    let plugin = load(sandbox).await;
    fire(&plugin, "2026-11-23").await;
    let later = published("two", "2026-11-25T10:00:00Z");
    plugin.add_post(later).await.unwrap();
    fire(&plugin, "2026-11-30").await;

    let files = plugin.files().await;
    assert_eq!(files.len(), 2, "{files:?}");
    assert_eq!(
        files["digests/2026-11-30.md"],
        "# 1 new post\n\n- [TWO](/posts/two)\n"
    );
    assert_eq!(
        plugin.requests(),
        [
            sent("# 1 new post\\n\\n- [ONE](/posts/one)\\n"),
            sent("# 1 new post\\n\\n- [TWO](/posts/two)\\n"),
        ]
    );
}

#[tokio::test]
async fn without_new_posts_nothing_is_written_or_sent() {
    let plugin = load(with_webhook().with_http(WEBHOOK, 200, "ok")).await;
    fire(&plugin, "2026-11-23").await;
    assert!(plugin.files().await.is_empty());
    assert_eq!(plugin.requests(), []);
    assert_eq!(
        plugin.messages(),
        ["nothing was published since the last digest"]
    );
}

#[tokio::test]
async fn a_webhook_that_fails_gets_the_posts_next_time() {
    let sandbox = with_webhook()
        .with_post(published("one", "2026-11-20T10:00:00Z"))
        .with_http(WEBHOOK, 503, "")
        .with_http(WEBHOOK, 200, "ok");
    let plugin = load(sandbox).await;
    fire(&plugin, "2026-11-23").await;
    let logs = plugin.logs();
    let error = logs.last().expect("the failure is logged");
    assert_eq!(error.level, Level::Error);
    assert!(
        error
            .message
            .starts_with("the webhook did not take the digest"),
        "{error:?}"
    );
    assert!(plugin.data().await.is_empty(), "nothing is remembered");

    let later = published("two", "2026-11-25T10:00:00Z");
    plugin.add_post(later).await.unwrap();
    fire(&plugin, "2026-11-30").await;
    let requests = plugin.requests();
    assert_eq!(
        requests[1],
        sent("# 2 new posts\\n\\n- [ONE](/posts/one)\\n- [TWO](/posts/two)\\n")
    );

    fire(&plugin, "2026-12-07").await;
    assert_eq!(plugin.requests().len(), 2, "both are through");
}

#[tokio::test]
async fn without_webhook_the_digest_is_written_and_remembered() {
    let post = published("one", "2026-11-20T10:00:00Z");
    let plugin = load(Sandbox::new().with_post(post)).await;
    fire(&plugin, "2026-11-23").await;
    fire(&plugin, "2026-11-30").await;
    let files = plugin.files().await;
    assert_eq!(files.keys().collect::<Vec<_>>(), ["digests/2026-11-23.md"]);
    assert_eq!(plugin.requests(), []);
}

#[tokio::test]
async fn a_webhook_that_the_manifest_does_not_grant_is_named_in_the_log() {
    let sandbox = Sandbox::new()
        .with_config("webhook_url", "https://elsewhere.example/hook")
        .with_post(published("one", "2026-11-20T10:00:00Z"));
    let plugin = load(sandbox).await;
    fire(&plugin, "2026-11-23").await;
    assert_eq!(plugin.requests(), []);
    let log = plugin.messages().join("\n");
    assert!(
        log.contains("http = [\"https://elsewhere.example\"]"),
        "{log}"
    );
}

#[tokio::test]
async fn more_than_a_hundred_posts_of_one_moment_are_all_digested() {
    let mut sandbox = Sandbox::new();
    for number in 0..150 {
        let post = published(&format!("post-{number}"), "2026-11-20T10:00:00Z");
        sandbox = sandbox.with_post(post);
    }
    let plugin = load(sandbox).await;
    fire(&plugin, "2026-11-23").await;
    fire(&plugin, "2026-11-30").await;
    let digests = plugin.files().await.into_values().collect::<String>();
    for number in 0..150 {
        let link = format!("(/posts/post-{number})");
        assert_eq!(digests.matches(&link).count(), 1, "{link}");
    }
}
