//! A site on a database of its own, and plugins that are closures.

#![allow(dead_code, reason = "each test file uses what it needs")]

use std::sync::{Arc, Mutex};

use raisfast_accounts::{Role, User, Users};
use raisfast_cluster::Node;
use raisfast_content::{ContentError, FieldError, Site};
use raisfast_contract::{Hook, PluginId, PostInput, hook::Action};
use raisfast_db::Database;
use raisfast_hooks::{Bus, Handler, HandlerError, OnError, Subscription, SubscriptionOptions};
use raisfast_outbox::{Outbox, OutboxOptions};
use raisfast_test_databases::Server;
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "a password for tests";

pub(crate) struct TestSite {
    pub(crate) site: Site,
    pub(crate) users: Users,
    pub(crate) bus: Bus,
    pub(crate) outbox: Outbox,
    pub(crate) database: Database,
    pub(crate) admin: User,
    folder: TempDir,
}

impl TestSite {
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
        let site = Site::new(database.clone(), bus.clone(), outbox.clone());
        let users = Users::new(database.clone(), bus.clone(), outbox.clone());
        users.ensure_admin(Some(PASSWORD)).await.unwrap();
        let admin = users.login("admin", PASSWORD).await.unwrap().user;
        Self {
            site,
            users,
            bus,
            outbox,
            database,
            admin,
            folder,
        }
    }

    /// Another user, who is not an admin.
    pub(crate) async fn author(&self, name: &str) -> User {
        self.user(name, Role::Author).await
    }

    pub(crate) async fn user(&self, name: &str, role: Role) -> User {
        self.users
            .create(&self.admin, name, PASSWORD, role)
            .await
            .unwrap()
    }

    /// Subscribes one closure, as the only subscription of the plugin of this name.
    pub(crate) fn plugin<H: Hook>(
        &self,
        name: &str,
        on_error: OnError,
        handler: impl Handler<H> + 'static,
    ) {
        let plugin = plugin(name);
        let options = SubscriptionOptions {
            on_error,
            ..SubscriptionOptions::default()
        };
        let subscription = Subscription::new::<H>(plugin.clone(), options, Arc::new(handler));
        self.bus.replace(&plugin, vec![subscription]);
    }

    /// Records the calls of an action, in order. Read them after `outbox.settled()`.
    pub(crate) fn record<H>(&self) -> Arc<Mutex<Vec<H::Params>>>
    where
        H: Action + Hook<Output = ()>,
    {
        let told = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&told);
        let name = format!("records-{}", H::NAME);
        self.plugin::<H>(&name, OnError::Continue, move |params: H::Params| {
            sink.lock().unwrap().push(params);
            async { Ok(()) }
        });
        told
    }
}

pub(crate) fn plugin(name: &str) -> PluginId {
    format!("com.example.{name}").parse().unwrap()
}

pub(crate) fn failed<T>() -> Result<T, HandlerError> {
    Err(HandlerError::new("the plugin is out of order"))
}

pub(crate) fn draft(title: &str) -> PostInput {
    PostInput {
        title: title.to_owned(),
        content: "Some text.".to_owned(),
        ..PostInput::default()
    }
}

pub(crate) fn published(title: &str) -> PostInput {
    PostInput {
        status: Some("published".to_owned()),
        ..draft(title)
    }
}

/// The errors of input that was refused.
pub(crate) fn invalid<T: std::fmt::Debug>(result: Result<T, ContentError>) -> Vec<FieldError> {
    match result {
        Err(ContentError::Invalid(errors)) => errors,
        other => panic!("expected invalid input, found {other:?}"),
    }
}
