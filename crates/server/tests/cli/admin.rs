//! `raisfast admin password`.

use serde_json::{Value, json};

use crate::{run::Folder, serve::Serving};

/// The answer to a login, by its status and token.
async fn login(serving: &Serving, password: &str) -> (u16, Value) {
    login_as(serving, "admin", password).await
}

pub(crate) async fn login_as(serving: &Serving, username: &str, password: &str) -> (u16, Value) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client
        .post(format!("http://{}/api/v1/auth/login", serving.addr))
        .json(&json!({ "username": username, "password": password }))
        .send()
        .await
        .expect("an answer");
    (
        response.status().as_u16(),
        response.json().await.expect("JSON"),
    )
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_while_the_server_runs() {
    let folder = Folder::new();
    let serving = Serving::start(&folder, &[("RAISFAST_ADMIN_PASSWORD", "forgotten horse")]);
    assert_eq!(login(&serving, "forgotten horse").await.0, 200);

    let done = folder.run(&["admin", "password"], &[]);
    assert_eq!(done.code, 0, "{done:?}");
    let made = done
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("password  "))
        .expect("a password")
        .to_owned();
    assert!(!done.stderr.contains(&made), "{}", done.stderr);
    assert_eq!(login(&serving, "forgotten horse").await.0, 401);
    assert_eq!(login(&serving, &made).await.0, 200);

    let chosen = [("RAISFAST_ADMIN_PASSWORD", "correct horse")];
    let done = folder.run(&["admin", "password"], &chosen);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(!done.stdout.contains("correct horse"), "{}", done.stdout);
    assert_eq!(login(&serving, "correct horse").await.0, 200);
    assert_eq!(serving.terminate().code, 0);
}

#[test]
fn what_cannot_be_done_is_said_and_makes_nothing() {
    let folder = Folder::new();
    let done = folder.run(&["admin", "password"], &[]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains("RAISFAST_DATA_DIR"), "{done:?}");
    assert!(!folder.path("data").exists());

    Serving::start(&folder, &[]).terminate();
    let short = [("RAISFAST_ADMIN_PASSWORD", "short")];
    let done = folder.run(&["admin", "password"], &short);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains("8 to 1024 bytes"), "{done:?}");
}
