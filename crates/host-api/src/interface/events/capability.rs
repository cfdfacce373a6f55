//! The administrators' event stream.

use raisfast_contract::PluginId;

/// The destination of events.
pub trait Events: Send + Sync {
    /// Publishes an event to whoever listens; nobody listening is not a failure. Must not block.
    fn emit(&self, plugin: &PluginId, event_type: &str, data: &str);
}
