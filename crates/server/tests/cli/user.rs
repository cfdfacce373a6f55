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
    assert_eq!(login_as(&serving, "Ann Lee/1+1", &password).await.0, 401);
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
    assert_eq!(
        folder
            .run(&["user", "create", "ann", "--role", "king"], &[])
            .code,
        2
    );
    drop(serving);
}
