//! A pause that outlives the server, and what else than a probe ends it.

use raisfast_tests::guest;
use serde_json::Value;

use crate::{
    BINARY, LONG, MOODY, answers, breaker_of, fail, moody, pausing, reached, reset, state_of,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_survives_a_restart_and_an_admin_ends_it() {
    let server = pausing(LONG)
        .guest("moody", &moody(&["on-post-creating"]))
        .start()
        .await;
    fail(&server, 5).await;
    let before = breaker_of(&server, "on-post-creating").await;

    let server = server.restart().await;
    let after = breaker_of(&server, "on-post-creating").await;
    assert_eq!(after["state"], "open");
    for field in ["failures", "since", "until", "reason"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert!(!answers(&server, "fine").await);
    assert_eq!(reached(&server, "on-post-creating").await, 5);

    let path = format!("/api/v1/admin/plugins/{MOODY}/reset");
    server.visitor.post(&path, &Value::Null).await.expect(401);
    assert!(!answers(&server, "fine").await);
    let plugin = reset(&server).await;
    assert_eq!(plugin["hooks"][0]["breaker"]["state"], "closed");
    assert!(answers(&server, "fine").await);

    let server = server.restart().await;
    assert_eq!(state_of(&server, "on-post-creating").await, "closed");
    assert!(answers(&server, "fine").await);
    let unknown = "/api/v1/admin/plugins/com.example.nobody/reset";
    server.admin.post(unknown, &Value::Null).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_ends_a_pause() {
    let server = pausing(LONG)
        .guest("moody", &moody(&["on-post-creating"]))
        .start()
        .await;
    fail(&server, 5).await;
    let reset = ["plugin", "reset", MOODY];
    let (ok, text) = server.command(BINARY, &reset).await;
    assert!(
        ok && text == "com.example.moody is called again\n",
        "{text}"
    );
    assert_eq!(state_of(&server, "on-post-creating").await, "closed");
    assert!(answers(&server, "fine").await);

    let unknown = ["plugin", "reset", "com.example.nobody"];
    let (ok, text) = server.command(BINARY, &unknown).await;
    assert!(!ok && text.contains("com.example.nobody"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_begins_with_a_clean_slate_and_the_same_one_does_not() {
    let server = pausing(LONG)
        .guest("moody", &moody(&["on-post-creating"]))
        .start()
        .await;
    fail(&server, 5).await;
    let path = format!("/api/v1/admin/plugins/{MOODY}");
    for action in ["reload", "disable", "enable"] {
        let path = format!("{path}/{action}");
        server.admin.post(&path, &Value::Null).await.expect(200);
    }
    assert_eq!(state_of(&server, "on-post-creating").await, "open");
    let generation = server.plugin(MOODY).await["generation"].as_u64().unwrap();

    let fixed = moody(&["on-post-creating"]).with("[config]\nmended = \"yes\"");
    server.deploy("moody", &guest("moody"), &fixed);
    server.reaches(MOODY, "running", generation + 1).await;
    assert_eq!(state_of(&server, "on-post-creating").await, "closed");
    assert!(answers(&server, "fine").await);
    server.record(MOODY, "this is another version of it").await;

    let server = server.restart().await;
    assert_eq!(state_of(&server, "on-post-creating").await, "closed");
}
