//! Calls that would not end by themselves: whose deadline it is, and that it holds.

use std::time::{Duration, Instant};

use raisfast_tests::{HeldServer, Manifest, TestServer, guest};

use crate::beside::{Beside, GRACE, HOSTILE, LIMITS, beside};

const DEADLINE: Duration = Duration::from_millis(300);
/// On a busy machine a call may be late for reasons of its own; one that is in time shows that it
/// can be.
const TRIES: usize = 5;

/// The deadline ends a call that this post begins, in time.
async fn ends_in_time(server: &Beside, title: &str, content: &str) {
    let mut took = Vec::new();
    for _ in 0..TRIES {
        let begun = Instant::now();
        let refused = server.post(title, content).await.expect(422);
        took.push(begun.elapsed());
        let detail = refused["detail"].as_str().expect("a reason");
        assert!(
            detail.ends_with("no answer within 300 ms; the plugin's `timeout_ms` can raise this"),
            "{detail}"
        );
        server.is_whole().await;
        server.post("fine", "Text.").await.expect(201);
        if took.last().is_some_and(|took| *took <= DEADLINE + GRACE) {
            return;
        }
    }
    panic!("`{title}` has taken {took:?}");
}

async fn hostile(wasm: Vec<u8>, permissions: &str) -> Beside {
    let toml = LIMITS.replace(
        "timeout_ms = 1500",
        &format!("timeout_ms = 300\n{permissions}"),
    );
    let settings = beside(wasm, &toml)
        .config(|config| config.allowed_networks = vec!["127.0.0.0/8".parse().expect("a network")]);
    Beside::of(settings).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop() {
    ends_in_time(&hostile(guest("hostile"), "").await, "spin", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_on_its_callers_stack() {
    ends_in_time(&hostile(guest("panics"), "").await, "spin", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_of_calls_that_answer_at_once() {
    let server = hostile(guest("hostile"), "").await;
    ends_in_time(&server, "spin-log", "").await;
    ends_in_time(&server, "spin-now", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_of_calls_that_wait() {
    ends_in_time(&hostile(guest("hostile"), "").await, "spin-get-data", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_nobody_answers() {
    let neighbour = HeldServer::start().await;
    let origin = neighbour.origin();
    let server = hostile(guest("hostile"), &format!("http = [\"{origin}\"]")).await;
    ends_in_time(&server, "http", &origin).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_of_everything_with_everything() {
    let server = hostile(guest("hostile"), "database = [\"read:posts\"]").await;
    let slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
                SELECT count(*) AS c FROM n a, n b, n c, n d";
    ends_in_time(&server, "query", slow).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock() {
    let server = hostile(guest("hostile"), "database = [\"posts\"]").await;
    let change = "UPDATE posts SET excerpt = 'changed' WHERE slug = 'index'";
    ends_in_time(&server, "hold-lock", change).await;
}

/// Returns the deadline that an author reads, with these lines in the manifest.
async fn deadline_told(hook: &str, plugin: &str, ceiling: Option<Duration>) -> String {
    let manifest = Manifest::new(HOSTILE, &[]).with(&format!(
        "[hooks.on-post-creating]\non_error = \"abort\"\n{hook}\n[permissions]\n{plugin}"
    ));
    let mut settings = TestServer::with().guest("hostile", &manifest);
    if let Some(ceiling) = ceiling {
        settings = settings.config(move |config| config.plugins.max_timeout = ceiling);
    }
    let server = settings.start().await;
    let post = serde_json::json!({"title": "spin", "content": ""});
    let refused = server.admin.post("/api/v1/posts", &post).await.expect(422);
    let detail = refused["detail"].as_str().expect("a reason");
    let (_, told) = detail.split_once("no answer within ").expect(detail);
    let (told, _) = told.split_once(';').expect("a next step");
    let shown = server.plugin(HOSTILE).await["hooks"][0]["timeout_ms"].clone();
    assert_eq!(format!("{shown} ms"), told);
    told.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_has_its_own_deadline_else_its_plugins_and_the_operators_ceiling_wins() {
    assert_eq!(deadline_told("", "timeout_ms = 210", None).await, "210 ms");
    let of_the_hook = deadline_told("timeout_ms = 220", "timeout_ms = 20000", None);
    assert_eq!(of_the_hook.await, "220 ms");
    let ceiling = Some(Duration::from_millis(230));
    let over = deadline_told("timeout_ms = 20000", "timeout_ms = 20000", ceiling);
    assert_eq!(over.await, "230 ms");
}
