//! The key-value store.

use async_trait::async_trait;
use raisfast_contract::PluginId;

use crate::ApiError;

/// The most that one plugin may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KvLimits {
    /// Keys.
    pub keys: u64,
    /// Bytes of keys and values together.
    pub bytes: u64,
}

/// One namespace of text values a plugin; it outlives the plugin's instances and the server.
#[async_trait]
pub trait Kv: Send + Sync {
    /// The value of a key.
    async fn get(&self, plugin: &PluginId, key: &str) -> Result<Option<String>, ApiError>;

    /// Sets a key. Fails with [`crate::ErrorCode::Quota`], and changes nothing, where the plugin
    /// would then hold more than `limits`; exact even under concurrent writers.
    async fn set(
        &self,
        plugin: &PluginId,
        key: &str,
        value: &str,
        limits: KvLimits,
    ) -> Result<(), ApiError>;
}
