//! The size of an answer, and the time for it.

use std::{io, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    http::StatusCode,
    routing::get,
};
use raisfast_host_api::capability::{Http as _, RequestError};

use crate::{Kind, Then, client, fetch, kind, request, serve, serve_bytes};

#[tokio::test]
async fn header_fields_of_an_answer_have_a_limit() {
    let field = |bytes: usize| {
        let value = "x".repeat(bytes);
        format!(
            "HTTP/1.1 200 OK\r\nx-long: {value}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        )
    };
    let short = serve_bytes(field(60_000), Then::Close).await;
    let answer = fetch(&format!("http://{short}/")).await.unwrap();
    assert_eq!(answer.status, 200);
    let long = serve_bytes(field(66_000), Then::Close).await;
    assert_eq!(
        kind(fetch(&format!("http://{long}/")).await),
        Kind::TooLarge
    );
}

#[tokio::test]
async fn the_body_is_cut_at_the_limit_as_an_error() {
    let server = serve(
        Router::new()
            .route("/exact", get(|| async { "x".repeat(1000) }))
            .route("/over", get(|| async { "x".repeat(1001) }))
            .route("/none", get(|| async { StatusCode::NO_CONTENT }))
            .route(
                "/chunked",
                get(|| async {
                    Body::from_stream(futures::stream::iter(
                        (0..11).map(|_| Ok::<_, io::Error>(Bytes::from(vec![b'x'; 100]))),
                    ))
                }),
            ),
    )
    .await;
    assert_eq!(
        fetch(&format!("http://{server}/exact"))
            .await
            .unwrap()
            .body
            .len(),
        1000
    );
    assert_eq!(
        fetch(&format!("http://{server}/none"))
            .await
            .unwrap()
            .body
            .len(),
        0
    );
    for path in ["over", "chunked"] {
        assert_eq!(
            kind(fetch(&format!("http://{server}/{path}")).await),
            Kind::TooLarge,
            "{path}"
        );
    }
    // A body without an end.
    let endless = serve_bytes(
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nxxxxxxxxxx",
        Then::Repeat,
    )
    .await;
    assert_eq!(
        kind(fetch(&format!("http://{endless}/")).await),
        Kind::TooLarge
    );
    // A length that promises too much is enough; nothing is read.
    let boast = serve_bytes(
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
        Then::Wait,
    )
    .await;
    assert_eq!(
        kind(fetch(&format!("http://{boast}/")).await),
        Kind::TooLarge
    );
}

#[tokio::test]
async fn the_deadline_covers_head_and_body() {
    for answer in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-le",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nxxxxx",
    ] {
        let server = serve_bytes(answer, Then::Wait).await;
        let mut request = request(&format!("http://{server}/"));
        request.timeout = Duration::from_millis(50);
        let error = client().send(request).await.unwrap_err();
        assert_eq!(kind::<()>(Err(error.clone())), Kind::Timeout);
        assert!(error.to_string().contains("50 ms"), "{error}");
    }
}

#[tokio::test]
async fn an_answer_may_have_many_short_header_fields() {
    let answer = |fields: usize| {
        let fields: Vec<_> = (0..fields).map(|n| format!("x-{n}: y\r\n")).collect();
        let fields = fields.concat();
        format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n{fields}\r\nok")
    };
    for fields in [99, 300, 2_000] {
        let address = serve_bytes(answer(fields), Then::Close).await;
        let received = client().send(request(&format!("http://{address}/"))).await;
        let received = received.unwrap_or_else(|error| panic!("{fields}: {error}"));
        assert_eq!(received.headers.len(), fields + 1);
    }
    let address = serve_bytes(answer(3_000), Then::Close).await;
    let error = client().send(request(&format!("http://{address}/"))).await;
    assert!(
        matches!(&error, Err(RequestError::TooLarge(reason)) if reason.contains("2048")),
        "{error:?}"
    );
}
