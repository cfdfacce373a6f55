//! `events --follow` and `plugin logs --follow`.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
};

use raisfast_contract::PluginId;
use raisfast_host_api::capability::Events as _;
use raisfast_tests::{Manifest, TestServer, eventually};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::operator::Operator;

const MOODY: &str = "com.example.moody";

/// A command that goes on. It is killed when this is dropped.
struct Following {
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
}

impl Following {
    fn begin(operator: &Operator, arguments: &[&str]) -> Self {
        let mut child = operator
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let (send, lines) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    async fn line(&mut self) -> String {
        let next = tokio::time::timeout(std::time::Duration::from_secs(20), self.lines.recv());
        next.await.expect("a line in time").expect("it goes on")
    }

    async fn json(&mut self) -> Value {
        serde_json::from_str(&self.line().await).expect("JSON on a line")
    }

    /// Waits for the end, and returns the exit code and what is said of it.
    fn ended(mut self) -> (Option<i32>, String) {
        let stderr = self.child.stderr.take().expect("a pipe");
        let said = std::io::read_to_string(stderr).expect("UTF-8");
        let status = self.child.wait().expect("it was started here");
        (status.code(), said)
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn server() -> TestServer {
    let manifest = Manifest::new(MOODY, &["on-post-creating"])
        .with("[permissions]\ntimeout_ms = 1000\n[pool]\nsize = 1");
    TestServer::with().guest("moody", &manifest).start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_followed_from_its_latest_records_on() {
    let server = server().await;
    let operator = Operator::of(&server);
    server.publish("fail").await;
    server.logs(MOODY, "the call failed").await;
    let arguments = [
        "plugin", "logs", MOODY, "--follow", "--level", "error", "--limit", "1", "--json",
    ];
    let mut following = Following::begin(&operator, &arguments);
    let first = following.json().await;
    assert_eq!(
        (&first["level"], &first["hook"]),
        (&"error".into(), &"on-post-creating".into())
    );
    server.publish("fail").await;
    let second = following.json().await;
    assert_eq!(second["plugin"], MOODY);
    assert!(second["at"].as_str() >= first["at"].as_str());

    server.stop().await;
    let (code, said) = following.ended();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("run the command again"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_printed_as_they_happen() {
    let server = server().await;
    let operator = Operator::of(&server);
    let mut people = Following::begin(&operator, &["events", "--follow"]);
    let mut programs = Following::begin(
        &operator,
        &["events", "--follow", "--plugin", MOODY, "--json"],
    );
    // Nothing from before they listen is shown: an event for each look.
    let events = server.server().events();
    let plugin: PluginId = MOODY.parse().expect("an id");
    let line = eventually("people see an event", || {
        events.emit(&plugin, "order.paid", "{\"id\":\"\u{1b}[31m\"}");
        let line = people.lines.try_recv().ok();
        async move { line }
    })
    .await;
    assert!(
        line.ends_with(r#" com.example.moody order.paid {"id":"\u{1b}[31m"}"#),
        "{line}"
    );
    let line = eventually("programs see an event", || {
        events.emit(&plugin, "order.paid", "x\u{1b}");
        let line = programs.lines.try_recv().ok();
        async move { line }
    })
    .await;
    let event: Value = serde_json::from_str(&line).expect("JSON on a line");
    assert_eq!(
        (&event["event"], &event["data"]["type"]),
        (&"plugin".into(), &"order.paid".into())
    );

    for _ in 0..5 {
        server.publish("fail").await;
    }
    while !people
        .line()
        .await
        .contains("com.example.moody paused in on-post-creating: ")
    {}
    while programs.json().await["data"]["type"] != "paused" {}
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_are_not_followed_cannot_be_shown() {
    let operator = Operator::elsewhere();
    let output = operator
        .command(&["events"])
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--follow"));
}
