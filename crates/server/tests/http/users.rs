//! `admin/users`. Who may ask at all is tested with every other route.

use serde_json::{Value, json};

use crate::support::{PASSWORD, TestServer, problem, send};

const USERS: &str = "/api/v1/admin/users";

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_listed_disabled_and_enabled() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let new = json!({ "username": "ann", "password": PASSWORD });
    let (status, made) = send(server.post(USERS).bearer_auth(&admin).json(&new)).await;
    assert_eq!((status, &made["role"]), (201, &json!("author")), "{made}");
    assert_eq!(made["password"], Value::Null, "the caller knows it");
    let token = server.token("ann", PASSWORD).await;

    let disable = format!("{USERS}/ann/disable");
    let (status, off) = send(server.post(&disable).bearer_auth(&admin)).await;
    assert_eq!(status, 200, "{off}");
    let (status, list) = send(server.get(USERS).bearer_auth(&admin)).await;
    assert_eq!((status, &list["items"][1]), (200, &off), "{list}");
    assert!(!list.to_string().contains("argon2"), "{list}");

    // The login has ended, and no other begins.
    let draft = json!({ "title": "Hello" });
    let refused = server
        .post("/api/v1/posts")
        .bearer_auth(&token)
        .json(&draft);
    problem(refused.send().await.unwrap(), 401, "a disabled author").await;
    let credentials = json!({ "username": "ann", "password": PASSWORD });
    let login = server.post("/api/v1/auth/login").json(&credentials);
    problem(login.send().await.unwrap(), 401, "a disabled login").await;

    let enable = format!("{USERS}/ann/enable");
    let (status, on) = send(server.post(&enable).bearer_auth(&admin)).await;
    assert_eq!((status, &on["disabled_at"]), (200, &Value::Null));
    server.token("ann", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_not_given_is_made_and_returned_once() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let new = json!({ "username": "ben", "role": "admin" });
    let (_, made) = send(server.post(USERS).bearer_auth(&admin).json(&new)).await;
    let first = made["password"].as_str().expect("a password");
    let token = server.token("ben", first).await;

    let path = format!("{USERS}/ben/password");
    let (status, changed) = send(server.put(&path).bearer_auth(&admin).json(&json!({}))).await;
    assert_eq!(status, 200, "{changed}");
    let ended = server.get(USERS).bearer_auth(&token).send().await.unwrap();
    problem(ended, 401, "a login of before").await;
    server
        .token("ben", changed["password"].as_str().expect("a password"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_to_an_account_is_refused() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    for (method, path, body, status, says) in [
        (
            "POST",
            USERS,
            json!({ "username": "admin" }),
            422,
            "already",
        ),
        (
            "POST",
            USERS,
            json!({ "username": "" }),
            422,
            "1 to 64 characters",
        ),
        (
            "POST",
            USERS,
            json!({ "username": "a", "password": "short" }),
            422,
            "8 to 1024 bytes",
        ),
        (
            "POST",
            USERS,
            json!({ "username": "a", "role": "king" }),
            422,
            "king",
        ),
        (
            "POST",
            "/api/v1/admin/users/admin/disable",
            Value::Null,
            409,
            "own account",
        ),
        (
            "POST",
            "/api/v1/admin/users/nobody/enable",
            Value::Null,
            404,
            "no account",
        ),
        (
            "PUT",
            "/api/v1/admin/users/nobody/password",
            json!({}),
            404,
            "no account",
        ),
        (
            "GET",
            "/api/v1/admin/users?page=2",
            Value::Null,
            400,
            "page",
        ),
    ] {
        let request = server
            .request(method.parse().unwrap(), path)
            .bearer_auth(&admin);
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        let problem = problem(request.send().await.unwrap(), status, path).await;
        let detail = problem["detail"].as_str().expect("a sentence");
        assert!(detail.contains(says), "{says} in {problem}");
    }
}
