//! The readers of `/metrics`.

use reqwest::header::HeaderValue;

use crate::support::{RequestBuilder, TestServer, problem};

/// The request of somebody elsewhere, by way of a proxy on this machine.
fn from_elsewhere(server: &TestServer) -> RequestBuilder {
    server
        .get("/metrics")
        .header("x-forwarded-for", "192.0.2.1")
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.expect("an answer").status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_for_admins() {
    let server = TestServer::start().await;
    let stranger = from_elsewhere(&server).send().await.expect("an answer");
    problem(stranger, 401, "a stranger").await;
    let author = from_elsewhere(&server).bearer_auth(server.author("ann").await);
    problem(author.send().await.expect("an answer"), 403, "an author").await;
    let admin = from_elsewhere(&server).bearer_auth(server.admin().await);
    assert_eq!(status(admin).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_sends_no_header_opens_metrics_to_nobody() {
    // As nginx's `proxy_pass` without any further line sends each visitor's request.
    let server = TestServer::start().await;
    let request = server.get("/metrics").header("connection", "close");
    problem(request.send().await.expect("an answer"), 401, "a visitor").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_that_is_no_text_makes_nobody_the_proxy() {
    let server = TestServer::configured(|config| {
        config.metrics_networks = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    for (forwarded, expected) in [
        (&b"\xff"[..], 401),
        (b"\xff, 203.0.113.9", 401),
        (b"203.0.113.9, \xff", 401),
        (b"", 401),
        (b"\xff, 127.0.0.1", 401),
    ] {
        let value = HeaderValue::from_bytes(forwarded).expect("a header's value");
        let request = server.get("/metrics").header("x-forwarded-for", value);
        assert_eq!(status(request).await, expected, "{forwarded:?}");
    }
    assert_eq!(status(server.get("/metrics")).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_opens_metrics_to_a_network() {
    let server = TestServer::configured(|config| {
        config.metrics_networks = vec!["192.0.2.0/24".parse().unwrap()];
    })
    .await;
    assert_eq!(status(from_elsewhere(&server)).await, 200);
    assert_eq!(status(server.get("/metrics")).await, 401);
}
