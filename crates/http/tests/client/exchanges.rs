//! Requests as they are sent, and answers as they come back.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode, Uri, header},
    routing::{get, post},
};
use raisfast_host_api::capability::{Http as _, Method};

use crate::{Kind, Then, client, fetch, kind, request, serve, serve_bytes};

#[tokio::test]
async fn get_brings_status_headers_and_body() {
    let server = serve(Router::new().route(
        "/greet",
        get(|uri: Uri, headers: HeaderMap| async move {
            let agent = headers[header::USER_AGENT].to_str().unwrap().to_owned();
            assert!(!headers.contains_key(header::ACCEPT_ENCODING));
            (
                StatusCode::IM_A_TEAPOT,
                [("X-Mixed-Case", "yes"), ("set-cookie", "a=b")],
                format!("{uri} {agent} {}", headers["x-mine"].to_str().unwrap()),
            )
        }),
    ))
    .await;
    let mut request = request(&format!("http://{server}/greet?a=%20b#fragment"));
    request.headers = vec![("X-Mine".into(), "1".into())];
    let answer = client().send(request).await.unwrap();
    assert_eq!(answer.status, 418);
    assert_eq!(
        String::from_utf8(answer.body).unwrap(),
        concat!("/greet?a=%20b raisfast/", env!("CARGO_PKG_VERSION"), " 1")
    );
    assert!(
        answer
            .headers
            .contains(&("x-mixed-case".into(), "yes".into()))
    );
}

#[tokio::test]
async fn post_sends_its_body() {
    let server = serve(Router::new().route(
        "/",
        post(|headers: HeaderMap, body: Bytes| async move {
            format!(
                "{:?} {} {body:?}",
                headers[header::CONTENT_TYPE],
                headers[header::CONTENT_LENGTH].to_str().unwrap()
            )
        }),
    ))
    .await;
    let mut request = request(&format!("http://{server}/"));
    request.method = Method::Post;
    request.headers = vec![("content-type".into(), "application/json".into())];
    request.body = b"{\"a\":1}".to_vec();
    let answer = client().send(request).await.unwrap();
    assert_eq!(
        String::from_utf8(answer.body).unwrap(),
        r#""application/json" 7 b"{\"a\":1}""#
    );
}

#[tokio::test]
async fn every_method_is_sent_as_it_is() {
    let server = serve(
        Router::new().fallback(async |method: axum::http::Method, body: Bytes| {
            ([("x-method", method.to_string())], body)
        }),
    )
    .await;
    for (method, name, body) in [
        (Method::Get, "GET", ""),
        (Method::Head, "HEAD", ""),
        (Method::Post, "POST", "a"),
        (Method::Put, "PUT", "b"),
        (Method::Patch, "PATCH", "c"),
        (Method::Delete, "DELETE", ""),
        (Method::Delete, "DELETE", "d"),
    ] {
        let mut request = request(&format!("http://{server}/"));
        request.method = method;
        request.body = body.as_bytes().to_vec();
        let answer = client().send(request).await.unwrap();
        assert!(answer.headers.contains(&("x-method".into(), name.into())));
        assert_eq!(answer.body, body.as_bytes(), "{name}");
    }
}

#[tokio::test]
async fn the_length_of_what_head_does_not_send_does_not_count() {
    let server = serve_bytes(
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\nconnection: close\r\n\r\n",
        Then::Close,
    )
    .await;
    let mut request = request(&format!("http://{server}/"));
    request.method = Method::Head;
    let answer = client().send(request).await.unwrap();
    assert!(answer.body.is_empty());
    let length = ("content-length".to_owned(), "99999999".to_owned());
    assert!(answer.headers.contains(&length));
}

#[tokio::test]
async fn a_redirect_comes_back_as_it_is() {
    let followed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&followed);
    let server = serve(
        Router::new()
            .route(
                "/",
                get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/next")]) }),
            )
            .route(
                "/next",
                get(move || async move { count.fetch_add(1, Ordering::SeqCst).to_string() }),
            ),
    )
    .await;
    let answer = fetch(&format!("http://{server}/")).await.unwrap();
    assert_eq!(answer.status, 302);
    assert!(
        answer
            .headers
            .contains(&("location".into(), "/next".into()))
    );
    assert_eq!(followed.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let server = serve(Router::new().route(
        "/",
        get(|headers: HeaderMap| async move {
            (
                [(header::SET_COOKIE, "a=b")],
                headers.contains_key(header::COOKIE).to_string(),
            )
        }),
    ))
    .await;
    let client = client();
    for _ in 0..2 {
        let answer = client
            .send(request(&format!("http://{server}/")))
            .await
            .unwrap();
        assert_eq!(answer.body, b"false");
    }
}

#[tokio::test]
async fn a_compressed_body_stays_compressed() {
    let packed: &[u8] = &[
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 4, 0, 0x43, 0xbe, 0xb7, 0xe8, 1, 0, 0, 0,
    ];
    let server = serve(Router::new().route(
        "/",
        get(move || async move { ([(header::CONTENT_ENCODING, "gzip")], packed) }),
    ))
    .await;
    let answer = fetch(&format!("http://{server}/")).await.unwrap();
    assert_eq!(answer.body, packed);
    assert!(
        answer
            .headers
            .contains(&("content-encoding".into(), "gzip".into()))
    );
}

#[tokio::test]
async fn headers_are_checked_before_anything_is_sent() {
    let mut request = request("http://127.0.0.1:1/");
    request.headers = vec![("Host".into(), "other".into())];
    assert_eq!(kind(client().send(request).await), Kind::Invalid);
}
