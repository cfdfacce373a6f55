//! Somebody who listens.

use std::collections::VecDeque;

use raisfast_db::{Database, DbError, entity::events};
use serde_json::{Map, Value};
use tokio::{sync::watch, time::sleep};

use super::BETWEEN_TRIES;

/// The most events that are read at once: 2 MiB of the largest.
const READ_AT_ONCE: u64 = 32;

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The number, which counts up.
    pub id: i64,
    /// The name in the stream: `plugin` or `breaker`. A plugin cannot choose it, and so not pretend
    /// to be the server.
    pub name: String,
    /// The server on which it happened.
    pub node: String,
    /// The object that listeners get, with `plugin`, `type`, `at` and more.
    pub body: Value,
}

/// The next thing that a listener gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// An event.
    Event(Event),
    /// Events that are lost to the listener: their number, where it is known.
    Lost(Option<u64>),
}

/// Somebody who listens, from one event on.
#[derive(Debug)]
pub struct EventReader {
    database: Database,
    /// The last event that was read.
    position: i64,
    heard: VecDeque<Heard>,
    /// Changes when this server has written some.
    written: watch::Receiver<u64>,
    /// Changes when another one may have.
    wakings: watch::Receiver<u64>,
}

impl EventReader {
    pub(super) fn begin(
        database: Database,
        position: i64,
        written: watch::Receiver<u64>,
        wakings: watch::Receiver<u64>,
    ) -> Self {
        Self {
            database,
            position,
            heard: VecDeque::new(),
            written,
            wakings,
        }
    }

    pub(super) fn after_a_gap(mut self) -> Self {
        self.heard.push_back(Heard::Lost(None));
        self
    }

    /// Returns the number of the last event that was read, or before which everything is known.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Waits for the next event. While the database is away there is none.
    pub async fn next(&mut self) -> Heard {
        let mut is_failing = false;
        loop {
            if let Some(heard) = self.heard.pop_front() {
                return heard;
            }
            // Before it is looked at: what is written meanwhile is looked at once more.
            self.written.mark_unchanged();
            self.wakings.mark_unchanged();
            match self.read().await {
                Ok(()) if self.heard.is_empty() => self.woken().await,
                Ok(()) => {}
                Err(error) => {
                    if !is_failing {
                        tracing::warn!(%error, "a listener gets no events: the database cannot be read");
                    }
                    is_failing = true;
                    sleep(BETWEEN_TRIES).await;
                }
            }
        }
    }

    async fn woken(&mut self) {
        // A sender that is gone wakes nobody.
        let wait = async |receiver: &mut watch::Receiver<u64>| {
            if receiver.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = wait(&mut self.written) => {}
            () = wait(&mut self.wakings) => {}
        }
    }

    async fn read(&mut self) -> Result<(), DbError> {
        let rows = self.database.events_after(self.position, READ_AT_ONCE);
        for row in rows.await? {
            let lost = row.id - self.position - 1;
            if lost > 0 {
                self.heard.push_back(Heard::Lost(Some(lost.unsigned_abs())));
            }
            self.position = row.id;
            self.heard.push_back(Heard::Event(event(row)));
        }
        Ok(())
    }
}

fn event(row: events::Model) -> Event {
    // What the server has written is an object.
    let mut body: Map<String, Value> = serde_json::from_str(&row.body).unwrap_or_default();
    body.insert("at".to_owned(), String::from(row.written_at).into());
    Event {
        id: row.id,
        name: row.name,
        node: row.node,
        body: body.into(),
    }
}
