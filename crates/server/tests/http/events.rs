//! The event stream, as an admin's client reads it.

use std::time::Duration;

use raisfast_contract::PluginId;
use raisfast_host_api::capability::Events;
use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{RequestBuilder, TestServer};

/// Reads a stream of server-sent events.
struct Listener {
    response: Response,
    read: String,
    /// The id of the last event that had one.
    last: Option<String>,
}

impl Listener {
    async fn of(server: &TestServer) -> Self {
        Self::with(server, &server.admin().await).await
    }

    async fn with(server: &TestServer, token: &str) -> Self {
        Self::open(server.get("/api/v1/events").bearer_auth(token)).await
    }

    /// Goes on after an event.
    async fn after(server: &TestServer, last: &str) -> Self {
        let request = server.get("/api/v1/events");
        let request = request.bearer_auth(server.admin().await);
        Self::open(request.header("Last-Event-ID", last)).await
    }

    async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            read: String::new(),
            last: None,
        }
    }

    /// Waits for an event, and returns its data.
    async fn expect(&mut self, name: &str) -> Value {
        let (found, data) = self.next().await.expect("the stream goes on");
        assert_eq!(found, name, "{data}");
        data
    }

    /// The next event's name and data; `None` at the stream's end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.read = rest;
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
                self.last = field("id: ").map(str::to_owned).or(self.last.take());
                let Some(name) = field("event: ") else {
                    continue;
                };
                let data = serde_json::from_str(field("data: ").expect("data")).expect("JSON");
                return Some((name.to_owned(), data));
            }
            let chunk = tokio::time::timeout(Duration::from_secs(10), self.response.chunk())
                .await
                .expect("an event within ten seconds")
                .expect("the stream is not broken off")?;
            self.read
                .push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        }
    }
}

fn plugin() -> PluginId {
    "com.example.x".parse().expect("an id")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_listener_gets_every_event_from_then_on() {
    let server = TestServer::start().await;
    let events = server.server.events();
    events.emit(&plugin(), "before", "{}");
    let (mut one, mut two) = (Listener::of(&server).await, Listener::of(&server).await);
    events.emit(&plugin(), "order.placed", r#"{"id":7}"#);
    events.emit(
        &plugin(),
        "line\nbreak\n\nevent: forged",
        "data: forged\n\n",
    );

    for listener in [&mut one, &mut two] {
        let (name, event) = listener.next().await.expect("an event");
        assert_eq!(name, "plugin");
        assert_eq!(event["plugin"], "com.example.x");
        assert_eq!(event["type"], "order.placed");
        assert_eq!(event["data"], r#"{"id":7}"#);
        let at = event["at"].as_str().expect("a time");
        assert!(chrono::DateTime::parse_from_rfc3339(at).is_ok(), "{at}");

        let (name, event) = listener.next().await.expect("an event");
        assert_eq!(name, "plugin", "a plugin cannot forge an event");
        assert_eq!(event["type"], "line\nbreak\n\nevent: forged");
        assert_eq!(event["data"], "data: forged\n\n");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_listener_is_told_what_it_missed() {
    const EMITTED: u64 = 3_000;
    let server = TestServer::start().await;
    let events = server.server.events();
    let mut listener = Listener::of(&server).await;
    // More than the backlog, the socket's buffers and the client's together hold.
    let data = "x".repeat(64 << 10);
    for n in 0..EMITTED {
        events.emit(&plugin(), &n.to_string(), &data);
    }
    events.emit(&plugin(), "last", "");

    let (mut received, mut missed) = (0, 0);
    loop {
        let (name, event) = listener.next().await.expect("an event");
        if name == "lagged" {
            missed += event["missed"].as_u64().expect("a number");
        } else if event["type"] == json!("last") {
            break;
        } else {
            received += 1;
        }
    }
    assert!(missed > 0, "a listener that did not read has missed events");
    assert_eq!(
        received + missed,
        EMITTED,
        "each event is either received or counted"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_ends_when_the_server_shuts_down() {
    let server = TestServer::start().await;
    let mut listener = Listener::of(&server).await;
    server.server.shutdown().await;
    assert_eq!(listener.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_ends_with_its_login() {
    let server = TestServer::start().await;
    for path in ["/api/v1/auth/tokens", "/api/v1/auth/logout"] {
        let token = server.admin().await;
        let mut listener = Listener::with(&server, &token).await;
        let end = match path {
            "/api/v1/auth/logout" => server.post(path),
            _ => server.delete(path),
        };
        let ended = end.bearer_auth(token).send().await.expect("an answer");
        assert_eq!(ended.status(), 204);
        assert_eq!(listener.next().await, None, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_ends_with_a_login_that_another_process_has_ended() {
    let server = TestServer::start().await;
    let mut listener = Listener::of(&server).await;
    // What `raisfast admin password` does.
    let reset = raisfast_accounts::reset_admin(server.server.database(), Some("another horse"));
    reset.await.expect("the password is changed");
    assert_eq!(listener.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_another_login_does_not_end_the_stream() {
    let server = TestServer::start().await;
    let mut listener = Listener::of(&server).await;
    let another = server.admin().await;
    let ended = server.post("/api/v1/auth/logout").bearer_auth(another);
    assert_eq!(ended.send().await.expect("an answer").status(), 204);
    server.server.events().emit(&plugin(), "still.there", "");
    let (_, event) = listener.next().await.expect("an event");
    assert_eq!(event["type"], "still.there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_goes_on_after_the_last_event_even_over_a_restart() {
    let server = TestServer::start().await;
    let mut listener = Listener::of(&server).await;
    server.server.events().emit(&plugin(), "seen", "");
    assert_eq!(listener.expect("plugin").await["type"], "seen");
    let last = listener.last.clone().expect("an id");
    server.server.events().emit(&plugin(), "unseen", "a\0b");
    let server = server.restart().await;
    server.server.events().emit(&plugin(), "new", "");

    let mut again = Listener::after(&server, &last).await;
    let unseen = again.expect("plugin").await;
    assert_eq!(
        (&unseen["type"], &unseen["data"]),
        (&json!("unseen"), &json!("a\0b"))
    );
    assert_eq!(again.expect("plugin").await["type"], "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_has_seen_no_event_has_a_place_to_go_on_from() {
    let server = TestServer::start().await;
    let mut listener = Listener::of(&server).await;
    // The place comes at once, with the next event at the latest.
    server.server.events().emit(&plugin(), "first", "");
    let place = loop {
        let chunk = listener.response.chunk().await.expect("the stream goes on");
        let chunk = chunk.expect("the stream goes on");
        listener
            .read
            .push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        let place = listener
            .read
            .lines()
            .find_map(|line| line.strip_prefix("id: "));
        if let Some(place) = place {
            break place.to_owned();
        }
    };
    let mut again = Listener::after(&server, &place).await;
    assert_eq!(again.expect("plugin").await["type"], "first");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_too_old_an_event_is_told_so() {
    let server = TestServer::start().await;
    let events = server.server.events();
    for n in 0..5 {
        events.emit(&plugin(), &n.to_string(), "");
    }
    events.written().await;
    let database = server.server.database();
    // As after an hour, of the first four.
    let bounds = raisfast_db::EventBounds {
        age: chrono::TimeDelta::hours(1),
        rows: 1,
        bytes: 1 << 20,
    };
    database.prune_events(bounds).await.expect("rows removed");
    let mut listener = Listener::after(&server, "1").await;
    assert_eq!(listener.expect("lagged").await["missed"], 3);
    assert_eq!(listener.expect("plugin").await["type"], "4");

    for unknown in ["6000", "-1", "event"] {
        let mut listener = Listener::after(&server, unknown).await;
        assert_eq!(listener.expect("lagged").await["missed"], Value::Null);
        events.emit(&plugin(), unknown, "");
        assert_eq!(listener.expect("plugin").await["type"], unknown);
    }
}
