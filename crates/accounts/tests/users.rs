//! Accounts, passwords and tokens.

mod support;

use raisfast_accounts::{AccountError, Role, Users, reset_admin};
use raisfast_cluster::Node;
use raisfast_db::{
    Database,
    entity::{tokens, users},
};

use raisfast_contract::hook::OnLogin;
use raisfast_hooks::Bus;
use raisfast_outbox::{Outbox, OutboxOptions};
use raisfast_test_databases::Server;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use support::{PASSWORD, TestAccounts, invalid};

async fn fresh() -> Users {
    let url =
        Server::asked_for().map_or_else(|| "sqlite::memory:".to_owned(), Server::fresh_database);
    let (database, bus) = (Database::connect(&url).await.unwrap(), Bus::new());
    let outbox = Outbox::start(
        database.clone(),
        bus.clone(),
        Node::alone(),
        OutboxOptions::default(),
    );
    let outbox = outbox.await.unwrap();
    Users::new(database, bus, outbox)
}

#[tokio::test]
async fn the_first_start_makes_an_admin_and_tells_the_password_once() {
    let users = fresh().await;
    let password = users.ensure_admin(None).await.unwrap().unwrap();
    assert!(password.len() >= 40, "256 bits");
    assert_eq!(users.ensure_admin(None).await.unwrap(), None);
    let login = users.login("admin", &password).await.unwrap();
    assert_eq!(
        (login.user.username.as_str(), login.user.role),
        ("admin", Role::Admin)
    );
}

#[tokio::test]
async fn a_given_password_is_for_the_first_start_only() {
    let users = fresh().await;
    assert_eq!(users.ensure_admin(Some(PASSWORD)).await.unwrap(), None);
    assert_eq!(
        users.ensure_admin(Some("another password")).await.unwrap(),
        None
    );
    users.login("admin", PASSWORD).await.unwrap();
    let other = users.login("admin", "another password").await;
    assert!(matches!(other, Err(AccountError::Unauthenticated)));
}

#[tokio::test]
async fn a_short_password_is_refused() {
    let users = fresh().await;
    assert_eq!(
        invalid(users.ensure_admin(Some("short")).await)[0].field,
        "password"
    );
    assert_eq!(
        invalid(users.ensure_admin(Some("")).await)[0].field,
        "password"
    );
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_look_the_same() {
    let test = TestAccounts::new().await;
    let wrong = test
        .users
        .login("admin", "wrong password")
        .await
        .unwrap_err();
    let unknown = test.users.login("nobody", PASSWORD).await.unwrap_err();
    assert!(matches!(wrong, AccountError::Unauthenticated));
    assert_eq!(wrong.to_string(), unknown.to_string());
}

#[tokio::test]
async fn neither_password_nor_token_is_in_the_database_or_in_debug_output() {
    let test = TestAccounts::new().await;
    let login = test.users.login("admin", PASSWORD).await.unwrap();
    let kept = format!(
        "{:?} {:?} {login:?}",
        users::Entity::find()
            .all(test.database.connection())
            .await
            .unwrap(),
        tokens::Entity::find()
            .all(test.database.connection())
            .await
            .unwrap(),
    );
    assert!(kept.contains("$argon2id$"));
    assert!(!kept.contains(PASSWORD) && !kept.contains(&login.token));
}

#[tokio::test]
async fn a_token_is_good_until_logout() {
    let test = TestAccounts::new().await;
    let users = &test.users;
    let (one, two) = (
        users.login("admin", PASSWORD).await.unwrap(),
        users.login("admin", PASSWORD).await.unwrap(),
    );
    assert_ne!(one.token, two.token);
    assert_eq!(
        users.authenticate(&one.token).await.unwrap(),
        Some(one.user)
    );
    users.logout(&one.token).await.unwrap();
    users.logout(&one.token).await.unwrap();
    assert_eq!(users.authenticate(&one.token).await.unwrap(), None);
    assert_eq!(
        users.authenticate(&two.token).await.unwrap(),
        Some(two.user)
    );
    for nonsense in ["", "nonsense", "' OR 1=1 --"] {
        assert_eq!(users.authenticate(nonsense).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_token_expires_and_is_forgotten() {
    let test = TestAccounts::new().await;
    let users = &test.users;
    let login = users.login("admin", PASSWORD).await.unwrap();
    let days = (chrono::DateTime::parse_from_rfc3339(&login.expires_at)
        .unwrap()
        .to_utc()
        - chrono::Utc::now())
    .num_days();
    assert!((29..=30).contains(&days), "{}", login.expires_at);

    let connection = test.database.connection();
    for row in tokens::Entity::find().all(connection).await.unwrap() {
        let mut row = row.into_active_model();
        row.expires_at = Set((chrono::Utc::now() - chrono::TimeDelta::seconds(1)).into());
        row.update(connection).await.unwrap();
    }
    assert_eq!(users.authenticate(&login.token).await.unwrap(), None);
    users.login("admin", PASSWORD).await.unwrap();
    assert_eq!(
        tokens::Entity::find().all(connection).await.unwrap().len(),
        1
    );
}

#[tokio::test]
async fn only_an_admin_makes_accounts_and_names_are_unique() {
    let test = TestAccounts::new().await;
    let users = &test.users;
    let ada = test.author("ada").await;
    assert_eq!(ada.role, Role::Author);
    assert_eq!(users.login("ada", PASSWORD).await.unwrap().user, ada);
    let by_ada = users.create(&ada, "bob", PASSWORD, Role::Admin).await;
    assert!(matches!(by_ada, Err(AccountError::Forbidden)));
    let twice = users
        .create(&test.admin, "ada", PASSWORD, Role::Author)
        .await;
    assert_eq!(invalid(twice)[0].field, "username");
    let broken = invalid(
        users
            .create(&test.admin, "two\nlines", "short", Role::Author)
            .await,
    );
    let fields: Vec<_> = broken.iter().map(|error| error.field).collect();
    assert_eq!(fields, ["username", "password"]);
}

#[tokio::test]
async fn a_login_that_succeeds_is_told() {
    let test = TestAccounts::new().await;
    let logins = test.record::<OnLogin>();
    test.users
        .login("admin", "wrong password")
        .await
        .unwrap_err();
    test.users.login("nobody", PASSWORD).await.unwrap_err();
    test.users.login("admin", PASSWORD).await.unwrap();
    test.outbox.settled().await;
    let logins = logins.lock().unwrap();
    assert_eq!(
        logins.iter().map(|(id,)| id.as_ref()).collect::<Vec<_>>(),
        [test.admin.id.as_str()]
    );
}

#[tokio::test]
async fn every_login_of_one_user_ends_at_once_and_nobody_elses() {
    let test = TestAccounts::new().await;
    let ann = test.author("ann").await;
    let login = async |name| test.users.login(name, PASSWORD).await.unwrap().token;
    let tokens = [login("ann").await, login("ann").await];
    let other = login("admin").await;
    test.users.logout_everywhere(&ann).await.unwrap();
    for token in tokens {
        assert_eq!(test.users.authenticate(&token).await.unwrap(), None);
    }
    assert!(test.users.authenticate(&other).await.unwrap().is_some());
}

#[tokio::test]
async fn a_reset_gives_the_admin_a_new_password_and_ends_old_logins() {
    let test = TestAccounts::new().await;
    let users = &test.users;
    let old = users.login("admin", PASSWORD).await.unwrap();
    let author = test.author("ann").await;

    let made = reset_admin(&test.database, None)
        .await
        .unwrap()
        .expect("a password");
    assert_eq!(users.authenticate(&old.token).await.unwrap(), None);
    let refused = users.login("admin", PASSWORD).await;
    assert!(matches!(refused, Err(AccountError::Unauthenticated)));
    let login = users.login("admin", &made).await.unwrap();
    assert_eq!(login.user, old.user);

    let chosen = "another password";
    assert_eq!(
        reset_admin(&test.database, Some(chosen)).await.unwrap(),
        None
    );
    users.login("admin", chosen).await.unwrap();
    assert_eq!(
        invalid(reset_admin(&test.database, Some("short")).await)[0].field,
        "password"
    );
    users.login("admin", chosen).await.unwrap();
    users.login(&author.username, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_reset_makes_the_admin_where_there_is_none() {
    let test = TestAccounts::new().await;
    users::Entity::delete_many()
        .exec(test.database.connection())
        .await
        .unwrap();
    let made = reset_admin(&test.database, None).await.unwrap();
    let made = made.expect("a password");
    test.users.login("admin", &made).await.unwrap();
}
