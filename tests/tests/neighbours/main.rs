//! The cost of a hostile plugin for the visitors of another one.
//!
//! The server is a process of its own. A visitor asks for a page that a healthy plugin filters, one
//! request after the other: some while nothing else happens, some while several clients call the
//! hostile plugin again and again, each as soon as it is answered, and so by turns. Beside the
//! hostile plugin the request in the middle may take twice as long as without it, and the slowest
//! hundredth three times.
//!
//! Whatever else the machine does is noticed too: so each turn is compared with the one just before
//! it, and of all those comparisons the one in the middle counts. These tests run one after the
//! other and in a program of their own. What they find is shown by `cargo test --test neighbours --
//! --nocapture`.

mod measure;

use std::sync::Arc;

use raisfast_tests::{ChildServer, Manifest, Stack, TestServer, eventually, guest, malformed};
use serde_json::json;
use tokio::sync::Mutex;

use measure::is_not_noticed;

const HOSTILE: &str = "com.example.hostile";
const SERVER: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
/// A server that goes on calling a plugin which fails again and again.
const CONFIGURATION: &str = "[plugins]\nmax_timeout_ms = 500\n[plugins.breaker]\nfailures = 0\n";
/// The answer to a post whose plugin fails.
const REFUSED: &[u16] = &[422];
/// The answers to a post whose plugin does its worst and returns: three at a time may not be
/// through at their deadline, where the server is not optimised.
const CREATED_OR_REFUSED: &[u16] = &[201, 422];
/// Calls at the same time.
const CLIENTS: u32 = 3;

/// Whoever holds it measures.
static ALONE: Mutex<()> = Mutex::const_new(());

async fn server(wasm: Vec<u8>, permissions: &str) -> Arc<ChildServer> {
    let hostile = Manifest::new(HOSTILE, &[]).with(&format!(
        "[hooks.on-post-creating]\non_error = \"abort\"\n\
         [permissions]\ntimeout_ms = 400\nmax_memory_mb = 16\n{permissions}\n[pool]\nsize = 4"
    ));
    let healthy = Manifest::new("com.example.healthy", &["filter-html"]);
    let server = TestServer::with()
        .guest("recorder", &healthy)
        .plugin("hostile", wasm, hostile.text())
        .start_child(SERVER, CONFIGURATION)
        .await;
    let page =
        json!({"title": "fine", "slug": "page", "content": "Some text.", "status": "published"});
    server.admin.post("/api/v1/posts", &page).await.expect(201);
    Arc::new(server)
}

/// Nobody notices posts with this title, which are answered with one of these.
async fn posts_are_not_noticed(
    server: &Arc<ChildServer>,
    title: &str,
    content: &str,
    statuses: &'static [u16],
) {
    let post = json!({"title": title, "content": content});
    let admin = server.admin.clone();
    is_not_noticed(server, title, CLIENTS, move || {
        let (admin, post) = (admin.clone(), post.clone());
        async move {
            let answer = admin.post("/api/v1/posts", &post).await;
            assert!(statuses.contains(&answer.status.as_u16()), "{answer:?}");
        }
    })
    .await;
    server.whole_pool(HOSTILE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_that_never_return_are_not_noticed() {
    let _alone = ALONE.lock().await;
    let server = server(guest("hostile"), "").await;
    for title in ["spin", "spin-log", "spin-now", "spin-get-data"] {
        posts_are_not_noticed(&server, title, "", REFUSED).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_that_never_return_on_their_callers_stack_are_not_noticed() {
    let _alone = ALONE.lock().await;
    let server = server(guest("panics"), "").await;
    posts_are_not_noticed(&server, "spin", "", REFUSED).await;
}

/// A start function that never returns. Nobody gets as far as to call it.
const NEVER_STARTS: &str = r#"(component
  (core module $plugin
    (memory (export "memory") 1)
    (func $start (loop $again (br $again)))
    (start $start)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "filter-html") (param i32 i32) (result i32) unreachable))
  (core instance $plugin (instantiate $plugin))
  (func $filter-html (param "input" string) (result (option string))
    (canon lift (core func $plugin "filter-html")
      (memory (core memory $plugin "memory")) (realloc (core func $plugin "realloc"))))
  (instance $hooks (export "filter-html" (func $filter-html)))
  (export "raisfast:plugin-wit/plugin-hooks" (instance $hooks)))"#;

#[tokio::test(flavor = "multi_thread")]
async fn guests_that_never_start_are_not_noticed() {
    let _alone = ALONE.lock().await;
    let server = server(guest("hostile"), "").await;
    let wasm = wat::parse_str(NEVER_STARTS).expect("a component");
    let versions = Arc::new(Mutex::new(0));
    let deployed = Arc::clone(&server);
    is_not_noticed(&server, "a start function", 1, move || {
        let (server, wasm) = (Arc::clone(&deployed), wasm.clone());
        let versions = Arc::clone(&versions);
        async move {
            let mut version = versions.lock().await;
            *version += 1;
            let manifest = Manifest::new("com.example.never", &["filter-html"]);
            server.deploy("never", &wasm, &manifest.version(&format!("1.0.{version}")));
            eventually("the version cannot start", || async {
                let log = server.log();
                let failed = log.matches("no instance was ready within 500 ms").count();
                (failed >= *version).then_some(())
            })
            .await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_that_fail_are_not_noticed() {
    let _alone = ALONE.lock().await;
    let server = server(guest("hostile"), "").await;
    for title in ["trap", "panic", "poison", "recurse"] {
        posts_are_not_noticed(&server, title, "", REFUSED).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_whose_answers_are_malformed_are_not_noticed() {
    let _alone = ALONE.lock().await;
    let server = server(malformed(Stack::Callers), "").await;
    // No UTF-8, a list of four billion texts, more elements than a table may have.
    for title in ["utf-8", "billions", "table"] {
        posts_are_not_noticed(&server, title, "", REFUSED).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_that_take_all_memory_are_not_noticed() {
    let _alone = ALONE.lock().await;
    let server = server(guest("hostile"), "").await;
    posts_are_not_noticed(&server, "oom", "", REFUSED).await;
    posts_are_not_noticed(&server, "grow", "", CREATED_OR_REFUSED).await;
    posts_are_not_noticed(&server, "huge-answer", "8000000", REFUSED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_that_write_without_end_are_not_noticed() {
    let _alone = ALONE.lock().await;
    let server = server(guest("hostile"), "").await;
    posts_are_not_noticed(&server, "log-flood", "", CREATED_OR_REFUSED).await;
    posts_are_not_noticed(&server, "event-flood", "", CREATED_OR_REFUSED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_that_hold_the_database_are_not_noticed() {
    let _alone = ALONE.lock().await;
    let server = server(guest("hostile"), "database = [\"posts\"]").await;
    let change = "UPDATE posts SET excerpt = 'changed' WHERE slug = 'another'";
    posts_are_not_noticed(&server, "open-transaction", change, CREATED_OR_REFUSED).await;
    posts_are_not_noticed(&server, "hold-lock", change, REFUSED).await;
}
