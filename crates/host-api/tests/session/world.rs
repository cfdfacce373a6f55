//! The foundation of sessions in these tests: SQLite and files as in production, and a log,
//! settings and a network that remember what was asked of them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use raisfast_contract::{HookName, PluginId};
use raisfast_db::Database;
use raisfast_host_api::{
    Capabilities, Grants, HostedPlugin, Quotas, Session,
    capability::{
        Config, Events, Figures, Http, HttpRequest, HttpResponse, Log, LogRecord, Recorders,
        RequestError,
    },
};
use raisfast_test_databases::Server;
use raisfast_vfs::VfsStore;

pub(crate) const PLUGIN: &str = "com.example.test";

/// A plugin with rights, and what it left behind.
pub(crate) struct World {
    pub(crate) plugin: Arc<HostedPlugin>,
    pub(crate) database: Arc<Database>,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    log: Mutex<Vec<String>>,
    events: Mutex<Vec<(String, String)>>,
    requests: Mutex<Vec<HttpRequest>>,
    answers: Mutex<BTreeMap<String, HttpResponse>>,
}

impl World {
    pub(crate) async fn granting(grants: Grants) -> Self {
        Self::new(grants, Quotas::default()).await
    }

    pub(crate) async fn new(grants: Grants, quotas: Quotas) -> Self {
        let url = Server::asked_for()
            .map_or_else(|| "sqlite::memory:".to_owned(), Server::fresh_database);
        let database = Arc::new(Database::connect(&url).await.unwrap());
        Self::on(database, grants, quotas)
    }

    /// A plugin on a database that is there already.
    pub(crate) fn on(database: Arc<Database>, grants: Grants, quotas: Quotas) -> Self {
        let seen = Arc::new(Seen::default());
        let capabilities = Capabilities {
            log: seen.clone(),
            config: Arc::new(Settings),
            http: seen.clone(),
            kv: database.clone(),
            content: database.clone(),
            db: database.clone(),
            migrations: database.clone(),
            vfs: Arc::new(VfsStore::open("memory://").unwrap()),
            events: seen.clone(),
            recorders: Recorders::default(),
            figures: Figures::default(),
        };
        let id: PluginId = PLUGIN.parse().unwrap();
        let own = BTreeMap::from([("colour".to_owned(), "blue".to_owned())]);
        Self {
            plugin: Arc::new(HostedPlugin::new(id, grants, quotas, own, capabilities)),
            database,
            seen,
        }
    }

    pub(crate) fn session(&self) -> Session {
        self.plugin.session(Some(HookName::OnPostCreating))
    }

    /// The log records so far, as `level message`.
    pub(crate) fn log(&self) -> Vec<String> {
        self.seen.log.lock().unwrap().clone()
    }

    #[track_caller]
    pub(crate) fn assert_logged(&self, text: &str) {
        let log = self.log();
        assert!(
            log.iter().any(|record| record.contains(text)),
            "{text:?} is not in {log:#?}"
        );
    }

    pub(crate) fn events(&self) -> Vec<(String, String)> {
        self.seen.events.lock().unwrap().clone()
    }

    /// The URLs that were sent for, with methods and bodies.
    pub(crate) fn requests(&self) -> Vec<HttpRequest> {
        self.seen.requests.lock().unwrap().clone()
    }

    pub(crate) fn answers(&self, url: &str, status: u16, headers: &[(&str, &str)], body: &str) {
        let headers = headers
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let response = HttpResponse {
            status,
            headers: headers.collect(),
            body: body.as_bytes().to_vec(),
        };
        self.seen
            .answers
            .lock()
            .unwrap()
            .insert(url.to_owned(), response);
    }
}

impl Log for Seen {
    fn record(&self, record: LogRecord<'_>) {
        assert_eq!(record.plugin.as_str(), PLUGIN);
        let text = format!("{} {}", record.level.as_str(), record.message);
        self.log.lock().unwrap().push(text);
    }
}

impl Events for Seen {
    fn emit(&self, _plugin: &PluginId, event_type: &str, data: &str) {
        self.events
            .lock()
            .unwrap()
            .push((event_type.to_owned(), data.to_owned()));
    }
}

#[async_trait]
impl Http for Seen {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, RequestError> {
        let answer = self
            .answers
            .lock()
            .unwrap()
            .get(request.url.as_str())
            .cloned();
        self.requests.lock().unwrap().push(request);
        answer.ok_or_else(|| RequestError::Connection("nobody is there".to_owned()))
    }
}

/// The server's configuration.
struct Settings;

impl Config for Settings {
    fn get(&self, key: &str) -> Option<String> {
        (key == "site.title").then(|| "A site".to_owned())
    }
}
