//! Admins' work on accounts.

mod support;

use raisfast_accounts::{AccountError, Role, reset_admin};
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
    let refused = users.login("ann", PASSWORD).await.unwrap_err();
    assert!(matches!(refused, AccountError::Unauthenticated));

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
    ] {
        assert!(
            matches!(refused, Err(AccountError::Forbidden)),
            "{refused:?}"
        );
    }
    let own = users.disable(&test.admin, "admin").await;
    assert!(matches!(own, Err(AccountError::OwnAccount)), "{own:?}");
    let nobody = users.disable(&test.admin, "nobody").await;
    assert!(matches!(nobody, Err(AccountError::NotFound)), "{nobody:?}");
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
