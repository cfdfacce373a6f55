//! Clients that write, and remember what they were answered.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;

/// The post that all comments are on.
pub(crate) const ANCHOR: &str = "anchor";
pub(crate) const CONTENT_TYPE: &str = "note";

/// A delivery that a plugin has to receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) hook: String,
    pub(crate) text: String,
}

impl Event {
    pub(crate) fn new(hook: &str, text: &str) -> Self {
        Self {
            hook: hook.to_owned(),
            text: text.to_owned(),
        }
    }

    pub(crate) fn is_deletion(&self) -> bool {
        self.hook.ends_with("-deleted")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Post,
    Comment,
    Content,
}

/// One record, as one client has written it.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) kind: Kind,
    /// The record's id; of a comment, whose id plugins do not receive, the text.
    pub(crate) id: String,
    /// The changes that were answered with success, in order.
    pub(crate) answered: Vec<Event>,
    /// A change without answer: it may be made or not. Nothing follows it.
    pub(crate) doubtful: Option<Event>,
}

impl Record {
    fn is_open(&self) -> bool {
        let is_gone = self.answered.last().is_some_and(Event::is_deletion);
        self.kind != Kind::Comment && self.doubtful.is_none() && !is_gone
    }
}

/// The clients' knowledge.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) records: BTreeMap<String, Record>,
    /// Records that were to be created, without an answer.
    pub(crate) doubtful: BTreeSet<String>,
}

impl Ledger {
    pub(crate) fn add(&mut self, record: Record) {
        self.records.insert(record.id.clone(), record);
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.records.extend(other.records);
        self.doubtful.extend(other.doubtful);
    }

    pub(crate) fn answered(&self) -> usize {
        let records = self.records.values();
        records.map(|record| record.answered.len()).sum()
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doubtful = self
            .records
            .values()
            .filter(|record| record.doubtful.is_some());
        write!(
            f,
            "{} changes of {} records answered, {} in doubt",
            self.answered(),
            self.records.len(),
            self.doubtful.len() + doubtful.count()
        )
    }
}

/// The end of a request.
enum Outcome {
    Done(Value),
    /// Nothing is changed.
    Refused,
    /// Nobody knows.
    Doubtful,
}

/// A client that changes records of its own.
pub(crate) struct Writer {
    number: u64,
    token: String,
    base: watch::Receiver<Option<String>>,
    randomness: StdRng,
    http: reqwest::Client,
    ledger: Ledger,
    count: u64,
}

impl Writer {
    pub(crate) fn new(
        number: u64,
        token: String,
        base: watch::Receiver<Option<String>>,
        randomness: StdRng,
    ) -> Self {
        Self {
            number,
            token,
            base,
            randomness,
            http: http(),
            ledger: Ledger::default(),
            count: 0,
        }
    }

    /// Writes while there is a server, waits while there is none, and ends when none will come.
    pub(crate) async fn write(mut self) -> Ledger {
        loop {
            let base = match self.base.wait_for(Option::is_some).await {
                Ok(base) => base.clone().expect("it was waited for"),
                Err(_) => return self.ledger,
            };
            self.count += 1;
            let text = format!("{}-{}", self.number, self.count);
            match self.randomness.random_range(0..100) {
                0..25 => self.create(&base, Kind::Post, text).await,
                25..40 => self.create(&base, Kind::Comment, text).await,
                40..60 => self.create(&base, Kind::Content, text).await,
                chosen => self.change(&base, text, chosen >= 90).await,
            }
        }
    }

    async fn create(&mut self, base: &str, kind: Kind, text: String) {
        let (path, body, hook) = match kind {
            Kind::Post => ("posts".to_owned(), post(&text), "on-post-created"),
            Kind::Comment => (
                format!("posts/{ANCHOR}/comments"),
                json!({ "content": text }),
                "on-comment-created",
            ),
            Kind::Content => (
                format!("content/{CONTENT_TYPE}"),
                note(&text),
                "on-content-created",
            ),
        };
        let heard = heard(kind, &text);
        match self.send(base, Method::POST, &path, Some(&body)).await {
            Outcome::Done(answer) => {
                let id = match kind {
                    Kind::Comment => text,
                    _ => answer["id"].as_str().expect("an id").to_owned(),
                };
                self.ledger.add(Record {
                    kind,
                    id,
                    answered: vec![Event::new(hook, &heard)],
                    doubtful: None,
                });
            }
            Outcome::Refused => {}
            Outcome::Doubtful => {
                self.ledger.doubtful.insert(heard);
            }
        }
    }

    /// Updates or deletes one of its records.
    async fn change(&mut self, base: &str, text: String, delete: bool) {
        let open: Vec<_> = self
            .ledger
            .records
            .values()
            .filter(|record| record.is_open())
            .map(|record| (record.kind, record.id.clone()))
            .collect();
        let Some((kind, id)) = open.choose(&mut self.randomness).cloned() else {
            return;
        };
        let (path, name, body) = match kind {
            Kind::Content => (
                format!("content/{CONTENT_TYPE}/{id}"),
                "content",
                note(&text),
            ),
            _ => (format!("posts/{id}"), "post", post(&text)),
        };
        let (event, outcome) = if delete {
            let event = Event::new(&format!("on-{name}-deleted"), "");
            (event, self.send(base, Method::DELETE, &path, None).await)
        } else {
            let event = Event::new(&format!("on-{name}-updated"), &heard(kind, &text));
            (
                event,
                self.send(base, Method::PUT, &path, Some(&body)).await,
            )
        };
        let record = self.ledger.records.get_mut(&id).expect("it was chosen");
        match outcome {
            Outcome::Done(_) => record.answered.push(event),
            Outcome::Refused => {}
            Outcome::Doubtful => record.doubtful = Some(event),
        }
    }

    async fn send(
        &mut self,
        base: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Outcome {
        let url = format!("{base}/api/v1/{path}");
        let mut request = self.http.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => {
                // It was never sent. The server is gone: wait for the next one.
                let _ = self.base.changed().await;
                return Outcome::Refused;
            }
            Err(_) => return Outcome::Doubtful,
        };
        let status = response.status();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return Outcome::Refused;
        }
        assert!(status.is_success(), "{path}: {status}");
        // The status says that it is done; without the body nobody knows the id.
        match response.text().await.as_deref() {
            Ok("") => Outcome::Done(Value::Null),
            Ok(text) => Outcome::Done(serde_json::from_str(text).expect("JSON")),
            Err(_) => Outcome::Doubtful,
        }
    }
}

fn http() -> reqwest::Client {
    // reqwest wants a TLS provider even for http; an error says that the process has one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy();
    client
        .timeout(Duration::from_secs(30))
        .build()
        .expect("a client without TLS settings")
}

fn post(text: &str) -> Value {
    json!({ "title": text, "content": "Some text.", "status": "published" })
}

fn note(text: &str) -> Value {
    json!({ "text": text })
}

/// The text as the plugin hears it, and the database holds it.
fn heard(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Content => note(text).to_string(),
        Kind::Post | Kind::Comment => text.to_owned(),
    }
}

/// Logs the admin in.
pub(crate) async fn log_in(base: &str, password: &str) -> String {
    let login: Value = http()
        .post(format!("{base}/api/v1/auth/login"))
        .json(&json!({ "username": "admin", "password": password }))
        .send()
        .await
        .expect("the server answers")
        .json()
        .await
        .expect("JSON");
    login["token"].as_str().expect("a token").to_owned()
}

/// Creates the post that all comments are on.
pub(crate) async fn anchor(base: &str, token: &str) -> Record {
    let answer = http()
        .post(format!("{base}/api/v1/posts"))
        .bearer_auth(token)
        .json(&post(ANCHOR))
        .send()
        .await
        .expect("the server answers");
    let answer: Value = answer.json().await.expect("JSON");
    Record {
        kind: Kind::Post,
        id: answer["id"].as_str().expect("an id").to_owned(),
        answered: vec![Event::new("on-post-created", ANCHOR)],
        doubtful: None,
    }
}
