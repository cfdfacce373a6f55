//! `login` and `logout`, from another machine.

use std::{
    fs::{self, Permissions},
    io::{Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    process::Stdio,
};

use raisfast_tests::{Manifest, TestServer};

use crate::operator::{Done, Operator, ended};

const STAMP: &str = "com.example.stamp";

async fn server() -> TestServer {
    let manifest = Manifest::new(STAMP, &["on-post-creating"]);
    TestServer::with().guest("stamp", &manifest).start().await
}

/// Logs in with a password on standard input.
async fn log_in(operator: &Operator, arguments: &[&str], password: &str) -> Done {
    typed(operator, &[&["login"], arguments].concat(), password).await
}

/// Runs a command with lines on standard input.
async fn typed(operator: &Operator, arguments: &[&str], lines: &str) -> Done {
    let mut command = operator.command(arguments);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    writeln!(stdin, "{lines}").expect("it reads");
    drop(stdin);
    let output = tokio::task::spawn_blocking(move || child.wait_with_output());
    output
        .await
        .expect("it ends")
        .expect("it was started here")
        .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_logs_in_once_needs_neither_address_nor_password_until_logging_out() {
    let server = server().await;
    let operator = Operator::elsewhere();
    let addr = server.server().addr().to_string();
    let said = log_in(&operator, &["--addr", &addr], server.password())
        .await
        .succeeded();
    assert!(
        said.starts_with(&format!("logged in to http://{addr} as admin, until 20")),
        "{said}"
    );

    let file = operator.home().join(".config/raisfast/logins.json");
    let mode = fs::metadata(&file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let kept = fs::read_to_string(&file).expect("JSON");
    let kept: serde_json::Value = serde_json::from_str(&kept).expect("JSON");
    let login = &kept["servers"][format!("http://{addr}")];
    let token = login["token"].as_str().expect("a token").to_owned();
    assert!(!said.contains(&token), "{said}");

    let list = operator.says(&["plugin", "list"]).await;
    assert!(list.contains(STAMP), "{list}");
    assert!(
        operator
            .says(&["plugin", "list", "--addr", &addr])
            .await
            .contains(STAMP)
    );
    let by_url = format!("http://{addr}/");
    assert!(
        operator
            .says(&["plugin", "list", "--addr", &by_url])
            .await
            .contains(STAMP)
    );

    let out = operator.says(&["logout"]).await;
    assert_eq!(out, format!("logged out of http://{addr}\n"));
    assert!(!fs::read_to_string(&file).unwrap().contains(&token));
    let mut with_the_token = operator.command(&["plugin", "list", "--addr", &addr]);
    with_the_token.env("RAISFAST_TOKEN", &token);
    let refused = ended(with_the_token).await.failed();
    assert!(
        refused.contains("401"),
        "the server has ended it: {refused}"
    );
    assert!(
        refused.contains(&format!("`raisfast login --addr http://{addr}`")),
        "{refused}"
    );

    let refused = operator.fails(&["plugin", "list", "--addr", &addr]).await;
    assert!(
        refused.contains(&format!(
            "log in with `raisfast login --addr http://{addr}`"
        )),
        "{refused}"
    );
    let refused = operator.fails(&["logout"]).await;
    assert!(
        refused.contains("nobody is logged in: `raisfast login"),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_the_server_does_not_know_any_longer_says_what_to_do() {
    let server = server().await;
    let operator = Operator::elsewhere();
    let addr = server.server().addr().to_string();
    log_in(&operator, &["--addr", &addr], server.password())
        .await
        .succeeded();
    let admin = server.server().users().admin().await.expect("there is one");
    server
        .server()
        .users()
        .logout_everywhere(&admin)
        .await
        .expect("they end");
    let refused = operator.fails(&["plugin", "list"]).await;
    assert!(
        refused.contains(&format!("`raisfast login --addr http://{addr}`")),
        "{refused}"
    );
    // It has ended: that is what was asked for.
    operator.says(&["logout"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_fails_is_not_kept() {
    let server = server().await;
    let operator = Operator::elsewhere();
    let addr = server.server().addr().to_string();
    let wrong = log_in(&operator, &["--addr", &addr], "wrong")
        .await
        .failed();
    assert!(
        wrong.contains("401") && wrong.contains("password is wrong"),
        "{wrong}"
    );
    let none = log_in(&operator, &["--addr", &addr], "").await.failed();
    assert!(none.contains("line of standard input"), "{none}");
    assert!(!operator.home().join(".config").exists(), "nothing is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_author_logs_in_to_change_the_own_password_and_administers_nothing() {
    let server = server().await;
    let operator = Operator::elsewhere();
    let addr = server.server().addr().to_string();
    let users = server.server().users();
    let admin = users.admin().await.expect("there is one");
    let (password, new) = ("another long password", "a password of my own");
    users
        .create(&admin, "ann", password, raisfast_accounts::Role::Author)
        .await
        .expect("an account");
    let said = log_in(&operator, &["--addr", &addr, "--user", "ann"], password)
        .await
        .succeeded();
    assert!(said.contains("ann is an author"), "{said}");
    let refused = operator.fails(&["plugin", "list"]).await;
    assert!(refused.contains("only an admin may do this"), "{refused}");

    let own = ["user", "password"];
    let wrong = typed(&operator, &own, &format!("wrong\n{new}"))
        .await
        .failed();
    assert!(wrong.contains("is not the present password"), "{wrong}");
    let changed = typed(&operator, &own, &format!("{password}\n{new}"))
        .await
        .succeeded();
    assert!(changed.contains("all other logins have ended"), "{changed}");
    users
        .login("ann", password)
        .await
        .expect_err("the former one");
    users.login("ann", new).await.expect("the new one");
    // This login goes on.
    let refused = operator.fails(&["plugin", "list"]).await;
    assert!(refused.contains("only an admin may do this"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_that_others_can_read_are_not_used() {
    let server = server().await;
    let operator = Operator::elsewhere();
    let addr = server.server().addr().to_string();
    log_in(&operator, &["--addr", &addr], server.password())
        .await
        .succeeded();
    let file = operator.home().join(".config/raisfast/logins.json");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let refused = operator.fails(&["plugin", "list"]).await;
    assert!(refused.contains("chmod 600"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_the_error_says_how_to_get_one() {
    let operator = Operator::elsewhere();
    // A port that nobody listens on.
    fs::write(
        operator.home().join("raisfast.toml"),
        "addr = '127.0.0.1:1'\n",
    )
    .unwrap();
    for command in [
        &["plugin", "list"][..],
        &["cron", "list"],
        &["outbox", "list"],
        &["events", "--follow"],
    ] {
        let error = operator.fails(command).await;
        for says in [
            "no server runs here",
            "`raisfast serve`",
            "--data-dir",
            "`raisfast login",
        ] {
            assert!(error.contains(says), "{says}: {error}");
        }
    }
    let error = log_in(&operator, &["--addr", "127.0.0.1:1"], "x")
        .await
        .failed();
    assert!(
        error.contains("no server answers at http://127.0.0.1:1"),
        "{error}"
    );
    let warned = log_in(&operator, &["--addr", "http://192.0.2.1:1"], "")
        .await
        .failed();
    assert!(warned.contains("is not encrypted"), "{warned}");
}

/// Runs a script in a terminal of its own, and returns what it shows. At the question for the
/// password, these keys are pressed.
async fn in_a_terminal(operator: &Operator, script: &str, keys: &'static [u8]) -> String {
    let shell = operator.command(&[]);
    let raisfast = shell.get_program().to_str().expect("UTF-8");
    let mut terminal = std::process::Command::new("script")
        .args(["-q", "-e", "-c", script, "/dev/null"])
        .env("RAISFAST", raisfast)
        .env("HOME", operator.home())
        .env("SHELL", "/bin/sh")
        .current_dir(operator.home())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("`script` of util-linux runs");
    let mut keyboard = terminal.stdin.take().expect("a pipe");
    let mut screen = terminal.stdout.take().expect("a pipe");
    let shown = tokio::task::spawn_blocking(move || {
        let mut shown = Vec::new();
        let mut byte = [0];
        let mut pressed = false;
        while screen.read(&mut byte).expect("the screen") > 0 {
            shown.push(byte[0]);
            if !pressed && shown.ends_with(b"Password of admin: ") {
                keyboard.write_all(keys).expect("it is pressed");
                keyboard.flush().expect("it is pressed");
                pressed = true;
            }
        }
        drop(keyboard);
        terminal.wait().expect("it was started here");
        String::from_utf8(shown).expect("UTF-8")
    });
    shown.await.expect("it ends")
}

/// Whatever ends the question for a password, the terminal shows again what is typed.
#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_shows_what_is_typed_after_the_question_for_a_password() {
    let server = server().await;
    let operator = Operator::elsewhere();
    let addr = server.server().addr();
    // The shell goes on after Ctrl-C, and says what the terminal is like.
    let script =
        format!("trap : INT; \"$RAISFAST\" login --addr {addr}; echo \"exit code $?\"; stty -a");
    for (keys, says) in [
        (&b"\x03"[..], "stopped: no password was given"),
        (b"wrong password\n", "401"),
    ] {
        let shown = in_a_terminal(&operator, &script, keys).await;
        assert!(shown.contains("exit code 1"), "{shown}");
        assert!(shown.contains(says), "{shown}");
        assert!(!shown.contains("wrong password"), "{shown}");
        let echoes = shown.split_whitespace().any(|word| word == "echo");
        assert!(echoes, "{shown}");
    }
}
