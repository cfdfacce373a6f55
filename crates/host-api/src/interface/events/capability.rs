//! The administrators' event stream.

use raisfast_contract::PluginId;

/// Where events go.
pub trait Events: Send + Sync {
    /// Publishes an event to whoever listens; nobody listening is no failure. Must not block.
    fn emit(&self, plugin: &PluginId, event_type: &str, data: &str);
}
