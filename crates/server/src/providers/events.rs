//! The administrators' event stream.
//!
//! Events are kept for an hour, within [bounds](KEPT), in a table that all servers of the site
//! share: a listener gets those of every server, whichever it is connected to, and goes on after a
//! reconnect with the event after the last one that it has seen.
//!
//! Emitting waits for nothing: events queue in memory, and a task writes them in groups. What the
//! queue holds is lost when the process is killed; an orderly shutdown writes it. Where more come
//! than the database takes, the oldest in the queue are lost, and listeners get their number.

mod queue;
mod reader;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;
use queue::{Batch, Emitted, Queue};
use raisfast_cluster::{Node, Topic};
use raisfast_contract::{HookName, PluginId};
use raisfast_db::{Database, DbError, EventBounds, NewEvent};
use raisfast_health::{BreakerEvent, BreakerNews, BreakerStatus};
use raisfast_host_api::capability::Events;
use serde::Serialize;
use tokio::{
    runtime::Handle,
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

pub use reader::{Event, EventReader, Heard};

/// The events that are kept.
const KEPT: EventBounds = EventBounds {
    age: TimeDelta::hours(1),
    rows: 100_000,
    bytes: 64 << 20,
};
/// The time between two looks for events that are no longer to be kept.
const PRUNED_EVERY: Duration = Duration::from_mins(1);
/// The same while many are written.
const PRUNED_EVERY_BYTES: usize = 4 << 20;
/// The time between two groups that are written: events wait for each other.
const BETWEEN_GROUPS: Duration = Duration::from_millis(10);
/// The time until a group that the database has refused is tried again.
const BETWEEN_TRIES: Duration = Duration::from_millis(500);
/// The longest time that a new listener waits for what was emitted before.
const PATIENCE: Duration = Duration::from_secs(2);

/// The body of an event that a plugin has emitted.
#[derive(Serialize)]
struct PluginEvent<'a> {
    plugin: &'a PluginId,
    /// The plugin's own word for what happened.
    #[serde(rename = "type")]
    event_type: &'a str,
    /// The plugin's own text, often JSON.
    data: &'a str,
}

/// The body of a change of one plugin's breaker.
#[derive(Serialize)]
struct BreakerChange<'a> {
    plugin: &'a PluginId,
    hook: HookName,
    #[serde(rename = "type")]
    event_type: BreakerEvent,
    #[serde(flatten)]
    status: &'a BreakerStatus,
    /// The id of the server whose breaker it is.
    node: &'a str,
    /// The server's name, for people.
    node_name: &'a str,
}

/// Keeps each event, and hands it to everybody who listens. Cloning is cheap and gives the same
/// stream.
#[derive(Clone)]
pub struct EventStream(Arc<Inner>);

struct Inner {
    database: Database,
    node: Node,
    queue: Mutex<Queue>,
    /// Runs the task that writes; guests emit on threads that may know no runtime.
    runtime: Handle,
    /// The number of emitted events that are written or lost.
    settled: watch::Sender<u64>,
    bounds: EventBounds,
}

impl EventStream {
    /// Keeps events in this database. To be called on the runtime on which they are written.
    pub(crate) fn new(database: Database, node: Node) -> Self {
        Self::with_bounds(database, node, KEPT)
    }

    fn with_bounds(database: Database, node: Node, bounds: EventBounds) -> Self {
        Self(Arc::new(Inner {
            database,
            node,
            queue: Mutex::default(),
            runtime: Handle::current(),
            settled: watch::Sender::new(0),
            bounds,
        }))
    }

    /// Listens to the events that are emitted from now on.
    pub async fn listen(&self) -> Result<EventReader, DbError> {
        // They are numbered when they are written. Where the database is slow, somebody hears what
        // was emitted a moment before.
        let _ = timeout(PATIENCE, self.written()).await;
        let newest = self.0.database.newest_event().await?;
        Ok(self.reader(newest))
    }

    /// Listens to the events after this one. Where that is a number which no event can have had,
    /// they are those from now on, after a [`Heard::Lost`] of an unknown number.
    pub async fn listen_after(&self, last: &str) -> Result<EventReader, DbError> {
        let newest = self.0.database.newest_event().await?;
        match last.trim().parse::<i64>() {
            Ok(last) if (0..=newest).contains(&last) => Ok(self.reader(last)),
            _ => Ok(self.reader(newest).after_a_gap()),
        }
    }

    fn reader(&self, position: i64) -> EventReader {
        EventReader::begin(
            self.0.database.clone(),
            position,
            self.0.settled.subscribe(),
            self.0.node.wakings(Topic::Events),
        )
    }

    /// Returns when everything that was emitted so far is written, or lost.
    pub async fn written(&self) {
        let emitted = self.0.queue().emitted;
        let mut settled = self.0.settled.subscribe();
        // The sender is here: it cannot be gone.
        let _ = settled.wait_for(|settled| *settled >= emitted).await;
    }

    /// Gives up what is not written, and takes no more.
    pub(crate) fn close(&self) {
        self.0.queue().close();
    }

    /// Removes events that are no longer to be kept, until the shutdown.
    pub(crate) async fn prune(self, shutdown: CancellationToken) {
        let mut settled = self.0.settled.subscribe();
        loop {
            let is_more_to_come = self.0.pruned().await;
            let next = async {
                if !is_more_to_come && self.0.node.is_alone() {
                    // Nothing is left that will be too old, and nobody else writes.
                    let _ = settled.changed().await;
                }
                sleep(PRUNED_EVERY).await;
            };
            if shutdown.run_until_cancelled(next).await.is_none() {
                return;
            }
        }
    }

    /// Emits a breaker's change.
    pub(crate) fn breaker(&self, news: &BreakerNews) {
        self.emit_later(Emitted::Breaker(Box::new(news.clone())));
    }

    fn emit_later(&self, emitted: Emitted) {
        if self.0.queue().push(emitted) {
            let inner = Arc::clone(&self.0);
            self.0.runtime.spawn(async move { inner.write().await });
        }
    }
}

impl Events for EventStream {
    fn emit(&self, plugin: &PluginId, event_type: &str, data: &str) {
        self.emit_later(Emitted::Plugin {
            plugin: plugin.clone(),
            event_type: event_type.to_owned(),
            data: data.to_owned(),
        });
    }
}

impl Inner {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes events that are no longer to be kept. Returns true if there may be more later.
    async fn pruned(&self) -> bool {
        self.database
            .prune_events(self.bounds)
            .await
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "old events cannot be removed");
                true
            })
    }

    /// Writes what is in the queue until nothing is. One task does at a time.
    async fn write(&self) {
        let mut unpruned = 0;
        loop {
            let Some(batch) = self.queue().take() else {
                return;
            };
            let begun = Instant::now();
            self.write_group(&batch).await;
            unpruned += batch.bytes;
            self.settled
                .send_modify(|settled| *settled += batch.count());
            self.node.wake_others(Topic::Events);
            if unpruned >= PRUNED_EVERY_BYTES {
                unpruned = 0;
                self.pruned().await;
            }
            sleep(BETWEEN_GROUPS.saturating_sub(begun.elapsed())).await;
        }
    }

    /// Writes a group, however often it takes, unless it is given up.
    async fn write_group(&self, batch: &Batch) {
        let node = self.node.id().map_or_else(String::new, |id| id.to_string());
        let events: Vec<_> = batch
            .events
            .iter()
            .map(|emitted| new_event(emitted, &node, self.node.name()))
            .collect();
        let mut is_failing = false;
        loop {
            match self.database.add_events(batch.lost, &events).await {
                // Another server was quicker.
                Ok(false) if !self.queue().is_closed() => continue,
                Ok(_) => return,
                Err(error) if !is_failing => {
                    is_failing = true;
                    tracing::warn!(%error, "the database does not take events; they wait, and the oldest are lost");
                }
                Err(_) => {}
            }
            if self.queue().is_closed() {
                return;
            }
            sleep(BETWEEN_TRIES).await;
        }
    }
}

fn new_event(emitted: &Emitted, node: &str, node_name: &str) -> NewEvent {
    let (name, body) = match emitted {
        Emitted::Plugin {
            plugin,
            event_type,
            data,
        } => {
            let body = PluginEvent {
                plugin,
                event_type,
                data,
            };
            ("plugin", serde_json::to_string(&body))
        }
        Emitted::Breaker(news) => {
            let body = BreakerChange {
                plugin: &news.plugin,
                hook: news.hook,
                event_type: news.event,
                status: &news.status,
                node,
                node_name,
            };
            ("breaker", serde_json::to_string(&body))
        }
    };
    NewEvent {
        node: node.to_owned(),
        name,
        // Maps with text as keys: it cannot fail.
        body: body.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
