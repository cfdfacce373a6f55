//! Log records.

use raisfast_contract::{HookName, PluginId};
use raisfast_recording::CallId;

/// The level of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Finest.
    Trace,
    /// For the plugin's author.
    Debug,
    /// Normal.
    Info,
    /// Something is off.
    Warn,
    /// Something failed.
    Error,
}

impl Level {
    /// The contract's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// Reads the contract's word in any case; an unknown word is [`Level::Info`].
    pub fn from_contract(word: &str) -> Self {
        [
            ("trace", Self::Trace),
            ("debug", Self::Debug),
            ("warn", Self::Warn),
            ("warning", Self::Warn),
            ("error", Self::Error),
        ]
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word))
        .map_or(Self::Info, |(_, level)| level)
    }
}

/// One record, already cut to its limit.
#[derive(Debug, Clone, Copy)]
pub struct LogRecord<'a> {
    /// The author.
    pub plugin: &'a PluginId,
    /// In which hook; `None` outside of hooks, at load for instance.
    pub hook: Option<HookName>,
    /// In which call, where calls that fail are recorded.
    pub call: Option<CallId>,
    /// The record's level.
    pub level: Level,
    /// The text, as the guest gave it: it may hold control characters.
    pub message: &'a str,
    /// The plugin's limits that the record is about, by their keys in the manifest. The owner of
    /// their ceilings may add how to raise these.
    pub limits: &'a [&'a str],
}

/// The destination of log records.
pub trait Log: Send + Sync {
    /// Takes one record; called on the guest's path, so it must not block.
    fn record(&self, record: LogRecord<'_>);
}
