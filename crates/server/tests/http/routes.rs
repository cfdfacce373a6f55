//! Every route, as a stranger, an author, an editor and an admin find it.

use std::{collections::BTreeSet, path::Path};

use raisfast_accounts::Role;
use reqwest::{Method, Response};

use crate::support::{PASSWORD, TestServer, problem};

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Who {
    Anybody,
    User,
    Editor,
    Admin,
}

/// Each route that there is, and who gets an answer. A route that is not here fails
/// `the_list_has_every_route`; one that is not in the OpenAPI document fails the tests of that.
pub(crate) const ROUTES: &[(&str, &str, Who)] = &[
    ("GET", "/healthz", Who::Anybody),
    ("GET", "/readyz", Who::Anybody),
    // And for networks that are named, as `metrics_access` tries.
    ("GET", "/metrics", Who::Admin),
    ("POST", "/api/v1/auth/login", Who::Anybody),
    ("POST", "/api/v1/auth/logout", Who::User),
    ("DELETE", "/api/v1/auth/tokens", Who::User),
    ("GET", "/api/v1/auth/me", Who::User),
    ("PUT", "/api/v1/auth/password", Who::User),
    ("POST", "/api/v1/auth/session", Who::Anybody),
    ("DELETE", "/api/v1/auth/session", Who::User),
    ("GET", "/api/v1/posts", Who::Anybody),
    ("POST", "/api/v1/posts", Who::User),
    ("GET", "/api/v1/posts/{slug}", Who::Anybody),
    ("PUT", "/api/v1/posts/{id}", Who::User),
    ("PATCH", "/api/v1/posts/{id}", Who::User),
    ("DELETE", "/api/v1/posts/{id}", Who::User),
    ("GET", "/api/v1/posts/{slug}/comments", Who::Anybody),
    ("POST", "/api/v1/posts/{slug}/comments", Who::Anybody),
    ("GET", "/api/v1/posts/{id}/provenance", Who::Admin),
    ("GET", "/api/v1/comments", Who::Editor),
    ("DELETE", "/api/v1/comments", Who::Editor),
    ("PATCH", "/api/v1/comments/{id}", Who::Editor),
    ("DELETE", "/api/v1/comments/{id}", Who::Editor),
    ("GET", "/api/v1/comments/{id}/provenance", Who::Admin),
    ("GET", "/api/v1/content", Who::User),
    ("GET", "/api/v1/content/{type}", Who::Anybody),
    ("POST", "/api/v1/content/{type}", Who::User),
    ("GET", "/api/v1/content/{type}/{id}", Who::Anybody),
    ("PUT", "/api/v1/content/{type}/{id}", Who::User),
    ("PATCH", "/api/v1/content/{type}/{id}", Who::User),
    ("DELETE", "/api/v1/content/{type}/{id}", Who::User),
    ("GET", "/api/v1/content/{type}/{id}/provenance", Who::Admin),
    ("GET", "/api/v1/events", Who::Admin),
    ("GET", "/api/v1/admin/figures", Who::Admin),
    ("GET", "/api/v1/openapi.json", Who::Anybody),
    ("GET", "/api/v1/admin/plugins", Who::Admin),
    ("POST", "/api/v1/admin/plugins", Who::Admin),
    ("POST", "/api/v1/admin/plugins/check", Who::Admin),
    ("GET", "/api/v1/admin/plugins/removed", Who::Admin),
    ("GET", "/api/v1/admin/logs/stream", Who::Admin),
    ("GET", "/api/v1/admin/plugins/{id}", Who::Admin),
    ("DELETE", "/api/v1/admin/plugins/{id}", Who::Admin),
    ("GET", "/api/v1/admin/plugins/{id}/failures", Who::Admin),
    ("GET", "/api/v1/admin/plugins/{id}/figures", Who::Admin),
    ("GET", "/api/v1/admin/plugins/{id}/logs", Who::Admin),
    ("GET", "/api/v1/admin/plugins/{id}/logs/stream", Who::Admin),
    ("GET", "/api/v1/admin/plugins/{id}/recording", Who::Admin),
    (
        "GET",
        "/api/v1/admin/plugins/{id}/changes/stream",
        Who::Admin,
    ),
    ("GET", "/api/v1/admin/plugins/{id}/settings", Who::Admin),
    ("PUT", "/api/v1/admin/plugins/{id}/settings", Who::Admin),
    ("GET", "/api/v1/admin/plugins/{id}/storage", Who::Admin),
    ("POST", "/api/v1/admin/plugins/{id}/shadow", Who::Admin),
    ("DELETE", "/api/v1/admin/plugins/{id}/shadow", Who::Admin),
    ("POST", "/api/v1/admin/plugins/{id}/promote", Who::Admin),
    ("GET", "/api/v1/admin/plugins/{id}/releases", Who::Admin),
    ("POST", "/api/v1/admin/plugins/{id}/rollback", Who::Admin),
    ("POST", "/api/v1/admin/plugins/{id}/enable", Who::Admin),
    ("POST", "/api/v1/admin/plugins/{id}/disable", Who::Admin),
    ("POST", "/api/v1/admin/plugins/{id}/adopt", Who::Admin),
    ("POST", "/api/v1/admin/plugins/{id}/reload", Who::Admin),
    ("POST", "/api/v1/admin/plugins/{id}/reset", Who::Admin),
    ("POST", "/api/v1/admin/plugins/{id}/adopt", Who::Admin),
    ("GET", "/api/v1/admin/nodes", Who::Admin),
    ("GET", "/api/v1/admin/outbox", Who::Admin),
    ("DELETE", "/api/v1/admin/outbox", Who::Admin),
    ("POST", "/api/v1/admin/outbox/retry", Who::Admin),
    ("GET", "/api/v1/admin/outbox/{delivery}", Who::Admin),
    ("DELETE", "/api/v1/admin/outbox/{delivery}", Who::Admin),
    ("POST", "/api/v1/admin/outbox/{delivery}/retry", Who::Admin),
    ("POST", "/api/v1/admin/cron/{plugin}/{job_type}", Who::Admin),
    ("GET", "/api/v1/admin/users", Who::Admin),
    ("POST", "/api/v1/admin/users", Who::Admin),
    ("GET", "/api/v1/admin/users/{username}", Who::Admin),
    ("PATCH", "/api/v1/admin/users/{username}", Who::Admin),
    ("DELETE", "/api/v1/admin/users/{username}", Who::Admin),
    ("PUT", "/api/v1/admin/users/{username}/password", Who::Admin),
    ("POST", "/api/v1/admin/users/{username}/disable", Who::Admin),
    ("POST", "/api/v1/admin/users/{username}/enable", Who::Admin),
];

/// A path with something in the place of each name.
pub(crate) fn filled(path: &str) -> String {
    let mut filled = String::new();
    for (index, part) in path.split(['{', '}']).enumerate() {
        filled.push_str(if index % 2 == 0 { part } else { "x" });
    }
    filled
}

/// Checks the headers that every answer carries, whatever it says.
fn carries_security_headers(response: &Response, about: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        (
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'",
        ),
        ("referrer-policy", "no-referrer"),
    ] {
        let found = response
            .headers()
            .get(name)
            .map(reqwest::header::HeaderValue::as_bytes);
        assert_eq!(found, Some(value.as_bytes()), "{name} of {about}");
    }
}

/// The book names the routes of the sources and no others, as its own tests see to.
#[test]
fn the_list_has_every_route() {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/operators");
    let mut written = BTreeSet::new();
    for page in std::fs::read_dir(book).expect("the pages for operators") {
        let text = std::fs::read_to_string(page.expect("an entry").path()).expect("a page");
        for code in text.split('`').skip(1).step_by(2) {
            let request = code.split_once(' ');
            if let Some((method, path)) = request
                && ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method)
                && path.starts_with('/')
            {
                written.insert(format!("{method} {}", filled(path)));
            }
        }
    }
    let listed: BTreeSet<String> = ROUTES
        .iter()
        .map(|(method, path, _)| format!("{method} {}", filled(path)))
        .collect();
    assert_eq!(listed, written);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_route_answers_only_those_it_is_for() {
    let server = TestServer::start().await;
    let (mut author, mut admin) = (server.author("ann").await, server.admin().await);
    let mut editor = server.user("ed", Role::Editor).await;

    for &(method, path, who) in ROUTES {
        let path = filled(path);
        let request = || server.request(method.parse::<Method>().unwrap(), &path);
        let about = format!("{method} {path}");

        let stranger = request().send().await.expect("an answer");
        carries_security_headers(&stranger, &about);
        if who == Who::Anybody {
            assert!(![401, 403].contains(&stranger.status().as_u16()), "{about}");
        } else {
            assert_eq!(
                stranger.headers()["www-authenticate"],
                "Bearer realm=\"raisfast\"",
                "{about}"
            );
            problem(stranger, 401, &about).await;
        }

        for (token, is_refused) in [
            (&author, matches!(who, Who::Editor | Who::Admin)),
            (&editor, who == Who::Admin),
        ] {
            let answer = request().bearer_auth(token).send().await;
            let answer = answer.expect("an answer");
            carries_security_headers(&answer, &about);
            let cache = answer.headers()["cache-control"].to_str().unwrap();
            assert_eq!(cache, "no-store", "{about}");
            if is_refused {
                problem(answer, 403, &about).await;
            } else {
                assert!(![401, 403].contains(&answer.status().as_u16()), "{about}");
            }
        }

        let as_admin = request()
            .bearer_auth(&admin)
            .send()
            .await
            .expect("an answer");
        carries_security_headers(&as_admin, &about);
        assert!(![401, 403].contains(&as_admin.status().as_u16()), "{about}");

        // Some of them have ended the login.
        if path.starts_with("/api/v1/auth/") {
            author = server.token("ann", PASSWORD).await;
            editor = server.token("ed", PASSWORD).await;
            admin = server.admin().await;
        }
    }
}

/// Tries paths in the hope that a guard reads a path otherwise than the router does.
#[tokio::test(flavor = "multi_thread")]
async fn no_other_spelling_of_an_admins_path_is_open() {
    let server = TestServer::start().await;
    for path in [
        "//api/v1/admin/plugins",
        "/api/v1//admin/plugins",
        "/api/v1/Admin/plugins",
        "/api/v1/admin/plugins/",
        "/api/v1/%61dmin/plugins",
        "/api/v1/posts/%2e%2e/admin/plugins",
        "/api/v1/admin%2fplugins",
        "/api/v1/admin;/plugins",
    ] {
        let response = server.get(path).send().await.expect("an answer");
        let status = response.status().as_u16();
        carries_security_headers(&response, path);
        assert!([401, 404].contains(&status), "{path}: {status}");
    }
}
