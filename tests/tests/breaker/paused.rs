//! A plugin while it is paused: what it guards, what waits for it, who is told.

use raisfast::Heard;
use raisfast_tests::eventually;
use serde_json::{Value, json};

use crate::{
    LONG, MOODY, SHORT, answers, breaker_of, fail, moody, pausing, reached, reset, state_of,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_that_is_paused_still_lets_nothing_through() {
    let manifest = moody(&[]).with("[hooks.on-comment-creating]\non_error = \"abort\"");
    let server = pausing(LONG).guest("moody", &manifest).start().await;
    server.publish("Here").await;
    let comment = |content: &'static str| {
        let body = json!({ "content": content });
        let visitor = server.visitor.clone();
        async move { visitor.post("/api/v1/posts/here/comments", &body).await }
    };
    for _ in 0..5 {
        comment("fail").await.expect(422);
    }
    let problem = comment("buy this").await.expect(422);
    assert_eq!(reached(&server, "on-comment-creating").await, 5);
    assert_eq!(problem["type"], "urn:raisfast:refused-by-plugin");
    assert_eq!(
        (&problem["plugin"], &problem["hook"]),
        (&json!(MOODY), &json!("on-comment-creating"))
    );
    let detail = problem["detail"].as_str().expect("a reason");
    let breaker = breaker_of(&server, "on-comment-creating").await;
    for part in ["since", "until"] {
        let time = breaker[part].as_str().expect("a time");
        assert!(detail.contains(&format!("{part} {time}")), "{detail}");
    }
    assert!(
        detail.contains(&format!("`raisfast plugin reset {MOODY}`")),
        "{detail}"
    );
    let stored = server.visitor.get("/api/v1/posts/here/comments").await;
    assert_eq!(stored.expect(200)["items"], json!([]));

    reset(&server).await;
    assert_eq!(comment("hello").await.expect(201)["nickname"], "moody");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_plugin_is_not_called_by_hand_either() {
    let manifest = moody(&[]).with(
        "[[cron]]\nlabel = \"x\"\njob_type = \"x\"\ncron_expr = \"0 0 1 1 *\"\npayload = \"fail\"",
    );
    let server = pausing(LONG).guest("moody", &manifest).start().await;
    let path = format!("/api/v1/admin/cron/{MOODY}/x");
    for _ in 0..5 {
        server.admin.post(&path, &Value::Null).await.expect(502);
    }
    let problem = server.admin.post(&path, &Value::Null).await.expect(503);
    let detail = problem["detail"].as_str().expect("a reason");
    assert!(detail.contains("paused since"), "{detail}");
    assert_eq!(reached(&server, "on-cron-tick").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_paused_plugin_is_to_be_told_waits_for_it() {
    let server = pausing(LONG)
        .guest("moody", &moody(&["on-post-created"]))
        .config(|config| config.outbox.first_retry = LONG)
        .start()
        .await;
    for _ in 0..5 {
        server.publish("fail").await;
        server.server().settled().await;
    }
    server.publish("fine").await;
    server.server().settled().await;
    assert_eq!(reached(&server, "on-post-created").await, 5);

    reset(&server).await;
    eventually("it is told", || async {
        (reached(&server, "on-post-created").await == 6).then_some(())
    })
    .await;
    assert_eq!(state_of(&server, "on-post-created").await, "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn listeners_hear_of_each_change() {
    let server = pausing(SHORT)
        .guest("moody", &moody(&["on-post-creating"]))
        .start()
        .await;
    let events = server.server().events().listen();
    let mut events = events.await.expect("a listener");
    fail(&server, 5).await;
    eventually("the plugin is called again", || async {
        answers(&server, "fine").await.then_some(())
    })
    .await;
    for (kind, state) in [
        ("paused", "open"),
        ("probing", "half-open"),
        ("recovered", "closed"),
    ] {
        let Heard::Event(event) = events.next().await else {
            panic!("events are lost");
        };
        assert_eq!(event.name, "breaker");
        let told = event.body;
        assert_eq!(
            (
                &told["type"],
                &told["state"],
                &told["plugin"],
                &told["hook"]
            ),
            (
                &json!(kind),
                &json!(state),
                &json!(MOODY),
                &json!("on-post-creating")
            )
        );
    }
}
