//! The memory of which folder has which plugin's id.

use std::collections::BTreeMap;

use async_trait::async_trait;
use raisfast_contract::PluginId;

use crate::RememberNothing;

/// A memory, across restarts, of the folder that has each id, and with it all that the plugin has
/// stored. A folder gets an id that nobody has when it is loaded; from then on only an
/// administrator gives it to another.
#[async_trait]
pub trait Identities: Send + Sync {
    /// Returns the name of each id's folder. Called once, at the start.
    async fn folders(&self) -> Result<BTreeMap<PluginId, String>, IdentityError>;

    /// Gives an id to a folder.
    async fn give(&self, plugin: &PluginId, folder: &str) -> Result<(), IdentityError>;
}

/// The memory of identities cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot read or keep which folder a plugin's id belongs to: {0}")]
pub struct IdentityError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

#[async_trait]
impl Identities for RememberNothing {
    async fn folders(&self) -> Result<BTreeMap<PluginId, String>, IdentityError> {
        Ok(BTreeMap::new())
    }

    async fn give(&self, _plugin: &PluginId, _folder: &str) -> Result<(), IdentityError> {
        Ok(())
    }
}
