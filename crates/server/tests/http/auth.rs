//! The rights of each role.

use reqwest::header;
use serde_json::json;

use crate::support::{PASSWORD, TestServer, problem, send};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_is_refused() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let post = |authorization: String| {
        server
            .post("/api/v1/posts")
            .header(header::AUTHORIZATION, authorization)
            .json(&json!({ "title": "x" }))
    };
    for (authorization, challenge) in [
        (format!("Bearer {admin}x"), "invalid_token"),
        ("Bearer 0".to_owned(), "invalid_token"),
        (format!("Bearer {}", "x".repeat(5000)), "invalid_token"),
        ("Bearer ' OR 1=1 --".to_owned(), "invalid_token"),
        (admin.clone(), "realm"),
        ("Bearer".to_owned(), "realm"),
        ("Bearer ".to_owned(), "realm"),
        (format!("Basic {admin}"), "realm"),
        (String::new(), "realm"),
    ] {
        let response = post(authorization.clone()).send().await.expect("an answer");
        let found = response.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(found.contains(challenge), "{authorization}: {found}");
        problem(response, 401, &authorization).await;
    }
    let (status, _) = send(post(format!("bearer {admin}"))).await;
    assert_eq!(status, 201, "the scheme's case does not matter");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_refused_before_the_body_is_looked_at() {
    let server = TestServer::start().await;
    let response = server
        .post("/api/v1/posts")
        .body("no JSON")
        .send()
        .await
        .expect("an answer");
    problem(response, 401, "no login, no JSON").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_name_and_a_wrong_password_look_the_same() {
    let server = TestServer::start().await;
    let mut answers = Vec::new();
    for (username, password) in [
        ("admin", "wrong"),
        ("nobody", PASSWORD),
        ("", ""),
        ("admin", ""),
    ] {
        let response = server
            .post("/api/v1/auth/login")
            .json(&json!({ "username": username, "password": password }))
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.headers()["cache-control"], "no-store");
        answers.push(problem(response, 401, username).await);
    }
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_ends_with_logout() {
    let server = TestServer::start().await;
    let token = server.admin().await;
    let (status, body) = send(server.post("/api/v1/auth/logout").bearer_auth(&token)).await;
    assert_eq!((status, body.is_null()), (204, true));
    let response = server
        .post("/api/v1/posts")
        .bearer_auth(&token)
        .json(&json!({ "title": "x" }))
        .send()
        .await
        .expect("an answer");
    problem(response, 401, "after logout").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn authors_change_their_own_posts_and_nobody_elses() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.author("ann").await, server.author("ben").await);
    let post = server.publish(&ann, "Ann's").await;
    let path = format!("/api/v1/posts/{}", post["id"].as_str().unwrap());
    let title = json!({ "title": "Ben's" });

    let response = server
        .put(&path)
        .bearer_auth(&ben)
        .json(&title)
        .send()
        .await
        .unwrap();
    problem(response, 403, "another author's post").await;
    let response = server.delete(&path).bearer_auth(&ben).send().await.unwrap();
    problem(response, 403, "another author's post").await;

    let admin = server.admin().await;
    let (status, _) = send(server.delete(&path).bearer_auth(&admin)).await;
    assert_eq!(status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_login_of_a_user_ends_where_the_user_says_so() {
    let server = TestServer::start().await;
    let (first, second) = (
        server.author("ann").await,
        server.token("ann", PASSWORD).await,
    );
    let admin = server.admin().await;
    let (status, _) = send(server.delete("/api/v1/auth/tokens").bearer_auth(&first)).await;
    assert_eq!(status, 204);
    for token in [first, second] {
        let title = json!({ "title": "x" });
        let request = server
            .post("/api/v1/posts")
            .bearer_auth(&token)
            .json(&title);
        problem(request.send().await.unwrap(), 401, "after the end").await;
    }
    server.publish(&admin, "Another's login").await;
}

#[tokio::test]
async fn how_long_a_request_took_is_told_to_admins_alone() {
    let server = TestServer::start().await;
    let (admin, author) = (server.admin().await, server.author("ann").await);
    for (token, is_told) in [(admin, true), (author, false)] {
        let request = server.get("/api/v1/posts").bearer_auth(token);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let is_there = response.headers().contains_key("server-timing");
        assert_eq!(is_there, is_told);
    }
}
