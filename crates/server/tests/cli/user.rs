//! `raisfast user`.

use serde_json::Value;

use crate::{admin::login_as, run::Folder, serve::Serving};

#[tokio::test]
async fn an_account_is_made_used_disabled_and_enabled() {
    let folder = Folder::new();
    let serving = Serving::start(&folder, &[]);
    let made = folder.run(&["user", "create", "Ann Lee/1+1"], &[]);
    assert_eq!(made.code, 0, "{made:?}");
    let password = made
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("password  "))
        .expect("a password")
        .to_owned();
    assert_eq!(login_as(&serving, "Ann Lee/1+1", &password).await.0, 200);

    let off = folder.run(&["user", "disable", "Ann Lee/1+1"], &[]);
    assert_eq!(off.code, 0, "{off:?}");
    assert_eq!(login_as(&serving, "Ann Lee/1+1", &password).await.0, 403);
    let shown = folder.run(&["user", "show", "Ann Lee/1+1"], &[]);
    assert!(shown.stdout.contains("\ndisabled  "), "{shown:?}");
    let list = folder.run(&["user", "list"], &[]).stdout;
    assert!(
        list.lines().all(|line| line.chars().count() <= 80),
        "{list}"
    );
    assert!(list.contains("Ann Lee/1+1  author  disabled"), "{list}");

    let on = folder.run(&["user", "enable", "Ann Lee/1+1", "--json"], &[]);
    let on: Value = serde_json::from_str(&on.stdout).expect("JSON");
    assert_eq!(on["disabled_at"], Value::Null);
    assert_eq!(login_as(&serving, "Ann Lee/1+1", &password).await.0, 200);

    let chosen = [("RAISFAST_USER_PASSWORD", "another horse")];
    let changed = folder.run(&["user", "set-password", "Ann Lee/1+1"], &chosen);
    assert_eq!(changed.code, 0, "{changed:?}");
    assert!(!changed.stdout.contains("another horse"), "{changed:?}");
    assert_eq!(login_as(&serving, "Ann Lee/1+1", &password).await.0, 401);
    assert_eq!(
        login_as(&serving, "Ann Lee/1+1", "another horse").await.0,
        200
    );
    assert_eq!(serving.terminate().code, 0);
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = Folder::new();
    let serving = Serving::start(&folder, &[]);
    for (arguments, says) in [
        (&["user", "disable", "nobody"][..], "there is no account"),
        (&["user", "disable", "admin"], "the own account"),
        (&["user", "create", "admin"], "already"),
        (&["user", "create", ".."], "must not be"),
        (&["user", "show", "nobody"], "there is no account"),
        (&["user", "remove", "nobody"], "there is no account"),
        (&["user", "remove", "admin"], "the own account"),
        (&["user", "role", "admin", "editor"], "the own account"),
        (&["user", "password"], "name the account"),
        (
            &["user", "reset-password", "nobody"],
            "there is no account `nobody`",
        ),
    ] {
        let done = folder.run(arguments, &[]);
        assert_eq!(done.code, 1, "{done:?}");
        assert!(done.stderr.contains(says), "{done:?}");
    }
    let short = folder.run(
        &["user", "create", "ann"],
        &[("RAISFAST_USER_PASSWORD", "short")],
    );
    assert!(short.stderr.contains("8 to 1024 bytes"), "{short:?}");
    let both = folder.run(
        &["user", "create", ".."],
        &[("RAISFAST_USER_PASSWORD", "short")],
    );
    for says in [
        "\n  username: must not be",
        "\n  password: must have 8 to 1024 bytes",
    ] {
        assert!(both.stderr.contains(says), "{both:?}");
    }
    for arguments in [
        &["user", "create", "ann", "--role", "king"][..],
        &["user", "role", "ann", "king"],
        &["user", "remove"],
    ] {
        assert_eq!(folder.run(arguments, &[]).code, 2, "{arguments:?}");
    }
    drop(serving);
}

#[tokio::test]
async fn a_role_is_given_and_an_account_removed() {
    let folder = Folder::new();
    let serving = Serving::start(&folder, &[]);
    let chosen = [("RAISFAST_USER_PASSWORD", "another horse")];
    let made = folder.run(&["user", "create", "ann", "--role", "editor"], &chosen);
    assert!(made.stdout.contains("ann is an editor"), "{made:?}");
    let done = folder.run(&["user", "role", "ann", "author"], &[]);
    assert!(done.stdout.contains("ann is an author"), "{done:?}");
    let shown = folder.run(&["user", "show", "ann", "--json"], &[]);
    let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!(shown["role"], "author");
    assert_eq!(login_as(&serving, "ann", "another horse").await.0, 200);

    let gone = folder.run(&["user", "remove", "ann"], &[]);
    assert_eq!(gone.code, 0, "{gone:?}");
    assert!(gone.stdout.contains("posts of ann stay"), "{gone:?}");
    assert_eq!(login_as(&serving, "ann", "another horse").await.0, 401);
    assert_eq!(serving.terminate().code, 0);
}

/// Whoever runs the server gets back in, whoever is locked out.
#[tokio::test]
async fn a_forgotten_password_is_replaced_on_the_database_itself() {
    let folder = Folder::new();
    let serving = Serving::start(&folder, &[]);
    let chosen = [("RAISFAST_USER_PASSWORD", "forgotten horse")];
    folder.run(&["user", "create", "Ann Lee"], &chosen);
    let (_, login) = login_as(&serving, "Ann Lee", "forgotten horse").await;
    let token = login["token"].as_str().expect("a token").to_owned();

    let reset = ["user", "reset-password", "Ann Lee"];
    let done = folder.run(&[&reset[..], &["--json"]].concat(), &[]);
    assert_eq!(done.code, 0, "{done:?}");
    let answer: Value = serde_json::from_str(&done.stdout).expect("JSON");
    let made = answer["password"].as_str().expect("a password");
    assert_eq!(
        login_as(&serving, "Ann Lee", "forgotten horse").await.0,
        401
    );
    assert_eq!(login_as(&serving, "Ann Lee", made).await.0, 200);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let me = format!("http://{}/api/v1/auth/me", serving.addr);
    let ended = client.get(me).bearer_auth(token).send().await.unwrap();
    assert_eq!(ended.status(), 401);

    folder.run(&["user", "disable", "Ann Lee"], &[]);
    let done = folder.run(&reset, &chosen);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(!done.stdout.contains("forgotten horse"), "{done:?}");
    assert!(done.stderr.contains("is disabled"), "{done:?}");
    assert_eq!(
        login_as(&serving, "Ann Lee", "forgotten horse").await.0,
        403
    );
    assert_eq!(serving.terminate().code, 0);

    // Nor does it need a server.
    let short = folder.run(&reset, &[("RAISFAST_USER_PASSWORD", "short")]);
    assert_eq!(short.code, 1, "{short:?}");
    assert!(short.stderr.contains("8 to 1024 bytes"), "{short:?}");
    assert_eq!(folder.run(&reset, &[]).code, 0);
}

/// The socket is for whoever runs the server, and not for the account `admin`.
#[tokio::test]
async fn commands_on_the_machine_work_whatever_became_of_the_first_admin() {
    let folder = Folder::new();
    let serving = Serving::start(&folder, &[]);
    let chosen = [("RAISFAST_USER_PASSWORD", "another horse")];
    folder.run(&["user", "create", "root", "--role", "admin"], &chosen);
    let (_, login) = login_as(&serving, "root", "another horse").await;
    let token = [("RAISFAST_TOKEN", login["token"].as_str().expect("a token"))];
    for arguments in [
        &["user", "role", "admin", "author"][..],
        &["user", "remove", "admin"],
    ] {
        let elsewhere = [arguments, &["--addr", &serving.addr]].concat();
        let done = folder.run(&elsewhere, &token);
        assert_eq!(done.code, 0, "{done:?}");
        for command in [&["plugin", "list"][..], &["user", "list"]] {
            assert_eq!(
                folder.run(command, &[]).code,
                0,
                "{arguments:?} {command:?}"
            );
        }
    }
    assert_eq!(serving.terminate().code, 0);

    // A start does not bring the account back, with a password that nobody chose.
    let serving = Serving::start(&folder, &[("RAISFAST_ADMIN_PASSWORD", "correct horse")]);
    assert_eq!(login_as(&serving, "admin", "correct horse").await.0, 401);
    let last = folder.run(&["user", "remove", "root"], &[]);
    assert!(last.stderr.contains("the own account"), "{last:?}");
    assert_eq!(serving.terminate().code, 0);
    let made = folder.run(&["admin", "password"], &[]);
    assert!(made.stdout.contains("user      admin"), "{made:?}");
}
