//! An outbox on a database of its own, and plugins that write down what they are told.

use std::{
    collections::BTreeMap,
    future::Future,
    num::NonZeroUsize,
    sync::{Arc, Mutex},
    time::Duration,
};

use raisfast_cluster::Node;
use raisfast_contract::{
    Call, Delivery, Hook, PluginId,
    hook::{Action, OnContentDeleted, OnLogin, OnPostDeleted},
};
use raisfast_db::Database;
use raisfast_hooks::{Bus, Handler, HandlerCall, HandlerError, Subscription, SubscriptionOptions};
use raisfast_outbox::{Outbox, OutboxError, OutboxOptions};
use raisfast_test_databases::Server;
use tempfile::TempDir;

pub(crate) struct TestOutbox {
    pub(crate) outbox: Outbox,
    pub(crate) bus: Bus,
    pub(crate) database: Database,
    pub(crate) node: Node,
    options: OutboxOptions,
    folder: Option<TempDir>,
}

/// A retry comes at once: no test waits for one.
pub(crate) fn quick() -> OutboxOptions {
    OutboxOptions {
        first_retry: Duration::ZERO,
        ..OutboxOptions::default()
    }
}

/// A retry does not come while a test runs.
pub(crate) fn patient() -> OutboxOptions {
    OutboxOptions {
        first_retry: Duration::from_hours(1),
        ..OutboxOptions::default()
    }
}

impl TestOutbox {
    pub(crate) async fn with(options: OutboxOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = Server::asked_for().map_or_else(
            || format!("sqlite://{}/site.db?mode=rwc", folder.path().display()),
            Server::fresh_database,
        );
        let database = Database::connect(&url).await.unwrap();
        let outbox = Self::on(database, Node::alone(), options).await;
        Self {
            folder: Some(folder),
            ..outbox
        }
    }

    /// The outbox of a node, with a bus of its own.
    pub(crate) async fn on(database: Database, node: Node, options: OutboxOptions) -> Self {
        let bus = Bus::new();
        let outbox = Outbox::start(database.clone(), bus.clone(), node.clone(), options)
            .await
            .unwrap();
        Self {
            outbox,
            bus,
            database,
            node,
            options,
            folder: None,
        }
    }

    /// As after the end of the process: the plugins are gone, the database stays.
    pub(crate) async fn restart(self) -> Self {
        self.outbox.stop().await;
        let again = Self::on(self.database, self.node, self.options).await;
        Self {
            folder: self.folder,
            ..again
        }
    }

    /// A change of a record, of which the plugins are told by its name.
    pub(crate) async fn change<H: Action>(&self, record: &str, params: H::Params) {
        self.try_change::<H>(record, params).await.unwrap();
    }

    async fn try_change<H: Action>(
        &self,
        record: &str,
        params: H::Params,
    ) -> Result<(), OutboxError> {
        let hooks = self.bus.snapshot();
        let content_type = H::content_type(&params).map(str::to_owned);
        let places = self.outbox.places(&hooks, H::NAME, content_type.as_deref());
        let mut places = places.await?;
        let transaction = self.database.begin().await?;
        places.write::<H>(&transaction, record, &params).await?;
        transaction.commit().await?;
        places.committed();
        Ok(())
    }

    /// The deletion of a post.
    pub(crate) async fn delete_post(&self, id: &str) {
        self.change::<OnPostDeleted>(id, (id.into(),)).await;
    }

    /// The same, unless there is no room for it.
    pub(crate) async fn try_delete_post(&self, id: &str) -> Result<(), OutboxError> {
        self.try_change::<OnPostDeleted>(id, (id.into(),)).await
    }

    /// A login, as another change of the same record where the id is the same.
    pub(crate) async fn login(&self, id: &str, user: &str) {
        self.change::<OnLogin>(id, (user.into(),)).await;
    }

    /// The deletion of typed content.
    pub(crate) async fn delete_content(&self, content_type: &str, id: &str) {
        self.change::<OnContentDeleted>(id, (content_type.into(), id.into()))
            .await;
    }

    pub(crate) async fn settled(&self) {
        soon(Box::pin(self.outbox.settled())).await;
    }

    /// Returns the numbers of rows: waiting and dead.
    pub(crate) async fn rows(&self) -> (u64, u64) {
        let figures = Box::pin(self.outbox.figures()).await.unwrap();
        figures.iter().fold((0, 0), |(waiting, dead), plugin| {
            (waiting + plugin.waiting, dead + plugin.dead)
        })
    }

    /// Subscribes a plugin to all that the tests tell.
    pub(crate) fn plugin(&self, name: &str, told: &Told) {
        let id = plugin(name);
        self.bus.replace(&id, told.subscriptions(&id, &[]));
    }
}

/// The deliveries to a plugin. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Told {
    entries: Arc<Mutex<Vec<String>>>,
    deliveries: Arc<Mutex<Vec<Delivery>>>,
    /// The failures to come, by the delivery that fails, and their number.
    failures: Arc<Mutex<BTreeMap<String, usize>>>,
    /// Set where all of them fail.
    takes_nothing: bool,
}

impl Told {
    pub(crate) fn entries(&self) -> Vec<String> {
        self.entries.lock().unwrap().clone()
    }

    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.deliveries.lock().unwrap().clone()
    }

    /// Makes the next `times` calls with this entry fail.
    pub(crate) fn failing(self, entry: &str, times: usize) -> Self {
        self.failures
            .lock()
            .unwrap()
            .insert(entry.to_owned(), times);
        self
    }

    /// Makes all calls fail.
    pub(crate) fn failing_always(self) -> Self {
        Self {
            takes_nothing: true,
            ..self
        }
    }

    /// Notes a delivery.
    pub(crate) fn note(&self, entry: String) {
        self.entries.lock().unwrap().push(entry);
    }

    pub(crate) fn subscriptions(&self, id: &PluginId, types: &[&str]) -> Vec<Subscription> {
        vec![
            self.subscription::<OnPostDeleted>(id, types),
            self.subscription::<OnLogin>(id, types),
            self.subscription::<OnContentDeleted>(id, types),
        ]
    }

    fn subscription<H: Hook>(&self, id: &PluginId, types: &[&str]) -> Subscription
    where
        Self: Handler<H>,
    {
        let options = SubscriptionOptions {
            content_types: types.iter().map(|&name| name.to_owned()).collect(),
            ..SubscriptionOptions::default()
        };
        Subscription::new::<H>(id.clone(), options, Arc::new(self.clone()))
    }

    async fn tell(&self, entry: String, delivery: Option<&Delivery>) -> Result<(), HandlerError> {
        // Whatever runs beside it gets a turn.
        tokio::task::yield_now().await;
        self.deliveries
            .lock()
            .unwrap()
            .push(delivery.expect("an action is delivered").clone());
        if self.takes_nothing {
            return Err(HandlerError::new("it takes nothing"));
        }
        if let Some(left) = self.failures.lock().unwrap().get_mut(&entry)
            && *left > 0
        {
            *left -= 1;
            return Err(HandlerError::new(format!("{entry} is too much")));
        }
        self.note(entry);
        Ok(())
    }
}

impl Handler<OnPostDeleted> for Told {
    fn call<'a>(
        &'a self,
        (id,): (Arc<str>,),
        delivery: Option<&'a Delivery>,
    ) -> HandlerCall<'a, OnPostDeleted> {
        Call::running(|| self.tell(format!("deleted {id}"), delivery))
    }
}

impl Handler<OnLogin> for Told {
    fn call<'a>(
        &'a self,
        (user,): (Arc<str>,),
        delivery: Option<&'a Delivery>,
    ) -> HandlerCall<'a, OnLogin> {
        Call::running(|| self.tell(format!("login {user}"), delivery))
    }
}

impl Handler<OnContentDeleted> for Told {
    fn call<'a>(
        &'a self,
        (content_type, id): (Arc<str>, Arc<str>),
        delivery: Option<&'a Delivery>,
    ) -> HandlerCall<'a, OnContentDeleted> {
        Call::running(|| self.tell(format!("deleted {content_type} {id}"), delivery))
    }
}

pub(crate) fn plugin(name: &str) -> PluginId {
    format!("com.example.{name}").parse().unwrap()
}

pub(crate) fn one_at_a_time(options: OutboxOptions) -> OutboxOptions {
    OutboxOptions {
        side_by_side: NonZeroUsize::MIN,
        ..options
    }
}

/// Returns the output of the future, which must come before the test's patience ends.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_mins(1), future)
        .await
        .expect("this resolves within a minute")
}
