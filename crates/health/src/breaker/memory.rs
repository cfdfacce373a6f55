//! The part of a breaker that survives a restart.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use raisfast_contract::{HookName, PluginId};

/// A version of a plugin: a digest of all that it is made of. What the plugin calls its version
/// does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// Returns the version with this digest, in hexadecimal.
    pub fn from_digest(hex: impl Into<String>) -> Self {
        Self(hex.into())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A breaker that is not closed. A half-open one is written down as the open one that it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBreaker {
    /// The plugin.
    pub plugin: PluginId,
    /// The hook.
    pub hook: HookName,
    /// The version of the plugin that has failed.
    pub version: Version,
    /// Failures in a row.
    pub failures: u32,
    /// Since when the plugin is not called.
    pub since: DateTime<Utc>,
    /// When a call tries it.
    pub until: DateTime<Utc>,
    /// The length of its last pause, in milliseconds.
    pub pause_ms: u64,
    /// The reason for the last of the failures.
    pub reason: String,
}

/// Remembers open breakers across restarts. Servers that share a memory have each their own, and go
/// by nothing else while they run.
#[async_trait]
pub trait BreakerMemory: Send + Sync {
    /// Those that are remembered; asked once, at the start.
    async fn open(&self) -> Result<Vec<OpenBreaker>, BreakerMemoryError>;

    /// Remembers one, in the place of what was remembered of the same plugin and hook.
    async fn remember(&self, breaker: &OpenBreaker) -> Result<(), BreakerMemoryError>;

    /// Forgets one that has closed.
    async fn forget(&self, plugin: &PluginId, hook: HookName) -> Result<(), BreakerMemoryError>;

    /// Counts that an administrator has ended all pauses of a plugin, for the other servers that
    /// share the memory.
    async fn count_reset(&self, plugin: &PluginId) -> Result<(), BreakerMemoryError>;
}

/// The memory of breakers cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("which plugins are paused cannot be read or kept: {0}")]
pub struct BreakerMemoryError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Remembers nothing: a restart closes every breaker.
#[async_trait]
impl BreakerMemory for () {
    async fn open(&self) -> Result<Vec<OpenBreaker>, BreakerMemoryError> {
        Ok(Vec::new())
    }

    async fn remember(&self, _breaker: &OpenBreaker) -> Result<(), BreakerMemoryError> {
        Ok(())
    }

    async fn forget(&self, _plugin: &PluginId, _hook: HookName) -> Result<(), BreakerMemoryError> {
        Ok(())
    }

    async fn count_reset(&self, _plugin: &PluginId) -> Result<(), BreakerMemoryError> {
        Ok(())
    }
}
