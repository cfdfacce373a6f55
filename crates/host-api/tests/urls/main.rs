//! The corpus of URLs, through grants, the client, a resolver of the test's own, and a real server.
//!
//! `urls.txt` has a URL a line, what becomes of it, and how many requests arrive at the server on
//! the way. A URL that must not be asked for is one that no request arrives for.

mod corpus;
mod server;

use std::{
    collections::BTreeMap,
    io,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use corpus::{Case, Names};
use raisfast_contract::{
    PluginId,
    http::{Method, Request},
};
use raisfast_db::Database;
use raisfast_host_api::{
    Capabilities, Grants, HostedPlugin, Quotas,
    capability::{Config, Events, Figures, Http, Log, LogRecord, Recorders, RequestError},
};
use raisfast_http::{HttpClient, HttpOptions, Resolver};
use raisfast_vfs::VfsStore;
use server::Server;

/// A provider that is not used here.
struct Nothing;

impl Log for Nothing {
    fn record(&self, _record: LogRecord<'_>) {}
}

impl Events for Nothing {
    fn emit(&self, _plugin: &PluginId, _event_type: &str, _data: &str) {}
}

impl Config for Nothing {
    fn get(&self, _key: &str) -> Option<String> {
        None
    }
}

/// The names of the corpus, each of which may change its mind after it has been looked up once.
struct TestResolver {
    names: Names,
    asked: Mutex<BTreeMap<String, usize>>,
}

#[async_trait]
impl Resolver for TestResolver {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let Some(answers) = self.names.get(name) else {
            return Err(io::Error::other("no such name"));
        };
        let mut asked = self.asked.lock().unwrap();
        let times = asked.entry(name.to_owned()).or_default();
        *times += 1;
        Ok(answers[answers.len().min(*times) - 1].clone())
    }
}

#[test]
fn the_corpus_is_as_large_as_promised() {
    let cases = corpus::read(1);
    let mut urls: Vec<_> = cases.iter().map(|case| case.url.as_str()).collect();
    urls.sort_unstable();
    urls.dedup();
    assert!(urls.len() >= 80, "{} different URLs", urls.len());
    let reached = cases
        .iter()
        .filter(|case| case.outcome == "reached")
        .count();
    assert!(reached >= 20, "{reached} are reached");
}

#[tokio::test]
async fn every_url_is_as_the_corpus_says() {
    let server = Server::start().await;
    let database = Arc::new(Database::connect("sqlite::memory:").await.unwrap());
    let mut capabilities = Capabilities {
        log: Arc::new(Nothing),
        config: Arc::new(Nothing),
        http: Arc::new(HttpClient::new(HttpOptions::default()).unwrap()),
        kv: database.clone(),
        content: database.clone(),
        db: database.clone(),
        migrations: database,
        vfs: Arc::new(VfsStore::open("memory://").unwrap()),
        events: Arc::new(Nothing),
        recorders: Recorders::default(),
        figures: Figures::default(),
    };
    let mut wrong = Vec::new();
    for case in corpus::read(server.port()) {
        capabilities.http = Arc::new(client(&case));
        let before = server.requests();
        let answer = plugin(&case, capabilities.clone())
            .session(None)
            .http_send(Request {
                method: Method::Get,
                url: case.url.clone(),
                headers: Vec::new(),
                body: Vec::new(),
                timeout_ms: None,
            })
            .await;
        let arrived = server.requests() - before;
        let outcome = match &answer {
            Ok(answer) if answer.status == 200 => "reached",
            Ok(_) => "answered",
            Err(error) => kind(error),
        };
        if (outcome, arrived) != (case.outcome.as_str(), case.requests) {
            wrong.push(format!(
                "line {}: {} is {outcome} {arrived}, not {} {} ({answer:?})",
                case.line, case.url, case.outcome, case.requests
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn client(case: &Case) -> impl Http + 'static {
    let resolver = TestResolver {
        names: case.names.clone(),
        asked: Mutex::default(),
    };
    let options = HttpOptions {
        allowed_networks: case.operator.clone(),
    };
    HttpClient::with_resolver(options, Arc::new(resolver)).unwrap()
}

fn plugin(case: &Case, capabilities: Capabilities) -> Arc<HostedPlugin> {
    let grants = Grants {
        http: case
            .grants
            .iter()
            .map(|grant| grant.parse().unwrap())
            .collect(),
        ..Grants::default()
    };
    let id = "com.example.test".parse().unwrap();
    Arc::new(HostedPlugin::new(
        id,
        grants,
        Quotas::default(),
        BTreeMap::new(),
        capabilities,
    ))
}

fn kind(error: &RequestError) -> &'static str {
    match error {
        RequestError::Denied(_) => "denied",
        RequestError::Invalid(_) => "invalid",
        RequestError::Address(_) => "address",
        RequestError::Limit(_) => "limit",
        RequestError::TooLarge(_) => "too-large",
        RequestError::Redirect(_) => "redirect",
        RequestError::Timeout(_) => "timeout",
        RequestError::Connection(_) => "connection",
    }
}
