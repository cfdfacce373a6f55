//! `emit-event`, and the admins' event stream that it ends in.

use std::time::Duration;

use raisfast_tests::{Client, TestServer, parsed};
use reqwest::{Method, Response};
use serde_json::{Value, json};

const PLUGIN: &str = "com.example.caller";

/// The longest time that an event may take on a slow machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// Somebody who reads `GET events` while it goes on.
struct Listener {
    response: Response,
    received: String,
}

impl Listener {
    /// Listens; what is emitted after this returns is heard.
    async fn open(client: &Client) -> Self {
        let request = client.request(Method::GET, "/api/v1/events");
        let response = request.send().await.expect("the server answers");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            received: String::new(),
        }
    }

    /// The next event's name and data, comments left out; `None` at the stream's end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some(end) = self.received.find("\n\n") {
                let block: String = self.received.drain(..end + 2).collect();
                let field = |name: &str| {
                    let lines = block.lines().filter_map(|line| line.strip_prefix(name));
                    lines.collect::<Vec<_>>().join("\n")
                };
                let name = field("event: ");
                if name.is_empty() {
                    continue;
                }
                let data = serde_json::from_str(&field("data: ")).expect("JSON");
                return Some((name, data));
            }
            let chunk = tokio::time::timeout(DEADLINE, self.response.chunk());
            let chunk = chunk.await.expect("an event within the deadline");
            let chunk = chunk.expect("the connection holds")?;
            self.received
                .push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    }

    async fn expect(&mut self) -> Value {
        let (name, event) = self.next().await.expect("the stream goes on");
        assert_eq!(name, "plugin");
        event
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_reach_every_admin_who_listens_as_they_happen() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    server
        .call(
            PLUGIN,
            "emit-event",
            json!(["missed", "nobody listens yet"]),
        )
        .await;

    let mut one = Listener::open(&server.admin).await;
    let mut two = Listener::open(&server.admin).await;
    for n in 1..=3 {
        // Each is read before the next one is emitted: the stream holds nothing back.
        let data = json!({ "n": n }).to_string();
        let answer = server
            .call(PLUGIN, "emit-event", json!(["order.paid", data]))
            .await;
        assert_eq!(parsed(&answer), json!({"ok": true}));

        for listener in [&mut one, &mut two] {
            let event = listener.expect().await;
            assert_eq!(event["plugin"], PLUGIN);
            assert_eq!(event["type"], "order.paid");
            assert_eq!(event["data"], data);
            let at = event["at"].as_str().expect("a time");
            assert!(at.ends_with('Z'), "{at}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_events_data_cannot_forge_another_event() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    let mut listener = Listener::open(&server.admin).await;
    let data = "one\n\nevent: plugin\ndata: {\"type\": \"forged\"}\r\n\r\n";
    let calls = [
        ("emit-event", json!(["real", data])),
        ("emit-event", json!(["last", ""])),
    ];
    server.calls(PLUGIN, &calls).await;

    assert_eq!(listener.expect().await["data"], data);
    assert_eq!(listener.expect().await["type"], "last");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_may_listen() {
    let server = TestServer::with().start().await;
    let answer = server.visitor.get("/api/v1/events").await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.body["status"], 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_is_refused_and_not_sent() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    let mut listener = Listener::open(&server.admin).await;
    let large = "x".repeat(64 << 10);
    for (event_type, data) in [
        ("", "no type"),
        ("two\nlines", "a type with a line break"),
        (&*"t".repeat(513), "a long type"),
        ("large", &format!("{large}x")),
    ] {
        let answer = server
            .call(PLUGIN, "emit-event", json!([event_type, data]))
            .await;
        let answer = parsed(&answer);
        assert_eq!(answer["code"], "invalid_argument", "{answer}");
        assert!(answer["error"].as_str().is_some_and(|why| !why.is_empty()));
    }
    // The largest that is one is the first to arrive.
    server
        .call(PLUGIN, "emit-event", json!(["largest", large]))
        .await;
    let event = listener.expect().await;
    assert_eq!(event["type"], "largest");
    assert_eq!(event["data"], large);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_stop_at_their_limit() {
    let server = TestServer::with()
        .caller(PLUGIN, "[limits]\nevents_per_minute = 1")
        .start()
        .await;
    let mut listener = Listener::open(&server.admin).await;
    let calls = [
        ("emit-event", json!(["first", ""])),
        ("emit-event", json!(["second", ""])),
        ("emit-event", json!(["third", ""])),
    ];
    let answers = server.calls(PLUGIN, &calls).await;
    assert_eq!(parsed(&answers[0]), json!({"ok": true}));
    for refused in &answers[1..] {
        assert_eq!(parsed(refused)["code"], "quota", "{refused}");
    }
    server
        .record(PLUGIN, "[limits]: events_per_minute = 2")
        .await;

    // The stream ends with the server; nothing else has come until then.
    assert_eq!(listener.expect().await["type"], "first");
    let stopped = tokio::spawn(server.restart());
    assert_eq!(listener.next().await, None);
    stopped.await.expect("the server starts again");
}
