//! A plugin that fails again and again is paused, and nothing else is.

use std::time::Duration;

use raisfast::Event;
use raisfast_tests::{
    Answer, HeldServer, Manifest, Settings, TestServer, content_type, eventually, guest, script,
};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

const MOODY: &str = "com.example.moody";
const STAMP: &str = "com.example.stamp";
const BINARY: &str = env!("CARGO_BIN_EXE_raisfast-under-test");

/// Longer than any test.
const LONG: Duration = Duration::from_mins(10);
/// Over when the next request comes.
const SHORT: Duration = Duration::from_millis(1);

fn moody(hooks: &[&str]) -> Manifest {
    Manifest::new(MOODY, hooks).with("[permissions]\ntimeout_ms = 1000\n[pool]\nsize = 1")
}

/// A server that pauses plugins for so long.
fn pausing(pause: Duration) -> Settings {
    TestServer::with().config(move |config| {
        config.plugins.breaker.pause = pause;
        config.plugins.breaker.max_pause = LONG;
    })
}

async fn breaker_of(server: &TestServer, hook: &str) -> Value {
    let plugin = server.plugin(MOODY).await;
    let mut hooks = plugin["hooks"].as_array().expect("hooks").iter();
    let found = hooks.find(|found| found["hook"] == hook);
    found.expect("the hook is listed")["breaker"].clone()
}

async fn state_of(server: &TestServer, hook: &str) -> String {
    let breaker = breaker_of(server, hook).await;
    breaker["state"].as_str().expect("a state").to_owned()
}

/// Returns the number of calls of a hook that reached the guest.
async fn reached(server: &TestServer, hook: &str) -> u64 {
    let calls = server.stored(MOODY, &format!("calls:{hook}")).await;
    calls.map_or(0, |text| text.parse().expect("a number"))
}

/// Creates a post, and says whether the guest has answered.
async fn answers(server: &TestServer, title: &str) -> bool {
    let post = server.publish(title).await;
    match &post["excerpt"] {
        Value::Null => false,
        excerpt => {
            assert_eq!(excerpt, "moody was here");
            true
        }
    }
}

async fn fail(server: &TestServer, times: usize) {
    for _ in 0..times {
        assert!(!answers(server, "fail").await);
    }
}

async fn reset(server: &TestServer) -> Value {
    let path = format!("/api/v1/admin/plugins/{MOODY}/reset");
    server.admin.post(&path, &Value::Null).await.expect(200)
}

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

#[tokio::test(flavor = "multi_thread")]
async fn listeners_hear_of_each_change() {
    let server = pausing(SHORT)
        .guest("moody", &moody(&["on-post-creating"]))
        .start()
        .await;
    let mut events = server.server().events().subscribe();
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
        let event = events.recv().await.expect("the stream goes on");
        assert_eq!(event.name(), "breaker");
        let event: Event = event;
        let told = serde_json::to_value(&event).expect("JSON");
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
