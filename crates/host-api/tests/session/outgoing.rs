//! `http-get` and `http-post`: what is sent, and what never is.

use raisfast_host_api::{Grants, Quotas, capability::Method};

use crate::world::World;

const API: &str = "https://api.example.com/v1";

async fn world() -> World {
    let grants = Grants {
        http: vec![API.parse().unwrap()],
        ..Grants::default()
    };
    World::granting(grants).await
}

#[tokio::test]
async fn the_body_of_a_granted_answer_arrives() {
    let world = world().await;
    world.answers(&format!("{API}/news"), 200, &[], "fresh");
    let session = world.session();
    assert_eq!(
        session.http_get(&format!("{API}/news")).await.as_deref(),
        Some("fresh")
    );
    assert_eq!(
        session
            .http_post(&format!("{API}/news"), "sent")
            .await
            .as_deref(),
        Some("fresh")
    );
    let requests = world.requests();
    assert_eq!(
        (requests[0].method, requests[1].method),
        (Method::Get, Method::Post)
    );
    assert_eq!(requests[1].body, b"sent");
}

#[tokio::test]
async fn a_body_is_sent_as_json_where_it_is_json_and_else_as_text() {
    let world = world().await;
    world.answers(API, 200, &[], "ok");
    let session = world.session();
    for body in ["{\"text\": \"hi\"}", "just words", ""] {
        session.http_post(API, body).await;
    }
    let types: Vec<_> = world
        .requests()
        .into_iter()
        .map(|request| request.headers)
        .collect();
    let named = |value: &str| vec![("content-type".to_owned(), value.to_owned())];
    assert_eq!(
        types,
        [
            named("application/json"),
            named("text/plain; charset=utf-8"),
            vec![]
        ]
    );
}

#[tokio::test]
async fn what_is_not_granted_is_not_sent_and_the_log_says_what_would_allow_it() {
    let world = world().await;
    let session = world.session();
    for url in [
        "https://api.example.com/v10",
        "https://api.example.com/",
        "http://api.example.com/v1",
        "https://api.example.com:8443/v1",
        "https://api.example.com.evil.org/v1",
        "https://user@api.example.com/v1",
        "https://api.example.com/v1/../admin",
        "https://api.example.com/v1/%2e%2e/admin",
        "file:///etc/passwd",
        "no url",
    ] {
        assert_eq!(session.http_get(url).await, None, "{url}");
    }
    assert!(world.requests().is_empty(), "{:?}", world.requests());
    world.assert_logged("under [permissions]: http = [\"http://api.example.com\"]");
}

#[tokio::test]
async fn each_hop_of_a_redirect_must_be_granted() {
    let world = world().await;
    let session = world.session();
    world.answers(&format!("{API}/a"), 302, &[("location", "b")], "");
    world.answers(&format!("{API}/b"), 200, &[], "arrived");
    assert_eq!(
        session
            .http_post(&format!("{API}/a"), "once")
            .await
            .as_deref(),
        Some("arrived")
    );
    let second = &world.requests()[1];
    assert_eq!((second.method, second.body.len()), (Method::Get, 0));

    world.answers(
        &format!("{API}/out"),
        307,
        &[("location", "https://evil.example.org/")],
        "",
    );
    world.answers("https://evil.example.org/", 200, &[], "secret");
    assert_eq!(session.http_get(&format!("{API}/out")).await, None);
    world.assert_logged("denied: a request to https://evil.example.org");

    world.answers(&format!("{API}/circle"), 301, &[("location", "circle")], "");
    assert_eq!(session.http_get(&format!("{API}/circle")).await, None);
    world.assert_logged("more than 5 redirects");
}

#[tokio::test]
async fn an_answer_that_is_no_success_or_no_text_is_none_with_a_reason() {
    let world = world().await;
    let session = world.session();
    world.answers(&format!("{API}/gone"), 410, &[], "gone");
    assert_eq!(session.http_get(&format!("{API}/gone")).await, None);
    world.assert_logged("the answer's status is 410");
    assert_eq!(session.http_get(&format!("{API}/nobody")).await, None);
    world.assert_logged("nobody is there");
}

#[tokio::test]
async fn requests_are_counted_and_bodies_measured() {
    let grants = Grants {
        http: vec![API.parse().unwrap()],
        ..Grants::default()
    };
    let quotas = Quotas {
        http_requests_per_minute: 1,
        http_request_bytes: 3,
        ..Quotas::default()
    };
    let world = World::new(grants, quotas).await;
    world.answers(API, 200, &[], "ok");
    let session = world.session();
    assert_eq!(session.http_post(API, "long").await, None);
    assert_eq!(session.http_post(API, "fit").await.as_deref(), Some("ok"));
    assert_eq!(session.http_get(API).await, None);
    assert_eq!(world.requests().len(), 1);
    world.assert_logged("under [limits]: http_requests_per_minute = 2");
}
