//! `wasi:http`, against a real server on this machine: the same rules as `send` of `interface
//! http`.

use raisfast_tests::{Manifest, Neighbour, Settings, TestServer};
use serde_json::{Value, json};

const PLUGIN: &str = "com.example.fetch";

/// A plugin that may reach these origins, of an operator who lets plugins reach this machine.
fn granted(origins: &[&str], more: &str) -> Settings {
    let manifest = Manifest::new(PLUGIN, &["render-markdown"]).with(&format!(
        "[pool]\nsize = 1\n[permissions]\nhttp = {}\n{more}",
        json!(origins)
    ));
    TestServer::with()
        .guest("wasi-http", &manifest)
        .config(|config| config.allowed_networks = vec!["127.0.0.0/8".parse().expect("a network")])
}

/// Returns the guest's answer to a command.
async fn run(server: &TestServer, command: &str) -> String {
    let post = json!({"title": "Command", "content": command, "status": "published"});
    let post = server.create_post(&post).await;
    let html = server.html(post["slug"].as_str().expect("a slug")).await;
    html.replace("&amp;", "&").replace("&gt;", ">")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_brings_status_headers_and_body() {
    let neighbour = Neighbour::start().await;
    let server = granted(&[&neighbour.origin], "").start().await;
    for (method, body, arrived, answer) in [
        ("GET", "", "GET /x?y=1", "GET received \"\""),
        ("HEAD", "", "HEAD /x?y=1", ""),
        ("POST", "grün", "POST /x?y=1 grün", "POST received \"grün\""),
        ("PUT", "a", "PUT /x?y=1 a", "PUT received \"a\""),
        ("PATCH", "b", "PATCH /x?y=1 b", "PATCH received \"b\""),
        ("DELETE", "", "DELETE /x?y=1", "DELETE received \"\""),
    ] {
        let url = neighbour.url("/x?y=1");
        let found = run(&server, &format!("send {method} {url}\n\n{body}")).await;
        let (head, text) = found.split_once("\n\n").expect("a head and a body");
        assert!(head.starts_with("200\n"), "{method}: {found}");
        assert!(
            head.contains("\ncontent-type: text/plain; charset=utf-8"),
            "{found}"
        );
        assert_eq!(text, answer, "{method}");
        assert_eq!(
            neighbour.requests().last().map(String::as_str),
            Some(arrived)
        );
    }
    for status in [204, 404, 503] {
        let url = neighbour.url(&format!("/status/{status}"));
        let found = run(&server, &format!("send GET {url}")).await;
        assert!(found.starts_with(&status.to_string()), "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn header_fields_and_large_bodies_go_both_ways() {
    let neighbour = Neighbour::start().await;
    let server = granted(&[&neighbour.origin], "").start().await;
    let url = neighbour.url("/headers");
    let fields = "X-Mine: 1\nAuthorization: Bearer x\ncontent-length: 3\nx-twice: a\nx-twice: b";
    let found = run(&server, &format!("send POST {url}\n{fields}\n\na,b")).await;
    let (head, body) = found.split_once("\n\n").expect("a head and a body");
    assert!(head.contains("\nx-answer: yes"), "{head}");
    let seen: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(seen["x-mine"], "1", "{seen}");
    assert_eq!(seen["authorization"], "Bearer x");
    assert_eq!(seen["content-length"], "3");
    assert_eq!(seen["host"], neighbour.origin.trim_start_matches("http://"));

    let sent = "0123456789".repeat(20_000);
    let found = run(
        &server,
        &format!("send PUT {}\n\n{sent}", neighbour.url("/x")),
    )
    .await;
    assert!(
        found.ends_with(&format!("PUT received \"{sent}\"")),
        "{}",
        found.len()
    );
    let found = run(
        &server,
        &format!("send GET {}", neighbour.url("/bytes/300000")),
    )
    .await;
    assert!(found.ends_with(&"x".repeat(300_000)), "{}", found.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_granted_is_denied_with_the_line_that_would() {
    let (neighbour, stranger) = (Neighbour::start().await, Neighbour::start().await);
    let server = granted(&[&neighbour.origin], "").start().await;
    for url in [
        stranger.url("/secret"),
        // A redirect is a request, too.
        neighbour.url(&format!("/to/302?{}", stranger.url("/secret"))),
    ] {
        let found = run(&server, &format!("send GET {url}")).await;
        assert_eq!(found, "error: ErrorCode::HttpRequestDenied", "{url}");
    }
    assert!(stranger.requests().is_empty());
    let line = format!("under [permissions]: http = [\"{}\"]", stranger.origin);
    let record = server.record(PLUGIN, &line).await;
    assert_eq!(record["level"], "warn");
    assert_eq!(record["hook"], "render-markdown");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_has_its_code_and_a_record_that_says_why() {
    let neighbour = Neighbour::start().await;
    let gone = Neighbour::start()
        .await
        .origin
        .replace("127.0.0.1", "127.0.0.2");
    let private = "http://10.0.0.1";
    let limits = "[limits]\nhttp_request_bytes = 10000\nhttp_response_bytes = 40";
    let server = granted(&[&neighbour.origin, &gone, private], limits)
        .start()
        .await;
    let to = |path: &str| neighbour.url(path);
    let too_much = "x".repeat(100_000);
    for (command, code, said) in [
        (
            format!("send GET {private}/"),
            "DestinationIpProhibited",
            "private",
        ),
        (
            format!("send GET {gone}/"),
            "DestinationUnavailable",
            "no connection",
        ),
        (
            format!("send GET {}", to("/bytes/41")),
            "HttpResponseBodySize(None)",
            "[limits] http_response_bytes",
        ),
        (
            format!("send POST {}\n\n{too_much}", to("/")),
            "HttpRequestBodySize(None)",
            "[limits] http_request_bytes is 10000",
        ),
        (
            format!(
                "send GET {}",
                to("/to/302?/to/302?/to/302?/to/302?/to/302?/to/302?/")
            ),
            "LoopDetected",
            "redirects",
        ),
        (
            format!("send GET {} 20", to("/never")),
            "HttpResponseTimeout",
            "not complete after 20 ms",
        ),
        (
            format!("send GET {}\nTE: trailers", to("/")),
            "InternalError(Some(\"the header field `te` is set by the server; leave it out\"))",
            "`te` is set by the server",
        ),
    ] {
        let found = run(&server, &command).await;
        let command = &command[..command.len().min(100)];
        assert_eq!(found, format!("error: ErrorCode::{code}"), "{command}");
        let record = server.record(PLUGIN, said).await;
        let message = record["message"].as_str().expect("a text");
        assert!(message.starts_with("wasi:http failed: "), "{message}");
    }
    // What is refused before anybody is asked.
    for (command, code) in [
        (
            format!("send OPTIONS {}", to("/")),
            "ErrorCode::HttpRequestMethodInvalid",
        ),
        (
            format!("send BREW {}", to("/")),
            "ErrorCode::HttpRequestMethodInvalid",
        ),
        (
            "send GET ftp://example.com/".to_owned(),
            "ErrorCode::HttpProtocolError",
        ),
        (
            format!("send GET {}\nHost: x.example.com", to("/")),
            "HeaderError::Forbidden",
        ),
        (
            format!("send GET {}\nConnection: close", to("/")),
            "HeaderError::Forbidden",
        ),
    ] {
        assert_eq!(
            run(&server, &command).await,
            format!("error: {code}"),
            "{command}"
        );
    }
    let at_the_neighbours = neighbour.requests();
    assert!(
        at_the_neighbours
            .iter()
            .all(|request| request.starts_with("GET ")),
        "{at_the_neighbours:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_counts_as_one() {
    let neighbour = Neighbour::start().await;
    let limits = "[limits]\nhttp_requests_per_minute = 2";
    let server = granted(&[&neighbour.origin], limits).start().await;
    let found = run(&server, &format!("hold 3 {}", neighbour.url("/"))).await;
    assert_eq!(found, "200\n200\nErrorCode::ConnectionLimitReached");
    assert_eq!(neighbour.requests().len(), 2);
    server.record(PLUGIN, "http_requests_per_minute").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_eight_answers_are_held_for_an_instance() {
    let neighbour = Neighbour::start().await;
    let server = granted(&[&neighbour.origin], "").start().await;
    for _ in 0..2 {
        let found = run(&server, &format!("hold 9 {}", neighbour.url("/"))).await;
        let lines: Vec<_> = found.lines().collect();
        assert_eq!(lines[..8], ["200"; 8]);
        assert_eq!(lines[8], "ErrorCode::ConnectionLimitReached");
    }
}

/// Else the ninth would find no place.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_nobody_waits_for_ends_with_its_call() {
    let neighbour = Neighbour::start().await;
    let server = granted(&[&neighbour.origin], "").start().await;
    for _ in 0..9 {
        let found = run(&server, &format!("leave {}", neighbour.url("/never"))).await;
        assert_eq!(found, "left");
    }
    let found = run(&server, &format!("send GET {}", neighbour.url("/x"))).await;
    assert!(found.starts_with("200"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_comes_ends_with_the_calls_deadline() {
    let neighbour = Neighbour::start().await;
    let server = granted(&[&neighbour.origin], "timeout_ms = 200")
        .start()
        .await;
    let found = run(&server, &format!("send GET {}", neighbour.url("/never"))).await;
    // The built-in renderer's: the call has failed.
    assert!(found.starts_with("<p>send GET"), "{found}");
    let error = server.plugin(PLUGIN).await["last_error"].clone();
    let error = error.as_str().expect("an error");
    assert!(error.contains("no answer within 200 ms"), "{error}");
    let found = run(&server, &format!("send GET {}", neighbour.url("/x"))).await;
    assert!(found.starts_with("200"), "{found}");
}
