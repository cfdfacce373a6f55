//! Plugins' log records: to the server's log, and the latest of each plugin to its admin page.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use raisfast_host_api::capability::{Level, Log, LogRecord};
use raisfast_types::{HookName, PluginId, Printable};
use serde::Serialize;
use tokio::sync::broadcast;

/// How many records of one plugin are kept.
const KEPT: usize = 200;

/// How many records a subscriber may be behind.
const BACKLOG: usize = 1024;

/// One record as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginLogRecord {
    /// Who wrote it.
    pub plugin: PluginId,
    /// In which hook; absent outside of hooks.
    pub hook: Option<HookName>,
    /// `trace`, `debug`, `info`, `warn` or `error`.
    pub level: &'static str,
    /// The text, control characters escaped.
    pub message: String,
    /// When, RFC 3339.
    pub at: String,
}

/// Writes each record to the server's log and keeps the latest. Cloning is cheap and gives the same log.
#[derive(Clone)]
pub struct PluginLog(Arc<Inner>);

struct Inner {
    latest: Mutex<HashMap<PluginId, VecDeque<PluginLogRecord>>>,
    live: broadcast::Sender<PluginLogRecord>,
}

impl PluginLog {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            latest: Mutex::default(),
            live: broadcast::Sender::new(BACKLOG),
        }))
    }

    /// The latest records of one plugin, oldest first; at most 200.
    pub fn latest(&self, plugin: &PluginId) -> Vec<PluginLogRecord> {
        self.lock()
            .get(plugin)
            .map(|records| records.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// Records from now on, of every plugin.
    pub fn subscribe(&self) -> broadcast::Receiver<PluginLogRecord> {
        self.0.live.subscribe()
    }

    /// Forgets the records of a plugin that is removed.
    pub(crate) fn forget(&self, plugin: &PluginId) {
        self.lock().remove(plugin);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PluginId, VecDeque<PluginLogRecord>>> {
        self.0.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log for PluginLog {
    fn record(&self, record: LogRecord<'_>) {
        let record = PluginLogRecord {
            plugin: record.plugin.clone(),
            hook: record.hook,
            level: word(record.level),
            message: Printable::new(record.message).to_string(),
            at: now(),
        };
        to_server_log(&record);
        {
            let mut latest = self.lock();
            let records = latest.entry(record.plugin.clone()).or_default();
            if records.len() == KEPT {
                records.pop_front();
            }
            records.push_back(record.clone());
        }
        // An error only says that nobody listens.
        let _ = self.0.live.send(record);
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

fn to_server_log(record: &PluginLogRecord) {
    let plugin = record.plugin.as_str();
    let hook = record.hook.map(HookName::as_str);
    let message = record.message.as_str();
    match record.level {
        "trace" => tracing::trace!(target: "plugin", plugin, hook, "{message}"),
        "debug" => tracing::debug!(target: "plugin", plugin, hook, "{message}"),
        "warn" => tracing::warn!(target: "plugin", plugin, hook, "{message}"),
        "error" => tracing::error!(target: "plugin", plugin, hook, "{message}"),
        _ => tracing::info!(target: "plugin", plugin, hook, "{message}"),
    }
}

/// The time as RFC 3339 with milliseconds.
pub(super) fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use raisfast_host_api::capability::{Level, Log, LogRecord};
    use raisfast_types::{HookName, PluginId};

    use super::{KEPT, PluginLog};

    fn write(log: &PluginLog, plugin: &PluginId, message: &str) {
        log.record(LogRecord {
            plugin,
            hook: Some(HookName::OnLogin),
            level: Level::Warn,
            message,
        });
    }

    #[test]
    fn the_latest_records_of_each_plugin_are_kept_apart() {
        let log = PluginLog::new();
        let one: PluginId = "com.example.one".parse().unwrap();
        let two: PluginId = "com.example.two".parse().unwrap();
        for n in 0..=KEPT {
            write(&log, &one, &n.to_string());
        }
        write(&log, &two, "hello");

        let latest = log.latest(&one);
        assert_eq!(latest.len(), KEPT);
        assert_eq!(latest.first().unwrap().message, "1");
        assert_eq!(latest.last().unwrap().message, KEPT.to_string());
        assert_eq!(log.latest(&two).len(), 1);
        assert_eq!(log.latest(&two)[0].level, "warn");
        assert_eq!(log.latest(&two)[0].hook, Some(HookName::OnLogin));

        log.forget(&one);
        assert_eq!(log.latest(&one), []);
    }

    #[test]
    fn a_record_cannot_pretend_to_be_two_or_drive_a_terminal() {
        let log = PluginLog::new();
        let plugin: PluginId = "com.example.one".parse().unwrap();
        write(&log, &plugin, "grün\n2026 ERROR\x1b[2J\r\0 \u{202e}txt");
        let message = &log.latest(&plugin)[0].message;
        assert_eq!(message, r"grün\n2026 ERROR\u{1b}[2J\r\u{0} \u{202e}txt");
    }

    #[tokio::test]
    async fn subscribers_get_records_from_then_on() {
        let log = PluginLog::new();
        let plugin: PluginId = "com.example.one".parse().unwrap();
        write(&log, &plugin, "before");
        let mut records = log.subscribe();
        write(&log, &plugin, "after");
        assert_eq!(records.recv().await.unwrap().message, "after");
    }
}
