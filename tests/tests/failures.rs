//! A guest that ends its calls in every bad way: what it costs its users and its author is told.

use raisfast_tests::{Manifest, TestServer, eventually};
use serde_json::{Value, json};

const PANICS: &str = "com.example.panics";

/// The guest `panics`, with limits that a test reaches soon. The title of a post says how it fails.
async fn misbehaving(hook: &str) -> TestServer {
    let manifest = Manifest::new(PANICS, &[hook])
        .with("[permissions]\ntimeout_ms = 500\nmax_memory_mb = 8\n[pool]\nsize = 2");
    TestServer::with()
        .guest("panics", &manifest)
        // It is to fail as often as a test wants.
        .config(|config| config.plugins.breaker.failures = 0)
        .start()
        .await
}

/// Lets the guest fail, and returns what its author is told. The request succeeds without the
/// plugin, the next call works, and both instances are there again.
async fn fails(title: &str) -> String {
    let server = misbehaving("on-post-creating").await;
    let post = server.publish(title).await;
    assert_eq!(
        (&post["title"], &post["excerpt"]),
        (&json!(title), &Value::Null)
    );

    let plugin = eventually("the lost instance is replaced", || async {
        let plugin = server.plugin(PANICS).await;
        (plugin["pool"]["idle"] == 2).then_some(plugin)
    })
    .await;
    assert_eq!(plugin["state"], "running");
    assert_eq!(plugin["pool"]["discarded"], 1);
    assert_eq!(plugin["hooks"][0]["errors"], 1);
    for title in ["one", "two", "three"] {
        assert_eq!(server.publish(title).await["excerpt"], "healthy");
    }
    let error = plugin["last_error"].as_str().expect("it failed");
    let (_time, error) = error.split_once(" on-post-creating: ").expect(error);
    error.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_is_told_as_what_it_is() {
    assert_eq!(
        fails("trap").await,
        "the guest trapped: it reached `unreachable`, as a panic or a failed allocation does; the plugin's log may say more"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_never_returns_ends_at_its_deadline() {
    assert_eq!(
        fails("spin").await,
        "no answer within 500 ms; the plugin's `timeout_ms` can raise this"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recursion_without_end_traps() {
    // Rust keeps its stack at the beginning of the memory, and this recursion leaves it there.
    assert_eq!(
        fails("recurse").await,
        "the guest trapped: it went beyond its memory, as too deep a recursion or wrong unsafe code does"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_needs_more_memory_than_it_may_have_is_told_the_limit() {
    let error = fails("oom").await;
    assert!(
        error.starts_with("the guest ran out of memory: it reached `unreachable`")
            && error.contains("It may have 8 MiB; `max_memory_mb`"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_logged_with_its_message_and_place() {
    let server = misbehaving("on-post-creating").await;
    assert_eq!(server.publish("panic").await["excerpt"], Value::Null);
    let message = server.logs(PANICS, "the post asked for a panic").await;
    assert!(message.contains("src/lib.rs:"), "{message}");
    let plugin = server.plugin(PANICS).await;
    let error = plugin["last_error"].as_str().unwrap();
    assert!(error.contains("the plugin's log may say more"), "{error}");
    assert_eq!(server.publish("fine").await["excerpt"], "healthy");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_fails_keeps_nothing_from_those_behind_it() {
    let server = misbehaving("on-post-created").await;
    for title in ["panic", "trap", "spin", "recurse", "oom", "fine"] {
        assert_eq!(server.publish(title).await["title"], title);
    }
    // Those that fail are tried again after a while.
    let (calls, errors) = eventually("each is delivered once", async || {
        let plugin = server.plugin(PANICS).await;
        let count = |name: &str| plugin["hooks"][0][name].as_u64().expect("a count");
        let (calls, errors) = (count("calls"), count("errors"));
        (errors >= 5 && calls > errors).then_some((calls, errors))
    })
    .await;
    assert_eq!(calls - errors, 1);
}
