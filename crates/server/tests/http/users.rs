//! `admin/users`. Who may ask at all is tested with every other route.

use raisfast_accounts::Role;
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
    let told = problem(login.send().await.unwrap(), 403, "a disabled login").await;
    assert_eq!(told["type"], "urn:raisfast:account-disabled", "{told}");
    assert!(
        told["detail"]
            .as_str()
            .unwrap()
            .contains("an admin can enable it")
    );
    // Who does not know the password learns nothing.
    let guess = json!({ "username": "ann", "password": "a wrong password" });
    let login = server.post("/api/v1/auth/login").json(&guess);
    problem(login.send().await.unwrap(), 401, "a guess").await;

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
        refused(&server, &admin, (method, path, body), status, says).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_role_is_given_and_nobody_removed_that_must_not_be() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    for (method, path, body, status, says) in [
        (
            "PATCH",
            "/api/v1/admin/users/admin",
            json!({ "role": "author" }),
            409,
            "own account",
        ),
        (
            "PATCH",
            "/api/v1/admin/users/admin",
            json!({ "role": "king" }),
            422,
            "king",
        ),
        (
            "PATCH",
            "/api/v1/admin/users/admin",
            json!({ "username": "x" }),
            422,
            "username",
        ),
        (
            "DELETE",
            "/api/v1/admin/users/admin",
            Value::Null,
            409,
            "own account",
        ),
        (
            "DELETE",
            "/api/v1/admin/users/nobody",
            Value::Null,
            404,
            "no account",
        ),
        (
            "GET",
            "/api/v1/admin/users/nobody",
            Value::Null,
            404,
            "no account",
        ),
    ] {
        refused(&server, &admin, (method, path, body), status, says).await;
    }
}

/// Sends a request that is refused with this status, and words that have these among them.
async fn refused(
    server: &TestServer,
    admin: &str,
    (method, path, body): (&str, &str, Value),
    status: u16,
    says: &str,
) {
    let request = server
        .request(method.parse().unwrap(), path)
        .bearer_auth(admin);
    let request = if body.is_null() {
        request
    } else {
        request.json(&body)
    };
    let problem = problem(request.send().await.unwrap(), status, path).await;
    let detail = problem["detail"].as_str().expect("a sentence");
    assert!(detail.contains(says), "{says} in {problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_counts_from_the_next_request_on_and_a_removed_user_is_gone() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = server.author("ann").await;
    let post = server.publish(&ann, "By Ann").await;
    let (_, me) = send(server.get("/api/v1/auth/me").bearer_auth(&ann)).await;
    assert_eq!(
        (&me["username"], &me["role"]),
        (&json!("ann"), &json!("author"))
    );
    let comments = "/api/v1/comments";
    let refused = server.get(comments).bearer_auth(&ann).send().await.unwrap();
    let refused = problem(refused, 403, "an author").await;
    assert_eq!(refused["detail"], "only an editor or an admin may do this");

    let path = format!("{USERS}/ann");
    let editor = json!({ "role": "editor" });
    let (status, changed) = send(server.patch(&path).bearer_auth(&admin).json(&editor)).await;
    assert_eq!((status, &changed["role"]), (200, &json!("editor")));
    let (status, shown) = send(server.get(&path).bearer_auth(&admin)).await;
    assert_eq!((status, shown), (200, changed));
    let (status, _) = send(server.get(comments).bearer_auth(&ann)).await;
    assert_eq!(status, 200);

    let (status, _) = send(server.delete(&path).bearer_auth(&admin)).await;
    assert_eq!(status, 204);
    let ended = server.get(comments).bearer_auth(&ann).send().await.unwrap();
    problem(ended, 401, "a removed user").await;
    let (status, there) = send(server.get("/api/v1/posts/by-ann")).await;
    assert_eq!((status, &there["created_by"]), (200, &post["created_by"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_changes_the_own_password_with_the_present_one() {
    const OWN: &str = "/api/v1/auth/password";
    let server = TestServer::start().await;
    let mine = server.author("ann").await;
    let other = server.token("ann", PASSWORD).await;
    let change = |current: &str, new: &str| {
        let body = json!({ "current_password": current, "new_password": new });
        server.put(OWN).bearer_auth(&mine).json(&body).send()
    };
    let wrong = change("a wrong password", "short").await.unwrap();
    let wrong = problem(wrong, 422, "two rules").await;
    let pointers = [
        &wrong["errors"][0]["pointer"],
        &wrong["errors"][1]["pointer"],
    ];
    assert_eq!(pointers, ["/current_password", "/new_password"], "{wrong}");
    assert_eq!(
        change(PASSWORD, "another password").await.unwrap().status(),
        204
    );
    let (status, _) = send(server.get("/api/v1/auth/me").bearer_auth(&mine)).await;
    assert_eq!(status, 200, "the login that changed it goes on");
    let ended = server.get("/api/v1/auth/me").bearer_auth(&other);
    problem(ended.send().await.unwrap(), 401, "another login").await;
    server.token("ann", "another password").await;

    // A token that was stolen does not help in guessing the password.
    let mut statuses = Vec::new();
    for guess in 0..7 {
        let guess = format!("a guess, number {guess}");
        statuses.push(
            change(&guess, "yet another one")
                .await
                .unwrap()
                .status()
                .as_u16(),
        );
    }
    assert_eq!(statuses.first(), Some(&422));
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    let refused = change("another password", "yet another one").await.unwrap();
    assert!(refused.headers().contains_key("retry-after"));
    problem(refused, 429, "the right one from there").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_the_role_that_it_needs() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let root = server.user("root", Role::Admin).await;
    let mut stream = server
        .get("/api/v1/events")
        .bearer_auth(&root)
        .send()
        .await
        .unwrap();
    assert_eq!(stream.status(), 200);
    let path = format!("{USERS}/root");
    let author = json!({ "role": "author" });
    send(server.patch(&path).bearer_auth(&admin).json(&author)).await;
    while stream
        .chunk()
        .await
        .expect("it ends in good order")
        .is_some()
    {}
}
