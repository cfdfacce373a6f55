//! `[connections]`: what those may hold who connect.

use std::{
    num::{NonZeroU64, NonZeroUsize},
    time::Duration,
};

use serde::Deserialize;

/// What connections may hold, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// How many there may be; then the one that has kept the server waiting for the longest time is closed for the
    /// next. Default 2,048.
    pub max: NonZeroUsize,
    /// How long a request's head may take, from its first byte. Default 10 s.
    pub head_timeout: Duration,
    /// How long a request's body may take. Default 30 s.
    pub body_timeout: Duration,
    /// How long a connection is kept on which no request comes. Default 60 s.
    pub idle_timeout: Duration,
    /// How long a client may read nothing of its answer. Default 30 s.
    pub unread_timeout: Duration,
    /// How much the server holds of bodies that come in, and how much of answers that are not read yet, in MiB, of
    /// all connections together. Default 64.
    pub max_memory_mb: NonZeroU64,
}

impl ConnectionSettings {
    /// The bytes of all bodies and answers in flight.
    pub(crate) fn max_bytes(&self) -> u64 {
        self.max_memory_mb.get().saturating_mul(1 << 20)
    }
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        Self {
            max: const { NonZeroUsize::new(2048).unwrap() },
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_mins(1),
            unread_timeout: Duration::from_secs(30),
            max_memory_mb: const { NonZeroU64::new(64).unwrap() },
        }
    }
}

/// The table as it stands in the file; what it leaves out is absent.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Connections {
    pub(super) max: Option<NonZeroUsize>,
    pub(super) head_timeout_ms: Option<NonZeroU64>,
    pub(super) body_timeout_ms: Option<NonZeroU64>,
    pub(super) idle_timeout_ms: Option<NonZeroU64>,
    pub(super) unread_timeout_ms: Option<NonZeroU64>,
    pub(super) max_memory_mb: Option<NonZeroU64>,
}

impl Connections {
    /// The settings, with defaults for what is absent.
    pub(super) fn settings(self) -> ConnectionSettings {
        let default = ConnectionSettings::default();
        let time = |ms: Option<NonZeroU64>, default| {
            ms.map_or(default, |ms| Duration::from_millis(ms.get()))
        };
        ConnectionSettings {
            max: self.max.unwrap_or(default.max),
            head_timeout: time(self.head_timeout_ms, default.head_timeout),
            body_timeout: time(self.body_timeout_ms, default.body_timeout),
            idle_timeout: time(self.idle_timeout_ms, default.idle_timeout),
            unread_timeout: time(self.unread_timeout_ms, default.unread_timeout),
            max_memory_mb: self.max_memory_mb.unwrap_or(default.max_memory_mb),
        }
    }

    /// The names of the settings, and which of them are there.
    pub(super) fn written(&self) -> [(&'static str, bool); 6] {
        [
            ("connections.max", self.max.is_some()),
            (
                "connections.head_timeout_ms",
                self.head_timeout_ms.is_some(),
            ),
            (
                "connections.body_timeout_ms",
                self.body_timeout_ms.is_some(),
            ),
            (
                "connections.idle_timeout_ms",
                self.idle_timeout_ms.is_some(),
            ),
            (
                "connections.unread_timeout_ms",
                self.unread_timeout_ms.is_some(),
            ),
            ("connections.max_memory_mb", self.max_memory_mb.is_some()),
        ]
    }
}
