//! Mistakes of clients, each with the status and the pointer that tell them so.

use reqwest::{Method, header};
use serde_json::json;

use crate::support::{RequestBuilder, TestServer, problem};

/// One line of the table.
struct Bad {
    line: &'static str,
    status: u16,
    pointer: Option<&'static str>,
    says: &'static str,
    method: Method,
    path: &'static str,
    body: String,
}

fn bad_requests() -> impl Iterator<Item = Bad> {
    let lines = include_str!("bad_requests.txt").lines();
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| bad(line).unwrap_or_else(|| panic!("a line of the table: {line}")))
}

fn bad(line: &'static str) -> Option<Bad> {
    let (answer, rest) = line.split_once(" | ")?;
    let (says, request) = rest.split_once(" | ")?;
    let (status, pointer) = answer.split_once(' ')?;
    let mut request = request.splitn(3, ' ');
    Some(Bad {
        line,
        status: status.parse().ok()?,
        pointer: match pointer.trim() {
            "-" => None,
            "\"\"" => Some(""),
            pointer => Some(pointer),
        },
        says: Some(says.trim())
            .filter(|says| *says != "-")
            .unwrap_or_default(),
        method: request.next()?.parse().ok()?,
        path: request.next()?,
        body: request.next().unwrap_or_default().replace('⏎', "\n"),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_is_answered_with_its_status_and_place() {
    let server = TestServer::start().await;
    let token = server.admin().await;
    assert_eq!(server.publish(&token, "Hello").await["slug"], "hello");

    for bad in bad_requests() {
        let about = bad.line;
        let mut request = server.request(bad.method, bad.path).bearer_auth(&token);
        if !bad.body.is_empty() || bad.status == 400 {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(bad.body);
        }
        let problem = problem(request.send().await.expect("an answer"), bad.status, about).await;
        let pointer = problem
            .get("pointer")
            .map(|pointer| pointer.as_str().expect("text"));
        assert_eq!(pointer, bad.pointer, "{about}: {problem}");
        if let Some(pointer) = bad.pointer {
            assert_eq!(
                problem["errors"][0]["pointer"], pointer,
                "{about}: {problem}"
            );
        }
        let detail = problem["detail"].as_str().expect("text");
        assert!(detail.contains(bad.says), "{about}: {detail}");
    }
}

async fn refused(request: RequestBuilder, status: u16, about: &str) {
    problem(request.send().await.expect("an answer"), status, about).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_called_json_is_refused() {
    let server = TestServer::start().await;
    let token = server.admin().await;
    let post = || {
        server
            .post("/api/v1/posts")
            .bearer_auth(&token)
            .body(r#"{"title":"x"}"#)
    };

    refused(post(), 415, "no content type").await;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonp",
        "",
    ] {
        refused(
            post().header(header::CONTENT_TYPE, content_type),
            415,
            content_type,
        )
        .await;
    }
    for content_type in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/merge-patch+json",
    ] {
        let response = post()
            .header(header::CONTENT_TYPE, content_type)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), 201, "{content_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_have_two_mebibytes_and_not_a_byte_more() {
    const LIMIT: usize = 2 << 20;
    let server = TestServer::start().await;
    let token = server.admin().await;
    let recipe = |length: usize| {
        let empty = json!({ "text": "" }).to_string();
        let text = "x".repeat(length - empty.len());
        server
            .post("/api/v1/content/recipe")
            .bearer_auth(&token)
            .header(header::CONTENT_TYPE, "application/json")
            .body(json!({ "text": text }).to_string())
    };

    let response = recipe(LIMIT).send().await.expect("an answer");
    assert_ne!(response.status(), 413, "exactly the limit is not too large");
    refused(recipe(LIMIT + 1), 413, "one byte more").await;
    refused(recipe(4 * LIMIT), 413, "much more").await;
    // Without a length in front.
    let chunks = (0..5).map(|_| Ok::<_, std::io::Error>("x".repeat(LIMIT / 4)));
    let endless = server
        .post("/api/v1/posts/hello/comments")
        .header(header::CONTENT_TYPE, "application/json")
        .body(reqwest::Body::wrap_stream(futures::stream::iter(chunks)));
    refused(endless, 413, "in chunks").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_a_route_does_not_take_is_answered_with_those_it_takes() {
    let server = TestServer::start().await;
    let response = server
        .delete("/api/v1/posts")
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.headers()["allow"], "POST,GET,HEAD");
    problem(response, 405, "DELETE posts").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_json_is_refused_and_the_server_lives_on() {
    let server = TestServer::start().await;
    let token = server.admin().await;
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let request = server
        .post("/api/v1/content/recipe")
        .bearer_auth(&token)
        .header(header::CONTENT_TYPE, "application/json")
        .body(deep);
    refused(request, 400, "a hundred thousand lists").await;
    let alive = server.get("/healthz").send().await.expect("an answer");
    assert_eq!(alive.status(), 200);
}
