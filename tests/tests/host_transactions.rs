//! `db-begin`, `db-commit` and `db-rollback`, and how a transaction ends that nobody ended.

use raisfast_tests::{TestServer, parsed, script};
use serde_json::{Value, json};

const PLUGIN: &str = "com.example.caller";
const OTHER: &str = "com.example.other";

/// Under the five seconds for which a writer waits for another: a call that meets a lock which
/// nobody gives back does not return.
const PERMISSIONS: &str = "[permissions]\ndatabase = [\"posts\"]\ntimeout_ms = 3000";

/// A server with two plugins that may write posts and that fail as often as a test wants, and the
/// published post `first`.
async fn server() -> TestServer {
    let server = TestServer::with()
        .config(|config| config.plugins.breaker.failures = 0)
        .caller(PLUGIN, PERMISSIONS)
        .caller(OTHER, PERMISSIONS)
        .start()
        .await;
    server.publish("First").await;
    server
}

fn begin() -> (&'static str, Value) {
    ("db-begin", json!([]))
}

fn commit() -> (&'static str, Value) {
    ("db-commit", json!([]))
}

fn rollback() -> (&'static str, Value) {
    ("db-rollback", json!([]))
}

fn rename(title: &str) -> (&'static str, Value) {
    let params = json!([title]).to_string();
    ("db-execute", json!(["UPDATE posts SET title = ?", params]))
}

/// The title as the plugin's own statements see it.
fn select() -> (&'static str, Value) {
    ("db-query", json!(["SELECT title FROM posts", null]))
}

/// The title as the rest of the server sees it.
fn published() -> (&'static str, Value) {
    ("get-post", json!(["first"]))
}

fn ok() -> Value {
    json!({"ok": true})
}

async fn title(server: &TestServer) -> Value {
    let post = server.visitor.get("/api/v1/posts/first").await.expect(200);
    post["title"].clone()
}

/// Both plugins can write, which needs the lock that a transaction holds.
async fn both_can_write(server: &TestServer) {
    for plugin in [OTHER, PLUGIN] {
        let new = format!("by {plugin}");
        let results = server
            .calls(plugin, &[begin(), rename(&new), commit()])
            .await;
        let results: Vec<_> = results.iter().map(parsed).collect();
        assert_eq!(results, [ok(), json!({"rows_affected": 1}), ok()]);
        assert_eq!(title(server).await, new);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_sees_itself_and_nobody_else_does_before_db_commit() {
    let server = server().await;
    let results = server
        .calls(
            PLUGIN,
            &[
                begin(),
                rename("New"),
                select(),
                published(),
                commit(),
                select(),
                published(),
            ],
        )
        .await;
    let results: Vec<_> = results.iter().map(parsed).collect();

    assert_eq!(results[0], ok());
    assert_eq!(results[1], json!({"rows_affected": 1}));
    assert_eq!(results[2], json!([{"title": "New"}]));
    assert_eq!(results[3]["title"], "First");
    assert_eq!(results[4], ok());
    assert_eq!(results[5], json!([{"title": "New"}]));
    assert_eq!(results[6]["title"], "New");
    assert_eq!(title(&server).await, "New");
}

#[tokio::test(flavor = "multi_thread")]
async fn db_rollback_undoes() {
    let server = server().await;
    let results = server
        .calls(
            PLUGIN,
            &[
                begin(),
                rename("New"),
                select(),
                rollback(),
                select(),
                rename("Newer"),
            ],
        )
        .await;
    let results: Vec<_> = results.iter().map(parsed).collect();
    assert_eq!(results[2], json!([{"title": "New"}]));
    assert_eq!(results[3], ok());
    assert_eq!(results[4], json!([{"title": "First"}]));
    // A statement after it stands for itself.
    assert_eq!(results[5], json!({"rows_affected": 1}));
    assert_eq!(title(&server).await, "Newer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_statement_leaves_the_transaction_open() {
    let server = server().await;
    let fails = ("db-execute", json!(["UPDATE posts SET title = NULL", null]));
    let results = server
        .calls(PLUGIN, &[begin(), rename("New"), fails, commit()])
        .await;
    assert_eq!(parsed(&results[2])["code"], "constraint");
    assert_eq!(parsed(&results[3]), ok());
    assert_eq!(title(&server).await, "New");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_has_its_place() {
    let server = server().await;
    let results = server
        .calls(
            PLUGIN,
            &[commit(), rollback(), begin(), begin(), commit(), commit()],
        )
        .await;
    let results: Vec<_> = results.iter().map(parsed).collect();
    for misplaced in [0, 1, 3, 5] {
        assert_eq!(results[misplaced]["code"], "transaction", "{results:?}");
        let error = results[misplaced]["error"].as_str();
        assert!(error.is_some_and(|why| why.contains("transaction")));
    }
    assert_eq!([&results[2], &results[4]], [&ok(), &ok()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_needs_a_table() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    let answer = parsed(&server.call(PLUGIN, "db-begin", json!([])).await);
    assert_eq!(answer["code"], "denied", "{answer}");
    let record = server.record(PLUGIN, "denied: db-begin").await;
    let message = record["message"].as_str().expect("a message");
    assert!(
        message.ends_with("[permissions]: database = [\"read:posts\"]"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn left_open_by_a_return_it_is_rolled_back() {
    let server = server().await;
    let results = server.calls(PLUGIN, &[begin(), rename("Lost")]).await;
    assert_eq!(parsed(&results[1]), json!({"rows_affected": 1}));

    assert_eq!(title(&server).await, "First");
    let record = server.record(PLUGIN, "open transaction").await;
    assert_eq!(record["level"], "warn");
    assert_eq!(record["hook"], "on-content-creating");
    both_can_write(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn left_open_by_a_trap_it_is_rolled_back() {
    let server = server().await;
    let mut trapping = script(&[begin(), rename("Lost")]);
    trapping["trap"] = json!(true);
    // More often than there are instances.
    for _ in 0..5 {
        let answer = server.script(PLUGIN, &trapping).await;
        let problem = answer.expect(422);
        assert_eq!(problem["plugin"], PLUGIN);
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.contains("unreachable"), "{detail}");
    }

    assert_eq!(title(&server).await, "First");
    server.record(PLUGIN, "open transaction").await;
    both_can_write(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn left_open_by_a_deadline_it_is_rolled_back() {
    let server = TestServer::with()
        .caller(
            PLUGIN,
            "[permissions]\ndatabase = [\"posts\"]\ntimeout_ms = 2500",
        )
        .caller(OTHER, PERMISSIONS)
        .start()
        .await;
    server.publish("First").await;
    let mut spinning = script(&[begin(), rename("Lost")]);
    spinning["spin"] = json!(true);
    // Another plugin that writes meanwhile waits for its turn, and gets it.
    let rename = [rename("By another")];
    let (spun, renamed) = tokio::join!(
        server.script(PLUGIN, &spinning),
        server.calls(OTHER, &rename)
    );
    let problem = spun.expect(422);
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(detail.contains("no answer within 2500 ms"), "{detail}");

    assert_eq!(parsed(&renamed[0]), json!({"rows_affected": 1}));
    assert_eq!(title(&server).await, "By another");
    server.record(PLUGIN, "open transaction").await;
    both_can_write(&server).await;
}
