//! The failures that pause a plugin, and those that are not its own.

use std::time::Duration;

use raisfast_tests::{Answer, HeldServer, Manifest, TestServer, content_type, eventually, script};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::{LONG, MOODY, STAMP, answers, breaker_of, fail, moody, pausing, reached, state_of};

#[tokio::test(flavor = "multi_thread")]
async fn five_failures_in_a_row_pause_one_hook_of_one_plugin() {
    let stamp = Manifest::new(STAMP, &["on-post-creating", "filter-html"])
        .with("[config]\nversion = \"one\"");
    let server = pausing(LONG)
        .guest("moody", &moody(&["on-post-creating", "filter-html"]))
        .guest("stamp", &stamp)
        .start()
        .await;

    fail_with_stamp(&server, 4).await;
    let post = server.publish("fine").await;
    assert_eq!(post["excerpt"], "one", "the stamp comes after moody");
    assert_eq!(state_of(&server, "on-post-creating").await, "closed");
    fail_with_stamp(&server, 5).await;
    assert_eq!(reached(&server, "on-post-creating").await, 10);

    let post = server.publish("Fine again").await;
    assert_eq!(post["excerpt"], "one", "the other plugin is called");
    assert_eq!(reached(&server, "on-post-creating").await, 10);
    let breaker = breaker_of(&server, "on-post-creating").await;
    assert_eq!(breaker["state"], "open");
    assert_eq!(
        (&breaker["failures"], &breaker["skipped"]),
        (&json!(5), &json!(1))
    );
    assert!(breaker["since"].as_str() < breaker["until"].as_str());
    let reason = breaker["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("the guest trapped"), "{reason}");

    assert_eq!(state_of(&server, "filter-html").await, "closed");
    let html = server.html("fine-again").await;
    assert!(
        html.contains("<!--moody-->") && html.contains("<!--stamp one-->"),
        "{html}"
    );

    let plugin = server.plugin(MOODY).await;
    assert_eq!(plugin["state"], "running");
    assert_eq!(
        plugin["hooks"][0]["calls"], 10,
        "a skipped call does not count"
    );
    let record = server.record(MOODY, "is paused in on-post-creating").await;
    assert_eq!(record["level"], "error");
    let message = record["message"].as_str().expect("text");
    let way_out = format!("`raisfast plugin reset {MOODY}`");
    assert!(
        message.contains("5 calls in a row failed") && message.contains(&way_out),
        "{message}"
    );
    let metrics = server.admin.get("/metrics").await.body;
    let metrics = metrics.as_str().expect("text");
    let labels = format!("{{plugin=\"{MOODY}\",hook=\"on-post-creating\"}}");
    for figure in [
        format!("raisfast_plugin_breaker_state{labels} 2"),
        format!("raisfast_plugin_calls_skipped{labels} 1"),
    ] {
        assert!(metrics.contains(&figure), "{figure}");
    }
}

/// Fails so often, where the guest `stamp` sets the excerpt after the guest `moody`.
async fn fail_with_stamp(server: &TestServer, times: usize) {
    for _ in 0..times {
        assert_eq!(server.publish("fail").await["excerpt"], "one");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_refused_and_a_missed_deadline_count_as_a_trap_does() {
    let server = pausing(LONG)
        .guest("moody", &moody(&["on-post-creating"]))
        .start()
        .await;
    for title in ["fail", "invalid", "spin", "invalid", "fail"] {
        assert_eq!(state_of(&server, "on-post-creating").await, "closed");
        assert!(!answers(&server, title).await);
    }
    assert_eq!(state_of(&server, "on-post-creating").await, "open");
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_wait_for_an_instance_in_vain_do_not_pause_the_plugin() {
    let manifest =
        moody(&[]).with("[hooks.on-post-creating]\n[hooks.on-comment-creating]\ntimeout_ms = 20");
    let server = pausing(LONG).guest("moody", &manifest).start().await;
    server.publish("Here").await;
    let spinning = {
        let admin = server.admin.clone();
        tokio::spawn(async move {
            let post = json!({"title": "spin"});
            admin.post("/api/v1/posts", &post).await.expect(201)
        })
    };
    eventually("the only instance is busy", || async {
        (server.plugin(MOODY).await["pool"]["busy"] == 1).then_some(())
    })
    .await;
    let comment = json!({"content": "hello"});
    let waited = eventually("callers have waited in vain", || async {
        let path = "/api/v1/posts/here/comments";
        server.visitor.post(path, &comment).await.expect(201);
        let plugin = server.plugin(MOODY).await;
        let hooks = plugin["hooks"].as_array().unwrap().clone();
        let comments = hooks
            .into_iter()
            .find(|hook| hook["hook"] == "on-comment-creating")?;
        (comments["errors"].as_u64() >= Some(6)).then_some(comments)
    })
    .await;
    assert_eq!(waited["breaker"]["state"], "closed");
    assert_eq!(waited["breaker"]["failures"], 0);
    spinning.await.expect("it ends at its deadline");
}

/// A server on which the only instance of a plugin waits for somebody else's, and so do five
/// callers, in vain.
async fn stuck(held: &HeldServer) -> (TestServer, JoinHandle<Answer>) {
    let manifest = format!(
        "[permissions]\ntimeout_ms = 30000\nhttp = [\"{}\"]\n[pool]\nsize = 1",
        held.origin()
    );
    let server = pausing(LONG)
        .caller(MOODY, &manifest)
        .config(|config| {
            config.plugins.instance_wait = Duration::from_millis(50);
            config.allowed_networks = vec!["127.0.0.0/8".parse().expect("a network")];
        })
        .start()
        .await;
    let call = script(&[("http-get", json!([held.origin()]))]);
    let first = {
        let (admin, call) = (server.admin.clone(), call.clone());
        let path = format!("/api/v1/content/{}", content_type(MOODY));
        tokio::spawn(async move { admin.post(&path, &call).await })
    };
    held.called(1).await;
    for _ in 0..5 {
        let refused = server.script(MOODY, &call).await.expect(422);
        let detail = refused["detail"].as_str().expect("a reason");
        assert!(
            detail.contains("because no call has ended: 1 of this hook"),
            "{detail}"
        );
    }
    assert_eq!(state_of(&server, "on-content-creating").await, "open");
    (server, first)
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_do_not_end_count_before_they_end() {
    let held = HeldServer::start().await;
    let (server, first) = stuck(&held).await;
    assert!(!first.is_finished(), "its deadline is far");
    // Nobody waits any more.
    server.script(MOODY, &script(&[])).await.expect(422);
    let pool = server.plugin(MOODY).await["pool"].clone();
    assert_eq!((&pool["busy"], &pool["waiting"]), (&json!(1), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_was_only_slow_is_called_again_at_once() {
    let held = HeldServer::start().await;
    let (server, first) = stuck(&held).await;
    held.open();
    first.await.expect("it is answered").expect(201);
    assert_eq!(state_of(&server, "on-content-creating").await, "closed");
    server.script(MOODY, &script(&[])).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_may_do_without() {
    let server = pausing(LONG)
        .guest("moody", &moody(&["on-post-creating"]))
        .config(|config| config.plugins.breaker.failures = 0)
        .start()
        .await;
    fail(&server, 7).await;
    assert!(answers(&server, "fine").await);
    assert_eq!(state_of(&server, "on-post-creating").await, "closed");
}
