//! The administrators' view of deliveries, over HTTP and on the command line.

use std::time::Duration;

use raisfast_tests::{Manifest, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

const PANICS: &str = "com.example.panics";
const BINARY: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
const OUTBOX: &str = "/api/v1/admin/outbox";

/// A server whose plugin traps in the action of a post called `trap`. What fails is tried again in
/// an hour.
async fn failing(max_waiting: u64) -> TestServer {
    TestServer::with()
        .guest("panics", &Manifest::new(PANICS, &["on-post-created"]))
        .config(move |config| {
            config.outbox.first_retry = Duration::from_hours(1);
            config.outbox.max_waiting = max_waiting.try_into().expect("not 0");
        })
        .start()
        .await
}

async fn letters(server: &TestServer) -> Vec<Value> {
    server.server().settled().await;
    let page = server.admin.get(OUTBOX).await.expect(200);
    assert_eq!(page["next"], Value::Null);
    page["items"].as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_failed_is_shown_without_its_content_retried_and_discarded() {
    let server = failing(100).await;
    let post = server.publish("trap").await;
    server.publish("fine").await;
    let [letter] = letters(&server).await.try_into().expect("one is left");
    assert_eq!(letter["plugin"], PANICS);
    assert_eq!(letter["hook"], "on-post-created");
    assert_eq!(letter["record"], json!({"kind": "post", "id": post["id"]}));
    assert_eq!(
        (&letter["state"], &letter["attempts"]),
        (&json!("retrying"), &json!(1))
    );
    let reason = letter["last_error"].as_str().expect("a reason");
    assert!(reason.contains("unreachable"), "{reason}");
    assert!(
        letter["next_attempt_at"].as_str() > letter["created_at"].as_str(),
        "{letter}"
    );
    assert!(!letter.to_string().contains("Some text"), "{letter}");

    let one = format!("{OUTBOX}/{}", letter["id"].as_str().expect("an id"));
    server
        .admin
        .post(&format!("{one}/retry"), &Value::Null)
        .await
        .expect(204);
    letters(&server).await;
    let calls = || async { server.plugin(PANICS).await["hooks"][0]["calls"].clone() };
    assert_eq!(calls().await, 3, "two posts, and one try more");
    let all = format!("{OUTBOX}/retry?plugin={PANICS}");
    let retried = server.admin.post(&all, &Value::Null).await.expect(200);
    assert_eq!(retried, json!({"deliveries": 1}));
    server.server().settled().await;
    assert_eq!(calls().await, 4);

    server.admin.delete(&one).await.expect(204);
    assert!(letters(&server).await.is_empty());
    server.admin.delete(&one).await.expect(404);
    server
        .admin
        .post(&format!("{one}/retry"), &Value::Null)
        .await
        .expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_of_the_outbox_is_refused_in_words() {
    let server = failing(100).await;
    for (path, says) in [
        ("?limit=0", "1 to 100"),
        ("?state=lost", "state"),
        ("?cursor=next", "cursor"),
        ("?colour=red", "colour"),
    ] {
        let problem = server
            .admin
            .get(&format!("{OUTBOX}{path}"))
            .await
            .expect(400);
        assert!(
            problem["detail"].as_str().unwrap().contains(says),
            "{path}: {problem}"
        );
    }
    let problem = server.admin.delete(OUTBOX).await.expect(400);
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("name the plugin"),
        "{problem}"
    );
    for method in [Method::GET, Method::DELETE] {
        let answer = server.visitor.request(method, OUTBOX).send().await.unwrap();
        assert_eq!(answer.status(), 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_outbox_refuses_changes_with_the_plugin_and_what_to_do() {
    let server = failing(1).await;
    server.publish("trap").await;
    server.server().settled().await;
    let post = json!({"title": "Too much", "status": "published"});
    let request = server
        .admin
        .request(Method::POST, "/api/v1/posts")
        .json(&post);
    let answer = request.send().await.expect("the server answers");
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "10");
    let problem: Value = answer.json().await.expect("JSON");
    assert_eq!(problem["type"], "urn:raisfast:outbox-full");
    assert_eq!(problem["plugin"], PANICS);
    let detail = problem["detail"].as_str().expect("words");
    assert!(
        detail.contains("raisfast outbox list --plugin com.example.panics"),
        "{detail}"
    );
    server
        .visitor
        .get("/api/v1/posts/too-much")
        .await
        .expect(404);

    let metrics = server.admin.get("/metrics").await.expect(200);
    let figures = metrics.as_str().expect("text");
    for line in [
        "raisfast_outbox_waiting{plugin=\"com.example.panics\"} 1",
        "raisfast_outbox_dead{plugin=\"com.example.panics\"} 0",
        "raisfast_outbox_refused_total{plugin=\"com.example.panics\"} 1",
    ] {
        assert!(
            figures.lines().any(|found| found == line),
            "{line} in {figures}"
        );
    }
    let age = figures
        .lines()
        .find_map(|line| {
            line.strip_prefix("raisfast_outbox_oldest_seconds{plugin=\"com.example.panics\"} ")
        })
        .expect("the oldest has an age");
    assert!(age.parse::<f64>().expect("a number") > 0.0, "{age}");

    let all = format!("{OUTBOX}?plugin={PANICS}&state=retrying");
    let discarded = server.admin.delete(&all).await.expect(200);
    assert_eq!(discarded, json!({"deliveries": 1}));
    server.create_post(&post).await;
}

/// Runs `raisfast outbox` against a server, and gives what it prints.
async fn command(server: &TestServer, arguments: &[&str]) -> (bool, String) {
    let arguments = [&["outbox"], arguments].concat();
    server.command(BINARY, &arguments).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lists_retries_and_discards() {
    let server = failing(100).await;
    let (ok, text) = command(&server, &["list"]).await;
    assert!(ok && text == "no delivery is pending\n", "{text}");

    server.publish("trap").await;
    server.publish("panic").await;
    let [first, _] = letters(&server).await.try_into().expect("two are left");
    let id = first["id"].as_str().expect("an id");
    let (ok, text) = command(
        &server,
        &["list", "--state", "retrying", "--plugin", PANICS],
    )
    .await;
    assert!(ok && text.contains(id), "{text}");
    assert_eq!(text.matches("on-post-created").count(), 2, "{text}");
    let (ok, text) = command(&server, &["list", "--state", "dead"]).await;
    assert!(ok && text == "no delivery is pending\n", "{text}");

    let (ok, text) = command(&server, &["retry", id]).await;
    assert!(ok && text == "1 delivery is tried again now\n", "{text}");
    server.server().settled().await;
    let (ok, text) = command(&server, &["retry", "--plugin", PANICS]).await;
    assert!(ok && text == "2 deliveries are tried again now\n", "{text}");
    server.server().settled().await;
    let (ok, text) = command(&server, &["discard", id]).await;
    assert!(ok && text == "1 delivery is discarded\n", "{text}");
    let (ok, text) = command(&server, &["discard", id]).await;
    assert!(!ok && text.contains("404"), "{text}");
    let (ok, text) = command(&server, &["discard"]).await;
    assert!(!ok && text.contains("--plugin"), "{text}");
    let (ok, text) = command(&server, &["discard", "--plugin", PANICS]).await;
    assert!(ok && text == "1 delivery is discarded\n", "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_once_of_an_outbox_that_is_nearly_full() {
    let server = TestServer::with()
        .guest("panics", &Manifest::new(PANICS, &["on-post-created"]))
        .start_child(BINARY, "[outbox]\nmax_waiting = 5\n")
        .await;
    let post = json!({"title": "trap", "content": ""});
    let alarm = "the plugin's outbox is more than 80 % full";
    for _ in 0..3 {
        server.admin.post("/api/v1/posts", &post).await.expect(201);
    }
    assert!(!server.log().contains(alarm), "{}", server.log());
    for _ in 0..2 {
        server.admin.post("/api/v1/posts", &post).await.expect(201);
    }
    server.logs(alarm).await;
    server.logs("raisfast outbox list --plugin").await;
    assert_eq!(server.log().matches(alarm).count(), 1);
}
