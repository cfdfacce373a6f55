//! The output of a plugin: log records and events.

use std::sync::Mutex;

use raisfast_contract::{HookName, PluginId};
use raisfast_host_api::capability::{Events, Level, Log, LogRecord};

use super::locked;

/// One log record, the plugin's own or the host's about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// In which hook; `None` outside of hooks, such as while an instance is made.
    pub hook: Option<HookName>,
    /// The record's level.
    pub level: Level,
    /// The text.
    pub message: String,
}

/// One event of `emit-event`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The event's type.
    pub event_type: String,
    /// The data, as the plugin gave it.
    pub data: String,
}

/// Keeps everything, in order.
#[derive(Default)]
pub(crate) struct Journal {
    logs: Mutex<Vec<LogEntry>>,
    events: Mutex<Vec<Event>>,
}

impl Journal {
    pub(crate) fn logs(&self) -> Vec<LogEntry> {
        locked(&self.logs).clone()
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        locked(&self.events).clone()
    }
}

impl Log for Journal {
    fn record(&self, record: LogRecord<'_>) {
        locked(&self.logs).push(LogEntry {
            hook: record.hook,
            level: record.level,
            message: record.message.to_owned(),
        });
    }
}

impl Events for Journal {
    fn emit(&self, _plugin: &PluginId, event_type: &str, data: &str) {
        locked(&self.events).push(Event {
            event_type: event_type.to_owned(),
            data: data.to_owned(),
        });
    }
}
