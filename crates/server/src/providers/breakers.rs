//! Plugins that are paused: in the database, and as news for administrators.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use raisfast_contract::{HookName, PluginId};
use raisfast_db::{Database, entity::plugin_breakers};
use raisfast_health::{
    BreakerEvent, BreakerListener, BreakerMemory, BreakerMemoryError, BreakerNews, OpenBreaker,
    Version,
};
use raisfast_hooks::HandlerError;
use raisfast_host_api::capability::{Level, Log as _, LogRecord};

use super::{events::EventStream, log::PluginLog};
use crate::advice;

/// The table `plugin_breakers`.
pub(crate) struct StoredBreakers(pub(crate) Database);

#[async_trait]
impl BreakerMemory for StoredBreakers {
    async fn open(&self) -> Result<Vec<OpenBreaker>, BreakerMemoryError> {
        let rows = self.0.open_breakers().await.map_err(failed)?;
        rows.into_iter().map(open).collect()
    }

    async fn remember(&self, breaker: &OpenBreaker) -> Result<(), BreakerMemoryError> {
        let row = plugin_breakers::Model {
            plugin_id: breaker.plugin.to_string(),
            hook: breaker.hook.to_string(),
            version: breaker.version.to_string(),
            failures: breaker.failures.into(),
            paused_since: breaker.since.into(),
            paused_until: breaker.until.into(),
            pause_ms: i64::try_from(breaker.pause_ms).unwrap_or(i64::MAX),
            reason: breaker.reason.clone(),
        };
        self.0.keep_breaker(row).await.map_err(failed)
    }

    async fn forget(&self, plugin: &PluginId, hook: HookName) -> Result<(), BreakerMemoryError> {
        let forgotten = self.0.forget_breaker(plugin.as_str(), hook.as_str());
        forgotten.await.map_err(failed)
    }
}

fn open(row: plugin_breakers::Model) -> Result<OpenBreaker, BreakerMemoryError> {
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
    use raisfast_contract::HookName;
    use raisfast_db::Database;
    use raisfast_health::{BreakerMemory, OpenBreaker, Version};

    use super::StoredBreakers;

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
        let memory = StoredBreakers(Database::connect("sqlite::memory:").await.unwrap());
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
}
