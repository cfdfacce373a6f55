//! Everything at once, for a while: a real server in a process of its own, a plugin that is
//! replaced every second, hostile and healthy plugins side by side, a schedule, readers and
//! writers.
//!
//! Nothing fails that has nothing to do with the hostile plugin: no request, no filter, no action,
//! no tick. And the server's memory does not grow: once it is warm, and from a quarter in, it is
//! what it was.
//!
//! It runs for a minute after another to get warm, or for as many seconds as
//! `RAISFAST_SOAK_SECONDS` says; `cargo xtask soak` asks for more.

use std::{
    fmt::Write,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use futures::future::join_all;
use raisfast_tests::{Answer, ChildServer, Client, Manifest, TestServer, eventually, guest};
use serde_json::{Value, json};

const SERVER: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
const HEALTHY: &str = "com.example.healthy";
const RELOADED: &str = "com.example.reloaded";
const HOSTILE: &str = "com.example.hostile";

const WRITERS: usize = 2;
const READERS: usize = 2;
const HOSTILE_CLIENTS: usize = 2;
/// The pause of a client between two of its rounds, so that the machine is busy and not full.
const PAUSE: Duration = Duration::from_millis(25);
const BETWEEN_RELOADS: Duration = Duration::from_secs(1);
const BETWEEN_SAMPLES: Duration = Duration::from_millis(250);
const BETWEEN_LINES: Duration = Duration::from_secs(10);
/// Until every connection to the database has filled its cache, and each misdeed has been done a
/// few times, memory is not looked at.
const WARM_UP: Duration = Duration::from_mins(1);
/// A server that gets warm more slowly than others gets more time, so often; one that leaks rises
/// then, too.
const PROLONGED: u32 = 3;
const LONGER: Duration = Duration::from_secs(30);
/// The factor by which the server's memory may grow from the second quarter to the last.
const GROWTH: f64 = 1.05;

/// The misdeeds that a hostile post's title asks for; one in two is fine.
const MISDEEDS: [(&str, &str); 10] = [
    ("spin", ""),
    ("trap", ""),
    ("spin-log", ""),
    ("oom", ""),
    ("poison", ""),
    ("huge-answer", "4000000"),
    ("recurse", ""),
    ("event-flood", ""),
    ("spin-get-data", ""),
    ("huge-log", "4000000"),
];

fn length() -> Duration {
    let seconds = std::env::var("RAISFAST_SOAK_SECONDS").ok();
    let seconds = seconds.map(|text| text.parse().expect("RAISFAST_SOAK_SECONDS is a number"));
    Duration::from_secs(seconds.unwrap_or(60))
}

async fn server() -> ChildServer {
    let healthy = Manifest::new(
        HEALTHY,
        &[
            "filter-html",
            "on-post-created",
            "on-post-deleted",
            "on-comment-creating",
        ],
    )
    .with("[[cron]]\nlabel = \"Each second\"\njob_type = \"beat\"\ncron_expr = \"* * * * * *\"");
    let hostile = Manifest::new(HOSTILE, &["on-post-creating", "on-post-created"])
        .with("[permissions]\ntimeout_ms = 200\nmax_memory_mb = 16");
    TestServer::with()
        .guest("recorder", &healthy)
        .guest("hostile", &hostile)
        .plugin("reloaded", guest("stamp"), reloaded("even").text())
        // The healthy plugin is to lose nothing however busy this machine is; that a call gives up
        // waiting for an instance has tests of its own.
        .start_child(SERVER, "[plugins]\ninstance_wait_ms = 5000\n")
        .await
}

/// A version of the plugin that is replaced again and again.
fn reloaded(version: &str) -> Manifest {
    Manifest::new(RELOADED, &["filter-html", "on-post-created"])
        .with(&format!("[config]\nversion = \"{version}\""))
}

/// The events so far.
#[derive(Default)]
struct Tally {
    over: AtomicBool,
    requests: AtomicU64,
    posts: AtomicU64,
    deleted: AtomicU64,
    misdeeds: AtomicU64,
    reloads: AtomicU64,
    /// The first few faults.
    faults: Mutex<Vec<String>>,
    resident: Mutex<Vec<u64>>,
}

impl Tally {
    fn goes_on(&self) -> bool {
        !self.over.load(Relaxed)
    }

    /// The samples of the last part of the run, which is as long as it was to be after its warm-up.
    fn latest(&self) -> Vec<u64> {
        let resident = self.resident.lock().expect("no panic");
        let most = length().as_millis() / BETWEEN_SAMPLES.as_millis();
        let most = usize::try_from(most).expect("a run of some hours");
        resident[resident.len().saturating_sub(most)..].to_vec()
    }

    fn fault(&self, what: String) {
        let mut faults = self.faults.lock().expect("no panic");
        if faults.len() < 20 {
            faults.push(what);
        }
    }

    /// The body of an answer with this status; anything else is a fault.
    fn answered(&self, what: &str, answer: Answer, status: u16) -> Value {
        self.requests.fetch_add(1, Relaxed);
        if answer.status != status {
            self.fault(format!(
                "{what} answered {}: {}",
                answer.status, answer.body
            ));
        }
        answer.body
    }

    fn holds(&self, what: &str, holds: bool, seen: &Value) {
        if !holds {
            self.fault(format!("{what} is missing: {seen}"));
        }
    }

    fn line(&self, since: Instant) -> String {
        let faults = self.faults.lock().expect("no panic").len();
        let resident = self.resident.lock().expect("no panic").last().copied();
        format!(
            "{:>5} s  {:>7} requests  {:>5} posts  {:>5} misdeeds  {:>4} reloads  {faults} faults  {}",
            since.elapsed().as_secs(),
            self.requests.load(Relaxed),
            self.posts.load(Relaxed),
            self.misdeeds.load(Relaxed),
            self.reloads.load(Relaxed),
            resident.map_or_else(String::new, |bytes| format!("{} MiB", bytes >> 20)),
        )
    }
}

/// Writes a post, reads it, comments on it, and takes an older one away.
async fn write(server: &ChildServer, tally: &Tally, writer: usize) {
    let mut written: Vec<(String, String)> = Vec::new();
    for number in 0.. {
        if !tally.goes_on() {
            return;
        }
        let slug = format!("post-{writer}-{number}");
        let post = json!({"title": "A post", "content": "Some *text*.", "slug": slug, "status": "published"});
        let answer = server.admin.post("/api/v1/posts", &post).await;
        let post = tally.answered("POST posts", answer, 201);
        tally.posts.fetch_add(1, Relaxed);
        let id = post["id"].as_str().unwrap_or_default().to_owned();
        read(&server.visitor, tally, &slug).await;

        let path = format!("/api/v1/posts/{slug}/comments");
        let comment = json!({"content": "A comment"});
        let answer = server.visitor.post(&path, &comment).await;
        let comment = tally.answered("POST comments", answer, 201);
        let marked = comment["content"] == "A comment [on-comment-creating]";
        tally.holds("the healthy filter's mark", marked, &comment);

        written.push((id, slug));
        if written.len() > 20 {
            let (id, _) = written.remove(0);
            let answer = server.admin.delete(&format!("/api/v1/posts/{id}")).await;
            tally.answered("DELETE posts", answer, 204);
            tally.deleted.fetch_add(1, Relaxed);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn read(visitor: &Client, tally: &Tally, slug: &str) {
    let answer = visitor.get(&format!("/api/v1/posts/{slug}")).await;
    let page = tally.answered("GET posts/{slug}", answer, 200);
    let html = page["html"].as_str().unwrap_or_default();
    let marked = html.contains("<!--filter-html-->");
    tally.holds("the healthy filter's mark", marked, &page);
    let stamped = html.contains("<!--stamp even-->") || html.contains("<!--stamp odd-->");
    tally.holds("the stamp of a version", stamped, &page);
}

async fn keep_reading(server: &ChildServer, tally: &Tally) {
    while tally.goes_on() {
        read(&server.visitor, tally, "kept").await;
        let answer = server.visitor.get("/api/v1/posts?limit=20").await;
        tally.answered("GET posts", answer, 200);
        let answer = server.visitor.get("/readyz").await;
        tally.answered("GET readyz", answer, 200);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Calls the hostile plugin. It may lose its calls, but the request is answered as if it were not
/// there.
async fn misbehave(server: &ChildServer, tally: &Tally, first: usize) {
    let misdeeds = MISDEEDS.iter().cycle().skip(first);
    for (title, content) in misdeeds {
        if !tally.goes_on() {
            return;
        }
        for title in [*title, "fine"] {
            let post = json!({"title": title, "content": content});
            let answer = server.admin.post("/api/v1/posts", &post).await;
            let post = tally.answered("a hostile POST posts", answer, 201);
            tally.posts.fetch_add(1, Relaxed);
            let path = format!("/api/v1/posts/{}", post["id"].as_str().unwrap_or_default());
            tally.answered("DELETE posts", server.admin.delete(&path).await, 204);
            tally.deleted.fetch_add(1, Relaxed);
        }
        tally.misdeeds.fetch_add(1, Relaxed);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Replaces a plugin by another version of itself.
async fn reload(server: &ChildServer, tally: &Tally) {
    for version in ["odd", "even"].into_iter().cycle() {
        if !tally.goes_on() {
            return;
        }
        server.deploy("reloaded", &guest("stamp"), &reloaded(version));
        eventually("the next version serves", || async {
            let page = server.visitor.get("/api/v1/posts/kept").await.body;
            let html = page["html"].as_str().unwrap_or_default();
            html.contains(&format!("<!--stamp {version}-->"))
                .then_some(())
        })
        .await;
        tally.reloads.fetch_add(1, Relaxed);
        tokio::time::sleep(BETWEEN_RELOADS).await;
    }
}

/// Looks at the server's memory, says how things go, and ends it all.
async fn watch(server: &ChildServer, tally: &Tally, begun: Instant, length: Duration) {
    let mut next_line = begun + BETWEEN_LINES;
    let mut end = length;
    let mut prolonged = 0;
    while begun.elapsed() < end {
        if begun.elapsed() >= WARM_UP
            && let Some(bytes) = server.resident()
        {
            tally.resident.lock().expect("no panic").push(bytes);
        }
        if Instant::now() >= next_line {
            println!("{}", tally.line(begun));
            next_line += BETWEEN_LINES;
        }
        tokio::time::sleep(BETWEEN_SAMPLES).await;
        if begun.elapsed() >= end && prolonged < PROLONGED && !is_flat(&tally.latest()) {
            println!("memory still rises: {} more seconds", LONGER.as_secs());
            end += LONGER;
            prolonged += 1;
        }
    }
    tally.over.store(true, Relaxed);
}

/// Returns whether the last quarter holds little more than the second.
fn is_flat(resident: &[u64]) -> bool {
    match quarters(resident).as_slice() {
        [_, second, .., last] => last <= &(second * GROWTH),
        _ => true,
    }
}

/// Calls of a plugin's hook that succeeded, and those that failed.
fn calls(plugin: &Value, hook: &str) -> (u64, u64) {
    let hooks = plugin["hooks"].as_array().expect("hooks");
    let found = hooks.iter().find(|found| found["hook"] == hook);
    let hook = found.unwrap_or_else(|| panic!("{hook} in {plugin}"));
    let count = |key: &str| hook[key].as_u64().expect("a count");
    (count("calls") - count("errors"), count("errors"))
}

/// The mean of each quarter of the run, in bytes.
#[expect(clippy::cast_precision_loss, reason = "a mean of bytes")]
fn quarters(resident: &[u64]) -> Vec<f64> {
    let quarter = resident.len().div_ceil(4).max(1);
    let mean = |part: &[u64]| part.iter().sum::<u64>() as f64 / part.len() as f64;
    resident.chunks(quarter).map(mean).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn healthy_plugins_lose_nothing_and_memory_stays_flat() {
    let length = WARM_UP + length();
    let server = server().await;
    let kept =
        json!({"title": "kept", "content": "Some text.", "slug": "kept", "status": "published"});
    server.admin.post("/api/v1/posts", &kept).await.expect(201);
    let tally = Tally::default();
    tally.posts.fetch_add(1, Relaxed);
    let begun = Instant::now();
    tokio::join!(
        join_all((0..WRITERS).map(|writer| write(&server, &tally, writer))),
        join_all((0..READERS).map(|_| keep_reading(&server, &tally))),
        join_all((0..HOSTILE_CLIENTS).map(|client| misbehave(&server, &tally, client * 5))),
        reload(&server, &tally),
        watch(&server, &tally, begun, length),
    );

    // Every action of the healthy plugin happens, and each tick of its schedule did.
    let posts = tally.posts.load(Relaxed);
    let deleted = tally.deleted.load(Relaxed);
    let healthy = eventually("every action has run", || async {
        let plugin = server.plugin(HEALTHY).await;
        let created = calls(&plugin, "on-post-created").0;
        let gone = calls(&plugin, "on-post-deleted").0;
        (created >= posts && gone >= deleted).then_some(plugin)
    })
    .await;
    let (ticks, _) = calls(&healthy, "on-cron-tick");
    let hostile = server.plugin(HOSTILE).await;
    let (_, lost) = calls(&hostile, "on-post-creating");

    let resident = tally.latest();
    let quarters = quarters(&resident);
    let mut table = String::new();
    let mut row = |what: &str, value: String| {
        writeln!(table, "{what:<42} {value:>16}").expect("text grows");
    };
    row("seconds", begun.elapsed().as_secs().to_string());
    row("requests", tally.requests.load(Relaxed).to_string());
    row("posts written", posts.to_string());
    row("ticks", ticks.to_string());
    row("reloads", tally.reloads.load(Relaxed).to_string());
    row("calls that the hostile plugin lost", lost.to_string());
    row(
        "its instances that were thrown away",
        hostile["pool"]["discarded"].to_string(),
    );
    for (number, mean) in quarters.iter().enumerate() {
        let name = format!("memory, mean of quarter {}", number + 1);
        row(&name, format!("{:.1} MiB", mean / f64::from(1 << 20)));
    }
    if resident.is_empty() {
        row("memory", "no /proc here".to_owned());
    }
    println!("{table}");

    let faults = tally.faults.lock().expect("no panic").join("\n");
    assert!(faults.is_empty(), "{faults}\n{table}");
    for hook in healthy["hooks"].as_array().expect("hooks") {
        assert_eq!(hook["errors"], 0, "{hook}");
    }
    // The second in which it starts and that in which it ends may have none.
    assert!(ticks + 2 >= length.as_secs(), "{table}");
    assert!(tally.misdeeds.load(Relaxed) > 0 && lost > 0, "{table}");
    assert!(tally.reloads.load(Relaxed) > 0, "{table}");
    // Its own actions may still be tried again.
    eventually("no instance of the hostile plugin is missing", || async {
        let pool = server.plugin(HOSTILE).await["pool"].clone();
        let count = |key: &str| pool[key].as_u64().expect("a count");
        (count("idle") + count("busy") == count("size")).then_some(())
    })
    .await;
    assert!(is_flat(&resident), "the memory grows:\n{table}");
}
