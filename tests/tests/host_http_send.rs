//! `send` of `interface http`, against a real server on this machine.

use raisfast_tests::{Neighbour, Settings, TestServer};
use serde_json::{Value, json};

const PLUGIN: &str = "com.example.caller";

/// A plugin that may reach these origins, of an operator who lets plugins reach this machine.
fn granted(origins: &[&str], limits: &str) -> Settings {
    let manifest = format!("[permissions]\nhttp = {}\n{limits}", json!(origins));
    TestServer::with()
        .caller(PLUGIN, &manifest)
        .config(|config| config.allowed_networks = vec!["127.0.0.0/8".parse().expect("a network")])
}

/// Method, URL, header fields, body and milliseconds.
async fn send(server: &TestServer, args: Value) -> Value {
    server.call(PLUGIN, "http-send", args).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_brings_status_headers_and_body() {
    let neighbour = Neighbour::start().await;
    let server = granted(&[&neighbour.origin], "").start().await;
    for (method, body, arrived, answer) in [
        ("get", None, "GET /x", "GET received \"\""),
        ("head", None, "HEAD /x", ""),
        (
            "post",
            Some("grün"),
            "POST /x grün",
            "POST received \"grün\"",
        ),
        ("put", Some("a"), "PUT /x a", "PUT received \"a\""),
        ("patch", Some("b"), "PATCH /x b", "PATCH received \"b\""),
        ("delete", None, "DELETE /x", "DELETE received \"\""),
    ] {
        let found = send(&server, json!([method, neighbour.url("/x"), null, body])).await;
        assert_eq!(found["status"], 200, "{method}: {found}");
        assert_eq!(found["body"], answer, "{method}");
        let content_type = &found["headers"]["content-type"];
        assert_eq!(content_type, "text/plain; charset=utf-8", "{method}");
        let requests = neighbour.requests();
        assert_eq!(requests.last().map(String::as_str), Some(arrived));
    }
    // What is not 2xx is an answer, too.
    for status in [201, 304, 404, 503] {
        let url = neighbour.url(&format!("/status/{status}"));
        let found = send(&server, json!(["get", url])).await;
        assert_eq!(found["status"], status, "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn header_fields_go_both_ways_except_those_of_the_connection() {
    let neighbour = Neighbour::start().await;
    let server = granted(&[&neighbour.origin], "").start().await;
    let fields = "Authorization: Bearer x\nX-Mine: 1\ncontent-type: text/csv";
    let found = send(
        &server,
        json!(["post", neighbour.url("/headers"), fields, "a,b"]),
    )
    .await;
    assert_eq!(found["headers"]["x-answer"], "yes");
    let seen: Value = serde_json::from_str(found["body"].as_str().expect("text")).expect("JSON");
    for (name, value) in [
        ("authorization", "Bearer x"),
        ("x-mine", "1"),
        ("content-type", "text/csv"),
        ("content-length", "3"),
    ] {
        assert_eq!(seen[name], value, "{seen}");
    }
    let before = neighbour.requests().len();
    for field in [
        "host: evil.example.com",
        "Content-Length: 0",
        "connection: close",
        "transfer-encoding: chunked",
        "proxy-authorization: x",
        "upgrade: h2c",
        "x y: z",
        "x-a: b\u{7f}",
    ] {
        let refused = send(&server, json!(["get", neighbour.url("/"), field])).await;
        assert_eq!(refused["error"], "invalid", "{field}: {refused}");
    }
    let refused = send(&server, json!(["get", neighbour.url("/"), null, "body"])).await;
    assert_eq!(refused["error"], "invalid", "{refused}");
    assert_eq!(neighbour.requests().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_takes_no_key_to_another_origin() {
    let (neighbour, other) = (Neighbour::start().await, Neighbour::start().await);
    let server = granted(&[&neighbour.origin, &other.origin], "")
        .start()
        .await;
    let fields = "authorization: secret\ncookie: secret\nx-api-key: secret\naccept: text/plain";
    for (to, kept) in [
        (neighbour.url("/headers"), true),
        (other.url("/headers"), false),
    ] {
        let from = neighbour.url(&format!("/to/307?{to}"));
        let found = send(&server, json!(["post", from, fields, "body"])).await;
        let seen = found["body"].as_str().expect("text");
        assert_eq!(seen.contains("secret"), kept, "{to}: {seen}");
        assert!(seen.contains("text/plain"), "{to}: {seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_has_its_kind_and_says_what_to_do() {
    let (neighbour, stranger) = (Neighbour::start().await, Neighbour::start().await);
    let gone = Neighbour::start()
        .await
        .origin
        .replace("127.0.0.1", "127.0.0.2");
    let private = "http://10.0.0.1";
    let limits = "[limits]\nhttp_request_bytes = 10\nhttp_response_bytes = 40";
    let server = granted(&[&neighbour.origin, &gone, private], limits)
        .start()
        .await;
    let from = |path: &str| json!(["get", neighbour.url(path)]);
    for (args, kind, message) in [
        (
            json!(["get", stranger.url("/secret")]),
            "denied",
            format!("under [permissions]: http = [\"{}\"]", stranger.origin),
        ),
        (json!(["get", private]), "address", "private".to_owned()),
        (
            json!(["get", gone]),
            "connection",
            "no connection".to_owned(),
        ),
        (json!(["get", "no url"]), "invalid", "not a URL".to_owned()),
        (
            from("/bytes/41"),
            "too-large",
            "[limits] http_response_bytes".to_owned(),
        ),
        (
            json!(["post", neighbour.url("/"), null, "0123456789+"]),
            "limit",
            "[limits] http_request_bytes is 10".to_owned(),
        ),
        (
            from("/to/302?/to/302?/to/302?/to/302?/to/302?/to/302?/"),
            "redirect",
            "more than 5".to_owned(),
        ),
        (
            json!(["get", neighbour.url("/never"), null, null, "50"]),
            "timeout",
            "50 ms".to_owned(),
        ),
    ] {
        let found = send(&server, args).await;
        assert_eq!(found["error"], kind, "{found}");
        let told = found["message"].as_str().expect("a message");
        assert!(told.contains(&message), "{told}");
    }
    assert!(stranger.requests().is_empty());
    server.record(PLUGIN, "denied: a request to").await;
    server.record(PLUGIN, "denied: http send: `10.0.0.1`").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_count_against_the_same_limit() {
    let neighbour = Neighbour::start().await;
    let server = granted(
        &[&neighbour.origin],
        "[limits]\nhttp_requests_per_minute = 3",
    )
    .start()
    .await;
    let url = neighbour.url("/x");
    server.call(PLUGIN, "http-get", json!([url])).await;
    // The redirect is one more.
    let found = send(&server, json!(["get", neighbour.url("/to/302?/y")])).await;
    assert_eq!(found["status"], 200, "{found}");
    let found = send(&server, json!(["get", url])).await;
    assert_eq!(found["error"], "limit", "{found}");
    server
        .record(PLUGIN, "[limits]: http_requests_per_minute = 6")
        .await;
    assert_eq!(neighbour.requests(), ["GET /x", "GET /to/302?/y", "GET /y"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_deadline_is_stronger_than_a_long_timeout() {
    let neighbour = Neighbour::start().await;
    let limits = "timeout_ms = 300";
    let server = granted(&[&neighbour.origin], limits).start().await;
    let script = raisfast_tests::script(&[(
        "http-send",
        json!(["get", neighbour.url("/never"), null, null, "60000"]),
    )]);
    let answer = server.script(PLUGIN, &script).await;
    assert_eq!(answer.status, 422, "{}", answer.body);
    // The next call finds everything in order.
    let found = send(&server, json!(["get", neighbour.url("/x")])).await;
    assert_eq!(found["status"], 200, "{found}");
}
