//! Clients that write through the balancer, and remember what they were answered.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use chrono::Utc;
use rand::{Rng, rngs::StdRng, seq::IteratorRandom};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use crate::front::Front;

/// The time between two requests of one client.
const PACE: Duration = Duration::from_millis(120);
/// The most records of a client that it still changes: each is then changed often.
const OPEN: usize = 12;

/// A delivery that the plugin has to receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) hook: String,
    pub(crate) title: String,
}

impl Event {
    pub(crate) fn new(hook: &str, title: &str) -> Self {
        Self {
            hook: hook.to_owned(),
            title: title.to_owned(),
        }
    }

    pub(crate) fn is_deletion(&self) -> bool {
        self.hook == "on-post-deleted"
    }
}

/// One post, as one client has written it.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The changes that were answered with success, in order.
    pub(crate) answered: Vec<Event>,
    /// A change whose answer does not say if it is made. Nothing follows it.
    pub(crate) doubtful: Option<Event>,
}

impl Record {
    fn is_open(&self) -> bool {
        self.doubtful.is_none() && !self.answered.last().is_some_and(Event::is_deletion)
    }
}

/// The clients' knowledge.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) records: BTreeMap<String, Record>,
    /// Titles of posts that were to be created, without an answer.
    pub(crate) doubtful: BTreeSet<String>,
    /// Requests that failed though neither their server nor the database was away.
    pub(crate) failures: Vec<String>,
    /// Requests that failed while one of them was.
    pub(crate) excused: usize,
}

impl Ledger {
    pub(crate) fn join(&mut self, other: Self) {
        self.records.extend(other.records);
        self.doubtful.extend(other.doubtful);
        self.failures.extend(other.failures);
        self.excused += other.excused;
    }

    pub(crate) fn answered(&self) -> usize {
        let records = self.records.values();
        records.map(|record| record.answered.len()).sum()
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} changes of {} posts answered; {} requests failed with their server or the database, \
             {} others",
            self.answered(),
            self.records.len(),
            self.excused,
            self.failures.len()
        )
    }
}

/// A client that changes posts of its own.
pub(crate) struct Writer {
    number: u64,
    token: String,
    front: Arc<Front>,
    randomness: StdRng,
    http: reqwest::Client,
    ledger: Ledger,
    count: u64,
}

impl Writer {
    pub(crate) fn new(number: u64, token: String, front: Arc<Front>, randomness: StdRng) -> Self {
        // reqwest wants a TLS provider even for http; an error says that the process has one
        // already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_mins(1));
        Self {
            number,
            token,
            front,
            randomness,
            http: http.build().expect("a client without TLS settings"),
            ledger: Ledger::default(),
            count: 0,
        }
    }

    /// Writes at its pace until it is stopped.
    pub(crate) async fn write(mut self, stop: watch::Receiver<bool>) -> Ledger {
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !*stop.borrow() {
            pace.tick().await;
            self.count += 1;
            let title = format!("{}-{}", self.number, self.count);
            let open = self.ledger.records.iter();
            let open = open.filter(|(_, record)| record.is_open());
            let open: Vec<_> = open.map(|(id, _)| id.clone()).collect();
            match open.iter().choose(&mut self.randomness) {
                Some(id) if open.len() >= OPEN || self.randomness.random_range(0..4) > 0 => {
                    self.change(id, title).await;
                }
                _ => self.create(title).await,
            }
        }
        self.ledger
    }

    async fn create(&mut self, title: String) {
        match self.send(Method::POST, "posts", Some(&post(&title))).await {
            Some(answer) => {
                let id = answer["id"].as_str().expect("an id").to_owned();
                let record = self.ledger.records.entry(id).or_default();
                record.answered.push(Event::new("on-post-created", &title));
            }
            None => {
                self.ledger.doubtful.insert(title);
            }
        }
    }

    /// Updates or deletes one of its posts.
    async fn change(&mut self, id: &str, title: String) {
        let path = format!("posts/{id}");
        let (event, answer) = if self.randomness.random_range(0..20) == 0 {
            let event = Event::new("on-post-deleted", "");
            (event, self.send(Method::DELETE, &path, None).await)
        } else {
            let event = Event::new("on-post-updated", &title);
            let body = post(&title);
            (event, self.send(Method::PUT, &path, Some(&body)).await)
        };
        let record = self.ledger.records.get_mut(id).expect("it was chosen");
        match answer {
            Some(_) => record.answered.push(event),
            None => record.doubtful = Some(event),
        }
    }

    /// Returns the answer of whichever server the balancer chooses; none if it fails.
    async fn send(&mut self, method: Method, path: &str, body: Option<&Value>) -> Option<Value> {
        loop {
            let target = self.front.next();
            let url = format!("{}/api/v1/{path}", target.base);
            let request = self.http.request(method.clone(), url);
            let mut request = request.bearer_auth(&self.token);
            if let Some(body) = body {
                request = request.json(body);
            }
            let begun = Utc::now();
            let failure = match request.send().await {
                // It was never sent, and a balancer asks another server.
                Err(error) if error.is_connect() => continue,
                Err(error) => format!("{error:?}"),
                Ok(response) => {
                    let status = response.status();
                    match response.text().await {
                        Ok(text) if status.is_success() => {
                            return Some(serde_json::from_str(&text).unwrap_or_default());
                        }
                        Ok(text) => format!("{status}: {text}"),
                        Err(error) => format!("{status}: {error:?}"),
                    }
                }
            };
            if self.front.excuses(target.server, begun) {
                self.ledger.excused += 1;
            } else {
                let (begun, now) = (begun.format("%T%.3f"), Utc::now().format("%T%.3f"));
                self.ledger.failures.push(format!(
                    "{method} {path} on server {} from {begun} to {now}: {failure}",
                    target.server
                ));
            }
            return None;
        }
    }
}

fn post(title: &str) -> Value {
    json!({ "title": title, "content": "Some text.", "status": "published" })
}
