//! Accounts on a database of their own, and plugins that are closures.

#![allow(dead_code, reason = "each test file uses what it needs")]

use std::sync::{Arc, Mutex};

use raisfast_accounts::{AccountError, InvalidField, Role, User, Users};
use raisfast_cluster::Node;
use raisfast_contract::{Hook, hook::Action};
use raisfast_db::Database;
use raisfast_hooks::{Bus, Subscription, SubscriptionOptions};
use raisfast_outbox::{Outbox, OutboxOptions};
use raisfast_test_databases::Server;
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "a password for tests";

pub(crate) struct TestAccounts {
    pub(crate) users: Users,
    pub(crate) bus: Bus,
    pub(crate) outbox: Outbox,
    pub(crate) database: Database,
    pub(crate) admin: User,
    folder: TempDir,
}

impl TestAccounts {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = Server::asked_for().map_or_else(
            || format!("sqlite://{}/site.db?mode=rwc", folder.path().display()),
            Server::fresh_database,
        );
        let database = Database::connect(&url).await.unwrap();
        let bus = Bus::new();
        let outbox = Outbox::start(
            database.clone(),
            bus.clone(),
            Node::alone(),
            OutboxOptions::default(),
        )
        .await
        .unwrap();
        let users = Users::new(database.clone(), bus.clone(), outbox.clone());
        users.ensure_admin(Some(PASSWORD)).await.unwrap();
        let admin = users.login("admin", PASSWORD).await.unwrap().user;
        Self {
            users,
            bus,
            outbox,
            database,
            admin,
            folder,
        }
    }

    /// Makes another user, who is not an admin.
    pub(crate) async fn author(&self, name: &str) -> User {
        self.user(name, Role::Author).await
    }

    pub(crate) async fn user(&self, name: &str, role: Role) -> User {
        self.users
            .create(&self.admin, name, PASSWORD, role)
            .await
            .unwrap()
    }

    /// Records the calls of an action, in order. Ask after `outbox.settled()`.
    pub(crate) fn record<H>(&self) -> Arc<Mutex<Vec<H::Params>>>
    where
        H: Action + Hook<Output = ()>,
    {
        let told = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&told);
        let plugin = "com.example.records".parse().unwrap();
        let handler = move |params: H::Params| {
            sink.lock().unwrap().push(params);
            async { Ok(()) }
        };
        let options = SubscriptionOptions::default();
        let subscription = Subscription::new::<H>(plugin, options, Arc::new(handler));
        let plugin = "com.example.records".parse().unwrap();
        self.bus.replace(&plugin, vec![subscription]);
        told
    }
}

/// Returns the rules that a refused account breaks.
pub(crate) fn invalid<T: std::fmt::Debug>(result: Result<T, AccountError>) -> Vec<InvalidField> {
    match result {
        Err(AccountError::Invalid(errors)) => errors,
        other => panic!("expected an account that is not valid, found {other:?}"),
    }
}
