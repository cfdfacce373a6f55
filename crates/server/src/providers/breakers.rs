//! Plugins that are paused: in the database, and as news for administrators.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use raisfast_cluster::Node;
use raisfast_contract::{HookName, PluginId};
use raisfast_db::{Database, entity::plugin_pauses};
use raisfast_health::{
    BreakerEvent, BreakerListener, BreakerMemory, BreakerMemoryError, BreakerNews, OpenBreaker,
    Version,
};
use raisfast_hooks::HandlerError;
use raisfast_host_api::capability::{Level, Log as _, LogRecord};
use tokio_util::sync::CancellationToken;

use super::{
    events::{Event, EventStream, Heard},
    log::PluginLog,
};
use crate::{advice, plugin_changes::PluginChanges};

/// The table `plugin_pauses`. Clones keep the same server's breakers.
#[derive(Clone)]
pub(crate) struct StoredBreakers {
    database: Database,
    changes: PluginChanges,
    node: Node,
    /// The id under which this server's breakers are kept. Held while they are written.
    kept_as: Arc<tokio::sync::Mutex<String>>,
}

impl StoredBreakers {
    /// Keeps the breakers of this server.
    pub(crate) fn new(database: &Database, changes: &PluginChanges, node: &Node) -> Self {
        Self {
            database: database.clone(),
            changes: changes.clone(),
            kept_as: Arc::new(tokio::sync::Mutex::new(id_of(node).unwrap_or_default())),
            node: node.clone(),
        }
    }

    /// Keeps them under the ids that this server gets, one after the other, until the shutdown.
    pub(crate) async fn follow_ids(self, shutdown: CancellationToken) {
        if self.node.is_alone() {
            return;
        }
        let mut ids = self.node.ids();
        while let Some(Ok(())) = shutdown.run_until_cancelled(ids.changed()).await {
            ids.mark_unchanged();
            let Some(id) = id_of(&self.node) else {
                continue;
            };
            let mut kept_as = self.kept_as.lock().await;
            match self.database.move_pauses(&kept_as, &id).await {
                Ok(()) => *kept_as = id,
                Err(error) => {
                    tracing::warn!(%error, "a restart would not know which plugins are paused here");
                }
            }
        }
    }
}

fn id_of(node: &Node) -> Option<String> {
    node.id().map(|id| id.to_string())
}

#[async_trait]
impl BreakerMemory for StoredBreakers {
    async fn open(&self) -> Result<Vec<OpenBreaker>, BreakerMemoryError> {
        let kept_as = self.kept_as.lock().await;
        let rows = self.database.begin_pauses(&kept_as).await;
        rows.map_err(failed)?.into_iter().map(open).collect()
    }

    async fn remember(&self, breaker: &OpenBreaker) -> Result<(), BreakerMemoryError> {
        let kept_as = self.kept_as.lock().await;
        let row = plugin_pauses::Model {
            plugin_id: breaker.plugin.to_string(),
            hook: breaker.hook.to_string(),
            node: kept_as.clone(),
            version: breaker.version.to_string(),
            failures: breaker.failures.into(),
            paused_since: breaker.since.into(),
            paused_until: breaker.until.into(),
            pause_ms: i64::try_from(breaker.pause_ms).unwrap_or(i64::MAX),
            reason: breaker.reason.clone(),
        };
        self.database.keep_pause(row).await.map_err(failed)
    }

    async fn forget(&self, plugin: &PluginId, hook: HookName) -> Result<(), BreakerMemoryError> {
        let kept_as = self.kept_as.lock().await;
        let ended = self
            .database
            .end_pause(plugin.as_str(), hook.as_str(), &kept_as);
        ended.await.map_err(failed)
    }

    async fn count_reset(&self, plugin: &PluginId) -> Result<(), BreakerMemoryError> {
        let counted = self.database.reset_plugin(plugin.as_str());
        let revision = counted.await.map_err(failed)?;
        self.changes.made(plugin.as_str(), revision);
        Ok(())
    }
}

/// Reports the pauses of other servers in the log of this one, until the shutdown.
pub(crate) async fn report_others(
    events: EventStream,
    logs: PluginLog,
    node: Node,
    shutdown: CancellationToken,
) {
    if node.is_alone() {
        return;
    }
    let mut reader = match events.listen().await {
        Ok(reader) => reader,
        Err(error) => {
            tracing::warn!(%error, "pauses of plugins on other servers are not reported here");
            return;
        }
    };
    while let Some(heard) = shutdown.run_until_cancelled(reader.next()).await {
        if let Heard::Event(event) = heard
            && event.name == "breaker"
            && id_of(&node).is_some_and(|id| id != event.node)
        {
            report(&logs, &event);
        }
    }
}

fn report(logs: &PluginLog, event: &Event) {
    let text = |key: &str| event.body[key].as_str().unwrap_or_default();
    let (Ok(plugin), hook) = (text("plugin").parse::<PluginId>(), text("hook")) else {
        return;
    };
    let on = text("node_name");
    let message = match (text("type"), text("reason")) {
        (change @ ("paused" | "paused-again"), reason) => format!(
            "on the server {on} the plugin is {} in {hook} until {}: {reason}; this server decides for itself",
            change.replace('-', " "),
            text("until")
        ),
        (change, _) => format!("on the server {on} the plugin's pause in {hook}: {change}"),
    };
    logs.elsewhere(&plugin, hook.parse().ok(), &message);
}

fn open(row: plugin_pauses::Model) -> Result<OpenBreaker, BreakerMemoryError> {
    let time = |text: String| -> Result<DateTime<Utc>, BreakerMemoryError> {
        text.parse().map_err(failed)
    };
    Ok(OpenBreaker {
        plugin: row.plugin_id.parse().map_err(failed)?,
        hook: row.hook.parse().map_err(failed)?,
        version: Version::from_digest(row.version),
        failures: u32::try_from(row.failures).map_err(failed)?,
        since: time(row.paused_since.into())?,
        until: time(row.paused_until.into())?,
        pause_ms: u64::try_from(row.pause_ms).map_err(failed)?,
        reason: row.reason,
    })
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> BreakerMemoryError {
    BreakerMemoryError(Box::new(error))
}

/// Tells administrators: in the plugin's log, and on the event stream.
pub(crate) struct Announcer {
    pub(crate) logs: PluginLog,
    pub(crate) events: EventStream,
}

impl BreakerListener for Announcer {
    fn changed(&self, news: &BreakerNews) {
        let level = match news.event {
            BreakerEvent::Paused | BreakerEvent::PausedAgain => Level::Error,
            BreakerEvent::Probing
            | BreakerEvent::Recovered
            | BreakerEvent::Reset
            | BreakerEvent::NewVersion => Level::Info,
        };
        self.logs.record(LogRecord {
            plugin: &news.plugin,
            hook: Some(news.hook),
            call: None,
            level,
            message: &news.message,
            limits: &[],
        });
        self.events.breaker(news);
    }

    fn way_out(&self, plugin: &PluginId) -> String {
        advice::of_pause(plugin)
    }

    fn failed(&self, plugin: &PluginId, hook: HookName, reason: &HandlerError) {
        self.logs.failed(plugin, hook, &reason.message);
    }
}

/// A listener that writes to this log and this stream.
pub(crate) fn announcer(logs: &PluginLog, events: &EventStream) -> Arc<dyn BreakerListener> {
    Arc::new(Announcer {
        logs: logs.clone(),
        events: events.clone(),
    })
}

#[cfg(test)]
mod tests {
    use raisfast_cluster::Node;
    use raisfast_contract::HookName;
    use raisfast_db::Database;
    use raisfast_health::{BreakerMemory, OpenBreaker, Version};

    use super::StoredBreakers;
    use crate::plugin_changes::PluginChanges;

    async fn memory(database: &Database) -> StoredBreakers {
        let node = Node::alone();
        let changes = PluginChanges::begin(database.clone(), node.clone()).await;
        StoredBreakers::new(database, &changes.unwrap(), &node)
    }

    fn breaker(hook: HookName, failures: u32) -> OpenBreaker {
        OpenBreaker {
            plugin: "com.example.one".parse().unwrap(),
            hook,
            version: Version::from_digest("00ff"),
            failures,
            since: "2026-03-02T05:30:00.123Z".parse().unwrap(),
            until: "2026-03-02T06:30:00.123Z".parse().unwrap(),
            pause_ms: 3_600_000,
            reason: "the guest trapped: grün".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_breaker_is_kept_as_it_was_until_it_is_forgotten() {
        let memory = memory(&Database::connect("sqlite::memory:").await.unwrap()).await;
        assert_eq!(memory.open().await.unwrap(), []);
        let login = breaker(HookName::OnLogin, 5);
        let tick = breaker(HookName::OnCronTick, 5);
        memory.remember(&login).await.unwrap();
        memory.remember(&tick).await.unwrap();
        let again = OpenBreaker {
            until: "2026-03-02T07:30:00.123Z".parse().unwrap(),
            pause_ms: 7_200_000,
            ..breaker(HookName::OnLogin, 6)
        };
        memory.remember(&again).await.unwrap();
        memory.forget(&tick.plugin, tick.hook).await.unwrap();
        memory.forget(&tick.plugin, tick.hook).await.unwrap();
        assert_eq!(memory.open().await.unwrap(), [again]);
    }

    #[tokio::test]
    async fn the_next_server_takes_breakers_over_and_a_reset_forgets_those_of_all() {
        let database = Database::connect("sqlite::memory:").await.unwrap();
        let (former, next) = (memory(&database).await, memory(&database).await);
        let login = breaker(HookName::OnLogin, 5);
        former.remember(&login).await.unwrap();
        let longer = OpenBreaker {
            until: "2026-03-02T08:30:00.123Z".parse().unwrap(),
            ..breaker(HookName::OnLogin, 7)
        };
        next.remember(&longer).await.unwrap();
        let last = memory(&database).await;
        assert_eq!(last.open().await.unwrap(), std::slice::from_ref(&longer));
        let rows = database.pauses_of("com.example.one").await.unwrap();
        let nodes: Vec<_> = rows.iter().map(|row| row.node.clone()).collect();
        assert_eq!(
            nodes,
            [last.kept_as.lock().await.clone()],
            "those of servers that are gone are removed"
        );
        last.count_reset(&login.plugin).await.unwrap();
        assert_eq!(memory(&database).await.open().await.unwrap(), []);
    }
}
