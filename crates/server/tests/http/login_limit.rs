//! Logins that fail, and fail, and fail.

use reqwest::Response;
use serde_json::json;

use crate::support::{PASSWORD, TestServer, problem};

/// A login by way of a proxy on this machine, for a client at this address.
async fn login(server: &TestServer, name: &str, password: &str, client: &str) -> Response {
    server
        .post("/api/v1/auth/login")
        .header("x-forwarded-for", client)
        .json(&json!({ "username": name, "password": password }))
        .send()
        .await
        .expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_one_password_ends_soon_and_only_there() {
    let server = TestServer::start().await;
    for _ in 0..5 {
        let answer = login(&server, "admin", "wrong", "192.0.2.1").await;
        problem(answer, 401, "a wrong password").await;
    }
    for password in ["wrong", PASSWORD] {
        let answer = login(&server, "admin", password, "192.0.2.1").await;
        let seconds = answer.headers()["retry-after"].to_str().unwrap().to_owned();
        let seconds: u64 = seconds.parse().expect("a number of seconds");
        assert!((1..=30).contains(&seconds), "{seconds}");
        let problem = problem(answer, 429, "too many").await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("try again in"), "{detail}");
    }
    let from_elsewhere = login(&server, "admin", PASSWORD, "192.0.2.2").await;
    assert_eq!(from_elsewhere.status(), 200);
    let other = login(&server, "nobody", "wrong", "192.0.2.1").await;
    problem(other, 401, "another name from there").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_is_limited_like_a_known_one() {
    let server = TestServer::start().await;
    for name in ["admin", "nobody"] {
        let mut answers = Vec::new();
        for _ in 0..7 {
            let answer = login(&server, name, "wrong", "192.0.2.1").await;
            answers.push(answer.status().as_u16());
        }
        assert_eq!(answers, [401, 401, 401, 401, 401, 429, 429], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trying_every_name_ends_too() {
    let server = TestServer::start().await;
    let mut refused = 0;
    for number in 0..40 {
        let name = format!("name{number}");
        let answer = login(&server, &name, "wrong", "2001:db8::1").await;
        refused += usize::from(answer.status() == 429);
    }
    // One may have been forgotten for each five seconds that this took.
    assert!((1..=10).contains(&refused), "{refused}");
    let same_network = login(&server, "ann", "wrong", "2001:db8::ffff").await;
    assert_eq!(same_network.status(), 429);
    let another = login(&server, "ann", "wrong", "2001:db8:0:1::1").await;
    assert_eq!(another.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_that_succeed_are_not_counted() {
    let server = TestServer::start().await;
    for _ in 0..10 {
        let answer = login(&server, "admin", PASSWORD, "192.0.2.1").await;
        assert_eq!(answer.status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_not_trusted_cannot_say_who_its_client_is() {
    let server = TestServer::configured(|config| config.trusted_proxies.clear()).await;
    let mut answers = Vec::new();
    for host in 0..7 {
        let client = format!("192.0.2.{host}");
        let answer = login(&server, "admin", "wrong", &client).await;
        answers.push(answer.status().as_u16());
    }
    assert_eq!(answers, [401, 401, 401, 401, 401, 429, 429]);
}
