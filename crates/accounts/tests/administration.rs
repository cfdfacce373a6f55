//! Admins' work on accounts.

mod support;

use raisfast_accounts::{AccountError, Role, reset_admin, reset_password};
use support::{PASSWORD, TestAccounts, invalid};

#[tokio::test]
async fn accounts_are_listed_by_name_page_by_page() {
    let test = TestAccounts::new().await;
    for name in ["zoe", "ann", "bob"] {
        test.author(name).await;
    }
    let mut names = Vec::new();
    let mut cursor = None;
    loop {
        let page = test
            .users
            .list(&test.admin, cursor.as_deref(), 3)
            .await
            .unwrap();
        names.extend(page.items.into_iter().map(|account| account.username));
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(names, ["admin", "ann", "bob", "zoe"]);
}

#[tokio::test]
async fn a_disabled_user_has_no_login_until_enabled() {
    let test = TestAccounts::new().await;
    let users = &test.users;
    test.author("ann").await;
    let token = users.login("ann", PASSWORD).await.unwrap().token;
    let mut revocations = users.revocations();
    let off = users.disable(&test.admin, "ann").await.unwrap();
    assert!(off.disabled_at.is_some());
    assert!(revocations.has_changed().unwrap());
    revocations.mark_unchanged();
    assert_eq!(users.disable(&test.admin, "ann").await.unwrap(), off);
    assert_eq!(users.authenticate(&token).await.unwrap(), None);
    // Who knows the password learns why; nobody else learns that the account is there.
    let refused = users.login("ann", PASSWORD).await.unwrap_err();
    assert!(matches!(refused, AccountError::Disabled));
    assert!(!refused.is_failed_guess());
    let guessed = users.login("ann", "a wrong password").await.unwrap_err();
    assert!(matches!(guessed, AccountError::Unauthenticated));
    assert!(guessed.is_failed_guess());

    let on = users.enable(&test.admin, "ann").await.unwrap();
    assert_eq!(on.disabled_at, None);
    assert_eq!(
        users.authenticate(&token).await.unwrap(),
        None,
        "it stays ended"
    );
    users.login("ann", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn another_password_ends_the_logins_of_that_user() {
    let test = TestAccounts::new().await;
    let users = &test.users;
    test.author("ann").await;
    let token = users.login("ann", PASSWORD).await.unwrap().token;
    let others = users.login("admin", PASSWORD).await.unwrap().token;
    let short = users.set_password(&test.admin, "ann", "short").await;
    assert_eq!(invalid(short)[0].field, "password");
    users
        .set_password(&test.admin, "ann", "another password")
        .await
        .unwrap();
    assert_eq!(users.authenticate(&token).await.unwrap(), None);
    assert!(users.authenticate(&others).await.unwrap().is_some());
    users.login("ann", PASSWORD).await.unwrap_err();
    users.login("ann", "another password").await.unwrap();
}

#[tokio::test]
async fn only_an_admin_does_any_of_it_and_not_to_the_own_account() {
    let test = TestAccounts::new().await;
    let users = &test.users;
    let ann = test.author("ann").await;
    test.author("bob").await;
    for refused in [
        users.list(&ann, None, 10).await.map(drop),
        users
            .set_password(&ann, "bob", "another password")
            .await
            .map(drop),
        users.disable(&ann, "bob").await.map(drop),
        users.enable(&ann, "bob").await.map(drop),
        users.show(&ann, "bob").await.map(drop),
        users.set_role(&ann, "ann", Role::Admin).await.map(drop),
        users.remove(&ann, "bob").await,
    ] {
        assert!(
            matches!(refused, Err(AccountError::Forbidden)),
            "{refused:?}"
        );
    }
    let admin = &test.admin;
    for own in [
        users.disable(admin, "admin").await.map(drop),
        users.set_role(admin, "admin", Role::Author).await.map(drop),
        users.remove(admin, "admin").await,
    ] {
        assert!(matches!(own, Err(AccountError::OwnAccount)), "{own:?}");
    }
    let nobody = users.disable(&test.admin, "nobody").await;
    assert!(matches!(nobody, Err(AccountError::NotFound)), "{nobody:?}");
}

#[tokio::test]
async fn a_role_is_changed_and_counts_at_once() {
    let test = TestAccounts::new().await;
    let users = &test.users;
    test.author("ann").await;
    let token = users.login("ann", PASSWORD).await.unwrap().token;
    let mut revocations = users.revocations();
    for role in [Role::Editor, Role::Admin, Role::Author] {
        let changed = users.set_role(&test.admin, "ann", role).await.unwrap();
        assert_eq!(changed.role, role);
        assert_eq!(users.show(&test.admin, "ann").await.unwrap(), changed);
        let ann = users.authenticate(&token).await.unwrap().expect("a login");
        assert_eq!(ann.role, role);
        assert!(revocations.has_changed().unwrap(), "streams ask again");
        revocations.mark_unchanged();
    }
    let same = users.set_role(&test.admin, "ann", Role::Author).await;
    assert_eq!(same.unwrap().role, Role::Author);
}

#[tokio::test]
async fn a_removed_user_is_gone_and_the_name_is_another_s() {
    let test = TestAccounts::new().await;
    let users = &test.users;
    let ann = test.author("ann").await;
    let token = users.login("ann", PASSWORD).await.unwrap().token;
    let mut revocations = users.revocations();
    users.remove(&test.admin, "ann").await.unwrap();
    assert!(revocations.has_changed().unwrap());
    revocations.mark_unchanged();
    assert_eq!(users.authenticate(&token).await.unwrap(), None);
    let refused = users.login("ann", PASSWORD).await.unwrap_err();
    assert!(matches!(refused, AccountError::Unauthenticated));
    let again = users.remove(&test.admin, "ann").await;
    assert!(matches!(again, Err(AccountError::NotFound)), "{again:?}");
    assert_ne!(test.author("ann").await.id, ann.id);
    assert_eq!(users.authenticate(&token).await.unwrap(), None);
}

#[tokio::test]
async fn the_last_admin_who_can_log_in_stays_one() {
    let test = TestAccounts::new().await;
    let users = &test.users;
    let root = test.user("root", Role::Admin).await;
    users.disable(&root, "admin").await.unwrap();
    // As whoever runs the server: `admin`, who could not log in.
    for refused in [
        users.disable(&test.admin, "root").await.map(drop),
        users
            .set_role(&test.admin, "root", Role::Editor)
            .await
            .map(drop),
        users.remove(&test.admin, "root").await,
    ] {
        let last = matches!(refused, Err(AccountError::LastAdmin));
        assert!(last, "{refused:?}");
    }
    users.enable(&root, "admin").await.unwrap();
    users.remove(&test.admin, "root").await.unwrap();
}

/// Two admins who disable each other at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_admins_is_left_however_fast_they_are() {
    let test = TestAccounts::new().await;
    let users = &test.users;
    for round in 0..5 {
        let name = format!("root{round}");
        let root = test.user(&name, Role::Admin).await;
        let (by_admin, by_root) = (users.clone(), users.clone());
        let admin = test.admin.clone();
        let one = tokio::spawn(async move { by_admin.disable(&admin, &name).await });
        let other = tokio::spawn(async move { by_root.disable(&root, "admin").await });
        let (one, other) = (one.await.unwrap(), other.await.unwrap());
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        let refused = one.err().or(other.err());
        assert!(
            matches!(refused, Some(AccountError::LastAdmin)),
            "{refused:?}"
        );
        reset_admin(&test.database, Some(PASSWORD)).await.unwrap();
        let name = format!("root{round}");
        users.remove(&test.admin, &name).await.unwrap();
    }
}

#[tokio::test]
async fn the_operator_acts_as_an_admin_whatever_became_of_the_first_one() {
    let test = TestAccounts::new().await;
    let users = &test.users;
    assert_eq!(users.admin().await.unwrap(), test.admin);
    let root = test.user("root", Role::Admin).await;
    let later = test.user("later", Role::Admin).await;
    users.set_role(&root, "admin", Role::Editor).await.unwrap();
    assert_eq!(users.admin().await.unwrap(), root);
    users.disable(&later, "root").await.unwrap();
    assert_eq!(users.admin().await.unwrap(), later);
    users.remove(&later, "admin").await.unwrap();
    assert_eq!(users.admin().await.unwrap(), later);
    // A start does not bring the first one back.
    assert_eq!(users.ensure_admin(Some(PASSWORD)).await.unwrap(), None);
    let gone = users.show(&later, "admin").await;
    assert!(matches!(gone, Err(AccountError::NotFound)), "{gone:?}");
}

#[tokio::test]
async fn who_has_the_database_gives_anybody_another_password() {
    let test = TestAccounts::new().await;
    let users = &test.users;
    test.user("ann", Role::Editor).await;
    let token = users.login("ann", PASSWORD).await.unwrap().token;
    let done = reset_password(&test.database, "ann", None).await.unwrap();
    assert!(!done.is_disabled);
    let made = done.password.expect("a password");
    assert_eq!(users.authenticate(&token).await.unwrap(), None);
    users.login("ann", PASSWORD).await.unwrap_err();
    assert_eq!(
        users.login("ann", &made).await.unwrap().user.role,
        Role::Editor
    );

    users.disable(&test.admin, "ann").await.unwrap();
    let done = reset_password(&test.database, "ann", Some("another password")).await;
    assert!(done.unwrap().is_disabled);
    let refused = users.login("ann", "another password").await.unwrap_err();
    assert!(matches!(refused, AccountError::Disabled), "{refused:?}");
    let short = reset_password(&test.database, "ann", Some("short")).await;
    assert_eq!(invalid(short.map(drop))[0].field, "password");
    let nobody = reset_password(&test.database, "nobody", None).await;
    assert!(matches!(nobody.map(drop), Err(AccountError::NotFound)));
}

#[tokio::test]
async fn a_user_changes_the_own_password_and_keeps_this_login_only() {
    let test = TestAccounts::new().await;
    let users = &test.users;
    let ann = test.author("ann").await;
    let mine = users.login("ann", PASSWORD).await.unwrap().token;
    let other = users.login("ann", PASSWORD).await.unwrap().token;

    let refused = users
        .change_password(&ann, &mine, "a wrong password", "short")
        .await;
    assert!(refused.as_ref().unwrap_err().is_failed_guess());
    let fields: Vec<_> = invalid(refused).into_iter().map(|e| e.field).collect();
    assert_eq!(fields, ["current_password", "new_password"]);
    let short = users.change_password(&ann, &mine, PASSWORD, "short").await;
    assert!(!short.as_ref().unwrap_err().is_failed_guess());
    assert_eq!(invalid(short)[0].field, "new_password");
    assert!(users.authenticate(&other).await.unwrap().is_some());

    let mut revocations = users.revocations();
    users
        .change_password(&ann, &mine, PASSWORD, "another password")
        .await
        .unwrap();
    assert!(revocations.has_changed().unwrap());
    revocations.mark_unchanged();
    assert_eq!(users.authenticate(&mine).await.unwrap(), Some(ann.clone()));
    assert_eq!(users.authenticate(&other).await.unwrap(), None);
    users.login("ann", PASSWORD).await.unwrap_err();
    users.login("ann", "another password").await.unwrap();
    users.remove(&test.admin, "ann").await.unwrap();
    let gone = users
        .change_password(&ann, &mine, "another password", PASSWORD)
        .await;
    assert!(matches!(gone, Err(AccountError::NotFound)), "{gone:?}");
}

/// A password takes long to check: whatever an admin does meanwhile comes first or ends the login.
#[tokio::test(flavor = "multi_thread")]
async fn no_login_with_a_former_password_outlives_the_change() {
    let test = TestAccounts::new().await;
    test.author("ann").await;
    for round in 0..6 {
        let former = if round == 0 {
            PASSWORD.to_owned()
        } else {
            format!("password {round}")
        };
        let next = format!("password {}", round + 1);
        let users = test.users.clone();
        let login = tokio::spawn(async move { users.login("ann", &former).await });
        test.users
            .set_password(&test.admin, "ann", &next)
            .await
            .unwrap();
        if let Ok(login) = login.await.unwrap() {
            let left = test.users.authenticate(&login.token).await.unwrap();
            assert_eq!(left, None, "round {round}");
        }
    }
}

#[tokio::test]
async fn who_has_the_database_gets_the_admin_s_account_back() {
    let test = TestAccounts::new().await;
    let root = test
        .users
        .create(&test.admin, "root", PASSWORD, Role::Admin)
        .await
        .unwrap();
    test.users.disable(&root, "admin").await.unwrap();
    test.users.login("admin", PASSWORD).await.unwrap_err();
    reset_admin(&test.database, Some("another password"))
        .await
        .unwrap();
    test.users.login("admin", "another password").await.unwrap();
}

#[tokio::test]
async fn a_name_that_no_path_can_hold_is_refused() {
    let test = TestAccounts::new().await;
    for name in [".", ".."] {
        let refused = test
            .users
            .create(&test.admin, name, PASSWORD, Role::Author)
            .await;
        assert_eq!(invalid(refused)[0].field, "username");
    }
}
