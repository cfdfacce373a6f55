//! A plugin that fails again and again is paused, and nothing else is.

mod failures;
mod paused;
mod probes;
mod resets;

use std::time::Duration;

use raisfast_tests::{Manifest, Settings, TestServer};
use serde_json::Value;

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
