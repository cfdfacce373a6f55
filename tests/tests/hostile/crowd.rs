//! A thousand clients that all call hostile plugins at the same time: what the server holds in
//! memory is no more than what its limits add up to.

use std::{collections::BTreeMap, time::Duration};

use futures::future::join_all;
use raisfast_tests::{Manifest, TestServer, guest};
use serde_json::json;

use crate::beside::{HOSTILE, NEVER_PAUSED};

const SERVER: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
const OTHER: &str = "com.example.hostile-too";

const CLIENTS: usize = 1_000;
const REQUESTS: usize = 3;
const MIB: u64 = 1 << 20;

const INSTANCES: u64 = 6;
const MAX_MEMORY: u64 = 16;
/// Bytes that a post's content brings along.
const BODY: usize = 100_000;
/// A request's body as bytes, as text, as a value, and as what a filter makes of it.
const COPIES: u64 = 4;
/// The memory that a thousand connections and their tasks need beside.
const CONNECTION: u64 = 100_000;

/// Each misdeed takes as much of something as it gets.
const MISDEEDS: [&str; 9] = [
    "oom",
    "spin",
    "grow",
    "huge-answer",
    "log-flood",
    "spin-get-data",
    "huge-log",
    "event-flood",
    "recurse",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_hostile_calls_take_no_more_memory_than_the_limits_allow() {
    let manifest = |id: &str, on_error: &str| {
        Manifest::new(id, &[]).with(&format!(
            "[hooks.on-post-creating]\non_error = \"{on_error}\"\n\
             [permissions]\ntimeout_ms = 1000\nmax_memory_mb = {MAX_MEMORY}\n[pool]\nsize = {INSTANCES}"
        ))
    };
    // Most posts reach both, the first of which fails without consequence.
    let server = TestServer::with()
        .plugin(
            "one",
            guest("hostile"),
            manifest(HOSTILE, "continue").text(),
        )
        .plugin("two", guest("hostile"), manifest(OTHER, "abort").text())
        .guest(
            "recorder",
            &Manifest::new("com.example.healthy", &["filter-html"]),
        )
        .start_child(SERVER, NEVER_PAUSED)
        .await;
    let page = json!({"title": "page", "content": "Some text.", "status": "published"});
    server.admin.post("/api/v1/posts", &page).await.expect(201);
    let before = server.resident();

    let client = async |client: usize| -> Vec<u16> {
        let mut statuses = Vec::new();
        for request in 0..REQUESTS {
            let title = MISDEEDS[(client + request) % MISDEEDS.len()];
            let content = match title {
                "huge-answer" | "huge-log" => "12000000".to_owned(),
                _ => "x".repeat(BODY),
            };
            let post = json!({"title": title, "content": content});
            let answer = server.admin.post("/api/v1/posts", &post).await;
            statuses.push(answer.status.as_u16());
        }
        statuses
    };
    let statuses = join_all((0..CLIENTS).map(client)).await.concat();
    let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
    for status in statuses {
        *counts.entry(status).or_default() += 1;
    }
    println!("answers by status: {counts:?}");
    assert_eq!(counts.values().sum::<usize>(), CLIENTS * REQUESTS);
    // Refused by a plugin that fails, made without it, or, for a few of them, asked to come
    // again.
    let expected = [201, 422, 503];
    assert!(
        counts.keys().all(|status| expected.contains(status)),
        "{counts:?}"
    );

    if let (Some(before), Some(most)) = (before, server.most_resident()) {
        let clients = CLIENTS as u64;
        // An instance's memory, and what it hands over at once.
        let instances = 2 * INSTANCES * MAX_MEMORY * MIB * 2;
        let requests = clients * (BODY as u64 * COPIES + CONNECTION);
        let bound = before + instances + requests;
        println!(
            "{} MiB before, at most {} MiB, bound {} MiB",
            before / MIB,
            most / MIB,
            bound / MIB
        );
        assert!(most <= bound, "{most} bytes are more than {bound}");
    }

    server.visitor.get("/readyz").await.expect(200);
    let page = server.visitor.get("/api/v1/posts/page").await.expect(200);
    assert!(
        page["html"]
            .as_str()
            .expect("HTML")
            .ends_with("<!--filter-html-->")
    );
    for plugin in [HOSTILE, OTHER] {
        let pool = server.whole_pool(plugin).await;
        assert_eq!(
            (&pool["size"], &pool["waiting"]),
            (&json!(INSTANCES), &json!(0))
        );
    }
    tokio::time::timeout(Duration::from_secs(5), server.visitor.get("/healthz"))
        .await
        .expect("the server answers at once")
        .expect(200);
}
