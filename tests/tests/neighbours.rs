//! What a hostile plugin costs the visitors of another one.
//!
//! The server is a process of its own. A visitor asks for a page that a healthy plugin filters, one request after
//! the other, first while nothing else happens and then while several clients call the hostile plugin again and
//! again, each as soon as it is answered and no more than twenty times a second.
//!
//! These tests run one after the other and in a program of their own, and assert of the median what holds on a busy
//! machine of two cores, where visitor, server and hostile guests share them. The 99th percentile is printed beside it:
//! `cargo test --test neighbours -- --nocapture`, on a machine that does nothing else.

use std::{
    fmt::Write,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use futures::future::join_all;
use raisfast_tests::{ChildServer, Client, Manifest, TestServer, guest};
use serde_json::json;
use tokio::sync::Mutex;

const HOSTILE: &str = "com.example.hostile";
/// A server that goes on calling a plugin which fails again and again.
const NEVER_PAUSED: &str = "[plugins.breaker]\nfailures = 0\n";
const SERVER: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
const CLIENTS: usize = 3;
const PACE: Duration = Duration::from_millis(50);
const SAMPLES: usize = 300;
const ROUNDS: usize = 8;
/// The most that the time of a quiet request in the middle may be multiplied by.
const RATIO: f64 = 2.0;

/// Whoever holds it measures.
static ALONE: Mutex<()> = Mutex::const_new(());

/// The times of a round's requests, the shortest first.
struct Round(Vec<Duration>);

impl Round {
    async fn of(visitor: &Client) -> Self {
        let mut took = Vec::with_capacity(SAMPLES);
        for _ in 0..SAMPLES {
            let begun = Instant::now();
            let page = visitor.get("/api/v1/posts/page").await.expect(200);
            took.push(begun.elapsed());
            let html = page["html"].as_str().expect("a page has HTML");
            assert!(html.ends_with("<!--filter-html-->"), "{html}");
        }
        took.sort();
        Self(took)
    }

    fn percentile(&self, percent: usize) -> Duration {
        self.0[(self.0.len() * percent / 100).min(self.0.len() - 1)]
    }

    fn shown(&self) -> String {
        let mut text = String::new();
        for percent in [50, 90, 95, 99, 100] {
            let at = self.percentile(percent);
            write!(text, "  p{percent} {at:>10.2?}").expect("text grows");
        }
        text
    }
}

async fn server(hostile: &str) -> ChildServer {
    let manifest = Manifest::new(HOSTILE, &[]).with(
        "[hooks.on-post-creating]\non_error = \"abort\"\n\
         [permissions]\ntimeout_ms = 400\nmax_memory_mb = 16\n[pool]\nsize = 4",
    );
    let healthy = Manifest::new("com.example.healthy", &["filter-html"]);
    let server = TestServer::with()
        .guest("recorder", &healthy)
        .plugin("hostile", guest(hostile), manifest.text())
        .start_child(SERVER, NEVER_PAUSED)
        .await;
    let page = json!({"title": "page", "content": "Some text.", "status": "published"});
    server.admin.post("/api/v1/posts", &page).await.expect(201);
    server
}

/// Calls the hostile plugin until told to stop; how often that failed.
async fn misbehave(admin: &Client, post: &serde_json::Value, stop: &AtomicBool, calls: &AtomicU64) {
    while !stop.load(Relaxed) {
        let next = tokio::time::Instant::now() + PACE;
        admin.post("/api/v1/posts", post).await.expect(422);
        calls.fetch_add(1, Relaxed);
        tokio::time::sleep_until(next).await;
    }
}

/// Whether the visitor is served as fast as before while the hostile plugin is called like this.
async fn is_not_noticed(server: &ChildServer, title: &str, content: &str) {
    let post = json!({"title": title, "content": content});
    let mut seen = String::new();
    for _ in 0..ROUNDS {
        server.whole_pool(HOSTILE).await;
        let quiet = Round::of(&server.visitor).await;
        let (stop, calls) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let misbehaving = (0..CLIENTS).map(|_| {
            let (admin, post) = (server.admin.clone(), post.clone());
            let (stop, calls) = (Arc::clone(&stop), Arc::clone(&calls));
            tokio::spawn(async move { misbehave(&admin, &post, &stop, &calls).await })
        });
        let misbehaving: Vec<_> = misbehaving.collect();
        while calls.load(Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        let beside = Round::of(&server.visitor).await;
        stop.store(true, Relaxed);
        for client in join_all(misbehaving).await {
            client.expect("the hostile clients are answered");
        }
        let ratio_of = |percent: usize| {
            beside.percentile(percent).as_secs_f64() / quiet.percentile(percent).as_secs_f64()
        };
        let ratio = ratio_of(50);
        writeln!(
            seen,
            "quiet  {}\nbeside {}\n       ratio of p50 {ratio:.2}, of p99 {:.2}, {} hostile calls",
            quiet.shown(),
            beside.shown(),
            ratio_of(99),
            calls.load(Relaxed),
        )
        .expect("text grows");
        if ratio <= RATIO {
            println!("{title}\n{seen}");
            return;
        }
    }
    panic!("`{title}` is noticed:\n{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_that_never_return_are_not_noticed() {
    let _alone = ALONE.lock().await;
    let server = server("hostile").await;
    for title in ["spin", "spin-log", "spin-now", "spin-get-data"] {
        is_not_noticed(&server, title, "").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_that_never_return_on_their_callers_stack_are_not_noticed() {
    let _alone = ALONE.lock().await;
    is_not_noticed(&server("panics").await, "spin", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_that_fail_are_not_noticed() {
    let _alone = ALONE.lock().await;
    let server = server("hostile").await;
    for title in ["trap", "poison", "recurse", "oom"] {
        is_not_noticed(&server, title, "").await;
    }
    is_not_noticed(&server, "huge-answer", "8000000").await;
}
