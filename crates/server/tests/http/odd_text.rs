//! Text that a database cannot keep, wherever text enters, on each database.

use raisfast::Secret;
use raisfast_test_databases::Server as DatabaseServer;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestServer;

/// Paths, and queries, with something in the place of `{}`.
const PATHS: &[(&str, &str)] = &[
    ("GET", "/api/v1/posts/{}"),
    ("PUT", "/api/v1/posts/{}"),
    ("PATCH", "/api/v1/posts/{}"),
    ("DELETE", "/api/v1/posts/{}"),
    ("GET", "/api/v1/posts/{}/comments"),
    ("POST", "/api/v1/posts/{}/comments"),
    ("GET", "/api/v1/posts/{}/provenance"),
    ("PATCH", "/api/v1/comments/{}"),
    ("DELETE", "/api/v1/comments/{}"),
    ("GET", "/api/v1/comments/{}/provenance"),
    ("GET", "/api/v1/content/{}"),
    ("POST", "/api/v1/content/{}"),
    ("GET", "/api/v1/content/{}/x"),
    ("GET", "/api/v1/content/thing/{}"),
    ("PUT", "/api/v1/content/thing/{}"),
    ("PATCH", "/api/v1/content/thing/{}"),
    ("DELETE", "/api/v1/content/thing/{}"),
    ("GET", "/api/v1/content/thing/{}/provenance"),
    ("GET", "/api/v1/admin/plugins/{}"),
    ("DELETE", "/api/v1/admin/plugins/{}"),
    ("GET", "/api/v1/admin/plugins/{}/logs"),
    ("POST", "/api/v1/admin/plugins/{}/enable"),
    ("POST", "/api/v1/admin/plugins/{}/disable"),
    ("POST", "/api/v1/admin/plugins/{}/reload"),
    ("POST", "/api/v1/admin/plugins/{}/adopt?folder=x"),
    (
        "POST",
        "/api/v1/admin/plugins/com.example.x/adopt?folder={}",
    ),
    ("POST", "/api/v1/admin/plugins/{}/reset"),
    ("DELETE", "/api/v1/admin/outbox/{}"),
    ("POST", "/api/v1/admin/outbox/{}/retry"),
    ("POST", "/api/v1/admin/cron/{}/x"),
    ("POST", "/api/v1/admin/cron/com.example.x/{}"),
    ("GET", "/api/v1/posts?cursor={}"),
    ("GET", "/api/v1/posts?cursor=2026_{}"),
    ("GET", "/api/v1/posts?status={}"),
    ("GET", "/api/v1/posts?status=draft&cursor={}_x"),
    ("GET", "/api/v1/posts/hello/comments?cursor=2026_{}"),
    ("GET", "/api/v1/content/thing?cursor={}_x"),
    ("GET", "/api/v1/admin/outbox?plugin={}"),
    ("GET", "/api/v1/admin/outbox?cursor={}"),
    ("DELETE", "/api/v1/admin/outbox?plugin={}"),
];

/// Escaped as a URL has to; the last are allowed text that is only odd.
const TEXTS: &[&str] = &[
    "%00",
    "a%00b",
    "%25%00",
    "%ff",
    "%c0%80",
    "%ed%a0%80",
    "%7f%01",
    "%f0%9f%92%a9",
    "%ef%bf%bf",
    "'%22%5c%25_;--",
    "%e2%80%ae",
];

/// Bodies with something in the place of `TEXT`.
const BODIES: &[(&str, &str, &str)] = &[
    (
        "POST",
        "/api/v1/auth/login",
        r#"{"username":"TEXT","password":"x"}"#,
    ),
    (
        "POST",
        "/api/v1/auth/login",
        r#"{"username":"x","password":"TEXT"}"#,
    ),
    ("POST", "/api/v1/posts", r#"{"title":"TEXT"}"#),
    ("POST", "/api/v1/posts", r#"{"title":"x","content":"TEXT"}"#),
    ("POST", "/api/v1/posts", r#"{"title":"x","slug":"TEXT"}"#),
    ("POST", "/api/v1/posts", r#"{"title":"x","excerpt":"TEXT"}"#),
    (
        "POST",
        "/api/v1/posts",
        r#"{"title":"x","category_id":"TEXT"}"#,
    ),
    (
        "POST",
        "/api/v1/posts",
        r#"{"title":"x","tag_ids":["TEXT"]}"#,
    ),
    ("POST", "/api/v1/posts", r#"{"title":"x","status":"TEXT"}"#),
    (
        "POST",
        "/api/v1/posts",
        r#"{"title":"x","cover_image":"/TEXT"}"#,
    ),
    (
        "POST",
        "/api/v1/posts/hello/comments",
        r#"{"content":"TEXT"}"#,
    ),
    (
        "POST",
        "/api/v1/posts/hello/comments",
        r#"{"content":"x","nickname":"TEXT"}"#,
    ),
    (
        "POST",
        "/api/v1/posts/hello/comments",
        r#"{"content":"x","email":"a@TEXT"}"#,
    ),
    (
        "POST",
        "/api/v1/posts/hello/comments",
        r#"{"content":"x","parent_id":"TEXT"}"#,
    ),
    ("POST", "/api/v1/content/thing", r#"{"TEXT":"TEXT"}"#),
];

/// As JSON has to escape it.
const BODY_TEXTS: &[&str] = &[
    "\\u0000",
    "a\\u0000b",
    "\\u001f",
    "\\ufffe",
    "💩",
    "\\u202e",
];

async fn nothing_is_the_servers_fault(database_url: Option<Secret>, about: &str) {
    let server = TestServer::configured(|config| {
        config.comments.per_minute = 0;
        if let Some(url) = database_url {
            config.database_url = url;
        }
    })
    .await;
    let token = server.admin().await;
    server.publish(&token, "Hello").await;
    for (method, path) in PATHS {
        for text in TEXTS {
            let path = path.replace("{}", text);
            let request = server
                .request(method.parse::<Method>().unwrap(), &path)
                .bearer_auth(&token)
                .json(&json!({}));
            let status = request.send().await.expect("an answer").status();
            // 503: somebody who has to be asked first is not there.
            let fault = status.is_server_error();
            assert!(!fault, "{about}: {method} {path}: {status}");
        }
    }
    for (method, path, body) in BODIES {
        for text in BODY_TEXTS {
            let body = body.replace("TEXT", text);
            let json: Value = serde_json::from_str(&body).expect("JSON");
            let request = server
                .request(method.parse::<Method>().unwrap(), path)
                .bearer_auth(&token)
                .json(&json);
            let status = request.send().await.expect("an answer").status();
            let limited = path.ends_with("login") && status.as_u16() == 429;
            assert!(
                limited || !status.is_server_error(),
                "{about}: {method} {path} {body}: {status}"
            );
        }
    }
    server.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_is_the_servers_fault_on_sqlite() {
    nothing_is_the_servers_fault(None, "SQLite").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_is_the_servers_fault_on_postgresql() {
    let url = DatabaseServer::Postgres.fresh_database();
    nothing_is_the_servers_fault(Some(Secret::new(url)), "PostgreSQL").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_is_the_servers_fault_on_mariadb() {
    let url = DatabaseServer::Mariadb.fresh_database();
    nothing_is_the_servers_fault(Some(Secret::new(url)), "MariaDB").await;
}
