//! The call that tries a plugin after its pause.

use raisfast_tests::eventually;
use serde_json::{Value, json};

use crate::{LONG, MOODY, SHORT, answers, breaker_of, fail, moody, pausing, reached, state_of};

#[tokio::test(flavor = "multi_thread")]
async fn after_the_pause_one_call_tries_the_plugin_and_its_answer_ends_it() {
    let server = pausing(SHORT)
        .guest("moody", &moody(&["on-post-creating"]))
        .start()
        .await;
    fail(&server, 5).await;
    eventually("the plugin is called again", || async {
        answers(&server, "fine").await.then_some(())
    })
    .await;
    let breaker = breaker_of(&server, "on-post-creating").await;
    assert_eq!(breaker["state"], "closed");
    assert_eq!(
        (&breaker["failures"], &breaker["since"], &breaker["reason"]),
        (&json!(0), &Value::Null, &Value::Null)
    );
    assert!(answers(&server, "fine").await);
    server.record(MOODY, "it has answered a call").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_tries_the_plugin_and_fails_pauses_it_for_longer() {
    let server = pausing(SHORT)
        .guest("moody", &moody(&["on-post-creating"]))
        .start()
        .await;
    fail(&server, 5).await;
    let first = breaker_of(&server, "on-post-creating").await;
    let again = eventually("the plugin has been tried", || async {
        fail(&server, 1).await;
        let breaker = breaker_of(&server, "on-post-creating").await;
        (breaker["failures"].as_u64() > Some(5)).then_some(breaker)
    })
    .await;
    assert_eq!(again["state"], "open");
    assert_eq!(again["since"], first["since"], "it is the same trouble");
    assert!(again["until"].as_str() > first["until"].as_str());
    let record = server
        .record(MOODY, "stays paused in on-post-creating")
        .await;
    assert_eq!(record["level"], "error");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_whose_caller_hangs_up_leaves_its_place_to_another() {
    // No deadline ends the probe within the test's.
    let manifest = moody(&[]).with("[hooks.filter-html]\ntimeout_ms = 30000");
    let server = pausing(SHORT).guest("moody", &manifest).start().await;
    for text in ["fail", "spin", "fine"] {
        let post = json!({"title": text, "content": text, "status": "published"});
        server.create_post(&post).await;
    }
    for _ in 0..5 {
        server.html("fail").await;
    }
    let visitor = server.visitor.clone();
    let impatient = tokio::spawn(async move { visitor.get("/api/v1/posts/spin").await });
    eventually("the spinning page tries the plugin", || async {
        (state_of(&server, "filter-html").await == "half-open").then_some(())
    })
    .await;
    let meanwhile = server.html("fine").await;
    assert!(!meanwhile.contains("<!--moody-->"), "one call at a time");
    impatient.abort();
    eventually("the next page tries it and gets its answer", || async {
        let html = server.html("fine").await;
        html.contains("<!--moody-->").then_some(())
    })
    .await;
    assert_eq!(state_of(&server, "filter-html").await, "closed");
    let records = server.logged(MOODY);
    assert!(
        !records.iter().any(|record| record.contains("stays paused")),
        "who hangs up says nothing about the plugin: {records:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_tries_the_plugin_after_the_pause() {
    let server = pausing(SHORT)
        .guest("moody", &moody(&["on-post-created"]))
        .config(|config| config.outbox.first_retry = LONG)
        .start()
        .await;
    for _ in 0..5 {
        server.publish("fail").await;
    }
    // Records are told side by side: a good one among them would not come to five in a row.
    server.server().settled().await;
    server.publish("fine").await;
    eventually("the plugin is tried without a request", || async {
        let told = reached(&server, "on-post-created").await == 6;
        (told && state_of(&server, "on-post-created").await == "closed").then_some(())
    })
    .await;
}
