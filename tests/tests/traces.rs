//! Traces, from the request of a client to the request of a plugin, as a collector gets them.

use std::time::{Duration, Instant};

use raisfast_tests::{
    ChildServer, Collector, Manifest, Neighbour, SentSpan, Settings, TestServer, content_type,
    eventually, guest, script,
};
use reqwest::Method;
use serde_json::{Value, json};

const SERVER: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
const CALLER: &str = "com.example.caller";
const TOLD: &str = "com.example.told";
const LOCAL: &str = "[http]\nallowed_networks = [\"127.0.0.0/8\"]";
/// The trace and the span of a client.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CLIENT: &str = "00f067aa0ba902b7";
/// Words of a user, and of an operator, that are nobody else's.
const WORDS: &str = "rhubarb-and-custard";
const KEY: &str = "collectors-own-key";

/// A plugin that runs scripts before content is written, and one that runs them after it was.
fn two_plugins(neighbour: &Neighbour) -> Settings {
    let told = format!(
        "[hooks.on-content-created]\ncontent_types = [\"{}\"]",
        content_type(TOLD)
    );
    let told = Manifest::new(TOLD, &[]).with(&told);
    let permissions = format!("[permissions]\nhttp = [\"{}\"]", neighbour.origin);
    TestServer::with().caller(CALLER, &permissions).plugin(
        "told",
        guest("all-functions"),
        told.text(),
    )
}

/// Lets spans leave at once.
fn traced(settings: Settings, collector: &Collector) -> Settings {
    settings
        .variable("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint)
        .variable("OTEL_BSP_SCHEDULE_DELAY", "50")
}

/// Writes content with a script, as a part of the client's trace.
async fn write(server: &ChildServer, plugin: &str, script: &Value) -> Value {
    let path = format!("/api/v1/content/{}", content_type(plugin));
    let request = server
        .admin
        .request(Method::POST, &path)
        .header("traceparent", format!("00-{TRACE}-{CLIENT}-01"))
        .json(script);
    let response = request.send().await.expect("the server answers");
    assert_eq!(response.status(), 201);
    response.json().await.expect("JSON")
}

/// Waits for the span of a request that is a part of the client's trace.
async fn request_span(collector: &Collector) -> SentSpan {
    eventually("the span of the request comes", || async {
        let mut spans = collector.spans().into_iter();
        spans.find(|sent| sent.parent() == CLIENT)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_goes_from_the_client_through_the_plugin_to_whom_the_plugin_asks() {
    let (collector, neighbour) = (Collector::start().await, Neighbour::start().await);
    let server = traced(two_plugins(&neighbour), &collector)
        .variable("OTEL_SERVICE_NAME", "the-site")
        .variable(
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=test",
        )
        .variable("OTEL_EXPORTER_OTLP_HEADERS", &format!("x-key={KEY}"))
        .variable("RAISFAST_LOG_FORMAT", "json")
        .start_child(SERVER, LOCAL)
        .await;
    let calls = [
        ("get-data", json!([WORDS])),
        ("log", json!(["info", "within the trace"])),
        ("http-send", json!(["get", neighbour.url("/headers")])),
    ];
    let written = write(&server, CALLER, &script(&calls)).await;

    let request = request_span(&collector).await;
    assert_eq!(request.trace(), TRACE);
    assert_eq!(request.span.name, "POST /api/v1/content/{type}");
    assert_eq!(request.span.kind, 2, "a server's");
    for (name, value) in [
        ("http.request.method", "POST"),
        ("http.route", "/api/v1/content/{type}"),
        ("http.response.status_code", "#201"),
    ] {
        assert_eq!(request.attribute(name), value, "{name}");
    }
    for (name, value) in [
        ("service.name", "the-site"),
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("deployment.environment.name", "test"),
    ] {
        assert_eq!(request.resource.get(name).map(String::as_str), Some(value));
    }

    let hook = collector.span("on-content-creating").await;
    assert_eq!(hook.parent(), request.id());
    let call = collector.span(CALLER).await;
    assert_eq!(call.parent(), hook.id());
    for (name, value) in [
        ("raisfast.plugin", CALLER),
        ("raisfast.hook", "on-content-creating"),
        ("raisfast.outcome", "ok"),
    ] {
        assert_eq!(call.attribute(name), value, "{name}");
    }
    let mut host_call = collector.span("host-api/get-data").await;
    assert_eq!(host_call.parent(), call.id());
    host_call = collector.span("http/send").await;
    assert_eq!(host_call.parent(), call.id());
    assert_eq!(host_call.attribute("raisfast.host_function"), "http/send");
    for span in [&hook, &call, &host_call] {
        assert_eq!(span.trace(), TRACE, "{}", span.span.name);
    }

    let seen = written["data"]["results"][2]["body"].as_str();
    let seen: Value = serde_json::from_str(seen.expect("an answer")).expect("JSON");
    let place = format!("00-{TRACE}-{}-01", host_call.id());
    assert_eq!(seen["traceparent"], place, "{seen}");

    server.logs("within the trace").await;
    let log = server.log();
    let mut lines = log.lines();
    let line = lines.find(|line| line.contains("within the trace"));
    let record: Value = serde_json::from_str(line.expect("a record")).expect("JSON");
    assert_eq!(record["trace_id"], TRACE, "{record}");
    assert_eq!(record["span_id"], call.id(), "{record}");

    // The collector's key is in no log, and the words of nobody are at the collector.
    assert!(!log.contains(KEY), "{log}");
    assert!(
        collector
            .headers()
            .iter()
            .all(|headers| headers["x-key"] == KEY)
    );
    for words in [WORDS, "within the trace", KEY] {
        assert!(!collector.holds(words), "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_a_trace_of_its_own_that_links_to_the_change() {
    let (collector, neighbour) = (Collector::start().await, Neighbour::start().await);
    let server = traced(two_plugins(&neighbour), &collector)
        .start_child(SERVER, LOCAL)
        .await;
    write(&server, TOLD, &script(&[("get-data", json!([WORDS]))])).await;
    let request = request_span(&collector).await;
    let delivery = collector.span("deliver on-content-created").await;
    assert_ne!(delivery.trace(), TRACE);
    assert_eq!(delivery.parent(), "");
    assert_eq!(delivery.span.kind, 5, "a consumer's");
    assert_eq!(delivery.links(), [(TRACE.to_owned(), request.id())]);
    for (name, value) in [
        ("raisfast.plugin", TOLD),
        ("raisfast.hook", "on-content-created"),
        ("raisfast.attempt", "#1"),
        ("raisfast.outcome", "ok"),
    ] {
        assert_eq!(delivery.attribute(name), value, "{name}");
    }
    let call = collector.span(TOLD).await;
    assert_eq!(call.trace(), delivery.trace());
    assert_eq!(call.parent(), delivery.id());
    assert!(!collector.holds(WORDS));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_fails_is_an_error_without_its_reason() {
    let (collector, neighbour) = (Collector::start().await, Neighbour::start().await);
    let server = traced(two_plugins(&neighbour), &collector)
        .start_child(SERVER, LOCAL)
        .await;
    let path = format!("/api/v1/content/{}", content_type(CALLER));
    let script = json!({"function": WORDS, "args": []});
    let answer = server.admin.post(&path, &script).await;
    assert!(!answer.status.is_success(), "{answer:?}");
    let call = collector.span(CALLER).await;
    assert_eq!(call.attribute("raisfast.outcome"), "failed");
    let status = call.span.status.expect("a status");
    assert_eq!((status.code, status.message.as_str()), (2, ""));
    assert!(!collector.holds(WORDS));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_calls_in_a_loop_does_not_crowd_out_others() {
    let (collector, neighbour) = (Collector::start().await, Neighbour::start().await);
    let server = traced(two_plugins(&neighbour), &collector)
        .start_child(SERVER, LOCAL)
        .await;
    let calls = vec![("get-data", json!(["x"])); 200];
    write(&server, CALLER, &script(&calls)).await;
    let call = collector.span(CALLER).await;
    assert_eq!(call.attribute("raisfast.host_calls_left_out"), "#72");
    let is_host_call = |sent: &SentSpan| sent.span.name == "host-api/get-data";
    let all = || async {
        let count = collector
            .spans()
            .iter()
            .filter(|sent| is_host_call(sent))
            .count();
        (count >= 128).then_some(count)
    };
    assert_eq!(eventually("the others come", all).await, 128);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_where_traces_are_off() {
    let (collector, neighbour) = (Collector::start().await, Neighbour::start().await);
    let mut server = traced(two_plugins(&neighbour), &collector)
        .variable("OTEL_TRACES_EXPORTER", "none")
        .start_child(SERVER, LOCAL)
        .await;
    let calls = [("http-send", json!(["get", neighbour.url("/headers")]))];
    let written = write(&server, CALLER, &script(&calls)).await;
    let seen = written["data"]["results"][0]["body"].as_str();
    let seen: Value = serde_json::from_str(seen.expect("an answer")).expect("JSON");
    assert!(seen.get("traceparent").is_none(), "{seen}");
    let figures = server.admin.get("/metrics").await.expect(200);
    assert!(!figures.as_str().expect("text").contains("trace_spans"));
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(0), "{}", server.log());
    assert_eq!(collector.spans(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_collector_that_does_not_answer() {
    let (collector, neighbour) = (Collector::silent().await, Neighbour::start().await);
    let mut server = traced(two_plugins(&neighbour), &collector)
        .start_child(SERVER, LOCAL)
        .await;
    // 103 spans each: more than a batch that is on its way, and the room for those that wait.
    let calls = vec![("get-data", json!(["x"])); 100];
    let begun = Instant::now();
    for _ in 0..40 {
        write(&server, CALLER, &script(&calls)).await;
    }
    let each = begun.elapsed() / 40;
    assert!(each < Duration::from_secs(1), "{each:?} a request");
    let figures = server.admin.get("/metrics").await.expect(200);
    let figures = figures.as_str().expect("text");
    let dropped = "raisfast_trace_spans_total{outcome=\"dropped\"} ";
    let dropped = figures.lines().find_map(|line| line.strip_prefix(dropped));
    assert!(dropped.is_some_and(|count| count != "0"), "{figures}");
    let begun = Instant::now();
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(0), "{}", server.log());
    let stop = begun.elapsed();
    assert!(stop < Duration::from_secs(12), "{stop:?}");
    assert!(
        server.log().contains("the last spans are lost"),
        "{}",
        server.log()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_not_there_is_mentioned_once() {
    let (collector, neighbour) = (Collector::start().await, Neighbour::start().await);
    let mut server = traced(two_plugins(&neighbour), &collector)
        // Nobody listens at this port.
        .variable(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://user:password@127.0.0.1:9",
        )
        .start_child(SERVER, LOCAL)
        .await;
    let calls = [("get-data", json!(["x"]))];
    write(&server, CALLER, &script(&calls)).await;
    server.logs("takes no spans").await;
    let failed = "raisfast_trace_spans_total{outcome=\"failed\"}";
    let seen = || async {
        let figures = server.admin.get("/metrics").await.expect(200);
        figures
            .as_str()
            .expect("text")
            .contains(failed)
            .then_some(())
    };
    eventually("spans that are lost are counted", seen).await;
    write(&server, CALLER, &script(&calls)).await;
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(0), "{}", server.log());
    let log = server.log();
    assert_eq!(log.matches("takes no spans").count(), 1, "{log}");
    assert!(!log.contains("password"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_spans_are_sent_before_the_server_ends() {
    let (collector, neighbour) = (Collector::start().await, Neighbour::start().await);
    let mut server = traced(two_plugins(&neighbour), &collector)
        .variable("OTEL_BSP_SCHEDULE_DELAY", "3600000")
        .start_child(SERVER, LOCAL)
        .await;
    write(&server, CALLER, &script(&[("get-data", json!(["x"]))])).await;
    assert_eq!(collector.spans(), []);
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(0), "{}", server.log());
    request_span(&collector).await;
}
