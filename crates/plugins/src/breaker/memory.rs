//! What survives a restart.

use std::{fmt, fmt::Write};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use raisfast_contract::{HookName, PluginId};
use sha2::{Digest, Sha256};

use crate::RememberNothing;

/// Which manifest and wasm a plugin is made of: their SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// The version that these bytes are.
    pub(crate) fn of(manifest: &[u8], wasm: &[u8]) -> Self {
        let mut digest = Sha256::new();
        digest.update(manifest.len().to_le_bytes());
        digest.update(manifest);
        digest.update(wasm);
        let hex = digest
            .finalize()
            .iter()
            .fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
        Self(hex)
    }

    /// The version with this digest, as it was written down.
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
    /// How long its last pause is, in milliseconds.
    pub pause_ms: u64,
    /// Why the last of the failures failed.
    pub reason: String,
}

/// Remembers open breakers across restarts. Servers that share a memory overwrite each other's state; each
/// goes by its own while it runs.
#[async_trait]
pub trait BreakerMemory: Send + Sync {
    /// Those that are remembered; asked once, at the start.
    async fn open(&self) -> Result<Vec<OpenBreaker>, BreakerMemoryError>;

    /// Remembers one, in the place of what was remembered of the same plugin and hook.
    async fn remember(&self, breaker: &OpenBreaker) -> Result<(), BreakerMemoryError>;

    /// Forgets one that has closed.
    async fn forget(&self, plugin: &PluginId, hook: HookName) -> Result<(), BreakerMemoryError>;
}

/// The memory of breakers cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("which plugins are paused cannot be read or kept: {0}")]
pub struct BreakerMemoryError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

#[async_trait]
impl BreakerMemory for RememberNothing {
    async fn open(&self) -> Result<Vec<OpenBreaker>, BreakerMemoryError> {
        Ok(Vec::new())
    }

    async fn remember(&self, _breaker: &OpenBreaker) -> Result<(), BreakerMemoryError> {
        Ok(())
    }

    async fn forget(&self, _plugin: &PluginId, _hook: HookName) -> Result<(), BreakerMemoryError> {
        Ok(())
    }
}
