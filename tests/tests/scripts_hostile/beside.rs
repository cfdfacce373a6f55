//! A hostile script beside a healthy plugin, on one server for all that a language can do.
//!
//! The title of a post chooses what the script does. What never ends does it in
//! `on-post-creating`, whose deadline is short, and all else in `on-post-updating`, which has
//! seconds. Any other post, and one that the script survives, gets the excerpt `healthy` and the
//! number of calls of its instance, or `poisoned` where another call has spoilt the state. In a
//! language without state it is `healthy` alone.

use std::{cell::RefCell, fs, time::Duration};

use raisfast_tests::{Answer, Manifest, TestServer, eventually};
use serde_json::{Value, json};

const HOSTILE: &str = "com.example.hostile";
const HEALTHY: &str = "com.example.healthy";

/// A script that fails at its top level, in a folder of its own.
const FAILS_TO_START: &str = "starts";

/// The state that a script has of its own, from call to call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Kept,
    None,
}

pub(crate) struct Beside {
    server: TestServer,
    language: &'static str,
    entry: &'static str,
    state: State,
    /// The post that is updated, by its id.
    post: String,
    /// The acts that ended otherwise than expected, and how.
    wrong: RefCell<Vec<String>>,
}

impl Beside {
    /// A server with a script of one file.
    pub(crate) async fn start(language: &'static str, text: &str, state: State) -> Self {
        let entry = match language {
            "js" => "main.js",
            "lua" => "init.lua",
            _ => "init.rhai",
        };
        let manifest = Manifest::script(HOSTILE, language, &[])
            .with("[hooks.on-post-creating]\non_error = \"abort\"\ntimeout_ms = 400")
            .with("[hooks.on-post-updating]\non_error = \"abort\"\ntimeout_ms = 5000")
            .with("[permissions]\nmax_memory_mb = 96\ndatabase = [\"posts\"]\n[pool]\nsize = 1");
        let server = TestServer::with()
            .config(|config| {
                // Each of its calls is to reach the script, however many have failed.
                config.plugins.breaker.failures = 0;
                // What never starts is given up so soon.
                config.plugins.max_timeout = Duration::from_secs(5);
            })
            .script("hostile", &manifest, &[(entry, text)])
            .guest("recorder", &Manifest::new(HEALTHY, &["filter-html"]))
            .start()
            .await;
        server.listed("hostile", "running").await;
        let post = server.publish("index").await;
        let post = post["id"].as_str().expect("an id").to_owned();
        Self {
            server,
            language,
            entry,
            state,
            post,
            wrong: RefCell::default(),
        }
    }

    async fn create(&self, act: &str) -> Answer {
        let post = json!({"title": act, "content": "Some text.", "status": "draft"});
        self.server.admin.post("/api/v1/posts", &post).await
    }

    async fn update(&self, act: &str) -> Answer {
        let post = json!({"title": act, "content": "Some text."});
        let path = format!("/api/v1/posts/{}", self.post);
        self.server.admin.put(&path, &post).await
    }

    /// An act that never ends is ended by the deadline.
    pub(crate) async fn never_ends(&self, act: &str) {
        let before = self.discarded().await;
        let reason = reason(&self.create(act).await);
        self.expect(reason.contains("no answer within 400 ms"), act, &reason);
        self.is_fresh(act, before).await;
    }

    /// An act fails, with one of these in the reason.
    pub(crate) async fn fails(&self, act: &str, reasons: &[&str]) {
        let before = self.discarded().await;
        let reason = reason(&self.update(act).await);
        let is_expected = reasons.iter().any(|part| reason.contains(part));
        self.expect(is_expected, act, &reason);
        self.is_fresh(act, before).await;
    }

    /// An act does its worst and returns, and the instance is kept.
    pub(crate) async fn survives(&self, act: &str) {
        let before = self.discarded().await;
        let answer = self.update(act).await;
        let calls = self.calls(&answer);
        self.expect(calls.is_some(), act, &answer.body.to_string());
        self.is_healthy(act).await;
        let discarded = self.discarded().await - before;
        self.expect(discarded == 0, act, "the instance is lost");
        let next = self.next_call().await;
        self.expect(next == calls.map(|calls| calls + 1), act, "it is not kept");
    }

    /// The next call runs in an instance that has not been called before.
    async fn is_fresh(&self, act: &str, discarded_before: u64) {
        self.is_healthy(act).await;
        let discarded = self.discarded().await - discarded_before;
        self.expect(discarded == 1, act, "the instance is not discarded");
        let next = self.next_call().await;
        self.expect(next == Some(1), act, "the next call is not in a fresh one");
    }

    async fn discarded(&self) -> u64 {
        let plugin = self.server.plugin(HOSTILE).await;
        plugin["pool"]["discarded"].as_u64().expect("a count")
    }

    /// Makes the next call, and returns which one of its instance it is; of a script without state,
    /// 1.
    async fn next_call(&self) -> Option<u64> {
        let calls = self.calls(&self.update("fine").await)?;
        Some(match self.state {
            State::Kept => calls,
            State::None => calls + 1,
        })
    }

    /// The number of calls that the instance has had which an answer is from; 0 without state.
    fn calls(&self, answer: &Answer) -> Option<u64> {
        let excerpt = answer.body["excerpt"].as_str()?;
        match self.state {
            State::Kept => excerpt.strip_prefix("healthy ")?.parse().ok(),
            State::None => (excerpt == "healthy").then_some(0),
        }
    }

    /// Keeps what an act has led to, where it is not as expected.
    fn expect(&self, is_expected: bool, act: &str, found: &str) {
        if !is_expected {
            self.wrong.borrow_mut().push(format!("{act}: {found}"));
        }
    }

    /// Asserts that each act so far has ended as expected.
    pub(crate) fn has_ended_each_as_expected(&self) {
        let wrong = self.wrong.borrow();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// The server and the plugin beside do their work, and the hostile one has its instance.
    async fn is_healthy(&self, act: &str) {
        self.server.visitor.get("/readyz").await.expect(200);
        let page = self.server.html("index").await;
        assert!(page.ends_with("<!--filter-html-->"), "{act}: {page}");
        eventually("the pool is whole", || async {
            let plugin = self.server.plugin(HOSTILE).await;
            (plugin["pool"]["idle"] == plugin["pool"]["size"]).then_some(())
        })
        .await;
    }

    /// Transactions, events, records and values beyond what the host bounds: the acts `lock`,
    /// `open-transaction`, `event-flood` and `log-flood` that each script has, and others.
    pub(crate) async fn bounds_hold(&self, others: &[&str]) {
        self.never_ends("lock").await;
        self.logs("the call ended with an open transaction").await;
        assert_ne!(self.excerpt().await, "changed");
        self.survives("open-transaction").await;
        assert_ne!(self.excerpt().await, "changed");
        self.survives("event-flood").await;
        self.logs("the limit of 120 events a minute is reached")
            .await;
        for act in others {
            self.survives(act).await;
        }
        self.survives("log-flood").await;
        self.logs("the limit of 600 log records a minute is reached")
            .await;
    }

    /// Waits for a record of the hostile script's log, or of the host's about it.
    async fn logs(&self, text: &str) {
        self.server.logs(HOSTILE, text).await;
    }

    /// The excerpt of the post that is updated, as it is stored.
    async fn excerpt(&self) -> Value {
        let page = self.server.visitor.get("/api/v1/posts/index").await;
        page.expect(200)["excerpt"].clone()
    }

    /// A script of this text fails when it is loaded, with this in the reason.
    pub(crate) async fn fails_to_start(&self, text: &str, expected: &str) {
        let manifest = Manifest::script("com.example.starts", self.language, &["filter-html"])
            .with("[permissions]\nmax_memory_mb = 32\n[pool]\nsize = 1");
        self.server.write(FAILS_TO_START, self.entry, text);
        self.server
            .write(FAILS_TO_START, "manifest.toml", manifest.text());
        let failed = self.server.listed(FAILS_TO_START, "failed").await;
        self.is_healthy(text).await;
        fs::remove_dir_all(self.server.plugin_dir().join(FAILS_TO_START)).expect("it goes");
        eventually("the folder is forgotten", || async {
            let list = self.server.admin.get("/api/v1/admin/plugins").await;
            let list = list.expect(200);
            let mut plugins = list["items"].as_array().expect("a list").iter();
            let is_gone = plugins.all(|plugin| plugin["folder"] != FAILS_TO_START);
            is_gone.then_some(())
        })
        .await;
        let reason = failed["last_error"].as_str().expect("a reason");
        self.expect(reason.contains(expected), text, reason);
    }
}

/// The reason for which a request is refused; the answer, where it is another.
fn reason(answer: &Answer) -> String {
    let detail = answer.body["detail"].as_str();
    let detail = detail.filter(|detail| answer.status == 422 && detail.contains(HOSTILE));
    detail.map_or_else(|| answer.body.to_string(), str::to_owned)
}
