//! The values that were set while the server ran.

use std::collections::BTreeMap;

use async_trait::async_trait;
use raisfast_contract::PluginId;

use crate::RememberNothing;

/// Remembers the values of plugins' settings across restarts. Secrets are kept sealed.
#[async_trait]
pub trait SettingsMemory: Send + Sync {
    /// Returns what was set for a plugin, by key.
    async fn of(
        &self,
        plugin: &PluginId,
    ) -> Result<BTreeMap<String, StoredSetting>, SettingsMemoryError>;

    /// Keeps all of these changes, or none.
    async fn change(
        &self,
        plugin: &PluginId,
        changes: Vec<(String, SettingChange)>,
    ) -> Result<(), SettingsMemoryError>;
}

/// A value that was set.
#[derive(Clone, PartialEq, Eq)]
pub enum StoredSetting {
    /// A value that anybody may read who reads the memory.
    Plain(String),
    /// A value that was sealed.
    Secret(String),
    /// A sealed value that does not open, and the reason.
    Unreadable(String),
}

impl StoredSetting {
    /// Returns the bytes of the value, as far as they are known.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Plain(value) | Self::Secret(value) => value.len(),
            Self::Unreadable(_) => 0,
        }
    }
}

/// A change of a setting.
#[derive(Clone, PartialEq, Eq)]
pub enum SettingChange {
    /// It is kept as it is.
    Plain(String),
    /// It is sealed, and never kept as it is.
    Secret(String),
    /// It is forgotten.
    Unset,
}

/// The memory of settings cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the settings of plugins cannot be read or kept: {0}")]
pub struct SettingsMemoryError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

#[async_trait]
impl SettingsMemory for RememberNothing {
    async fn of(
        &self,
        _plugin: &PluginId,
    ) -> Result<BTreeMap<String, StoredSetting>, SettingsMemoryError> {
        Ok(BTreeMap::new())
    }

    async fn change(
        &self,
        _plugin: &PluginId,
        _changes: Vec<(String, SettingChange)>,
    ) -> Result<(), SettingsMemoryError> {
        Ok(())
    }
}
