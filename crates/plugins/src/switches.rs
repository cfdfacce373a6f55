//! The plugins that an administrator has turned off.

use std::collections::BTreeSet;

use async_trait::async_trait;
use raisfast_contract::PluginId;

/// Remembers across restarts which plugins are off. A plugin that nobody turned off is on.
#[async_trait]
pub trait Switches: Send + Sync {
    /// The plugins that are off; asked once, at the start.
    async fn disabled(&self) -> Result<BTreeSet<PluginId>, SwitchError>;

    /// Remembers a change.
    async fn set(&self, plugin: &PluginId, enabled: bool) -> Result<(), SwitchError>;
}

/// The memory of switches cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("whether plugins are enabled cannot be read or kept: {0}")]
pub struct SwitchError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Switches, identities, releases and runs that a restart forgets.
#[derive(Debug, Clone, Copy)]
pub struct RememberNothing;

#[async_trait]
impl Switches for RememberNothing {
    async fn disabled(&self) -> Result<BTreeSet<PluginId>, SwitchError> {
        Ok(BTreeSet::new())
    }

    async fn set(&self, _plugin: &PluginId, _enabled: bool) -> Result<(), SwitchError> {
        Ok(())
    }
}
