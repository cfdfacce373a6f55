//! Which folder has which plugin's id.

use std::collections::BTreeMap;

use async_trait::async_trait;
use raisfast_contract::PluginId;

use crate::RememberNothing;

/// Remembers across restarts which folder has an id, and with it all that the plugin has stored. A folder gets an
/// id that nobody has when it is loaded; from then on only an administrator gives it to another.
#[async_trait]
pub trait Identities: Send + Sync {
    /// The name of each id's folder; asked once, at the start.
    async fn folders(&self) -> Result<BTreeMap<PluginId, String>, IdentityError>;

    /// Gives an id to a folder.
    async fn give(&self, plugin: &PluginId, folder: &str) -> Result<(), IdentityError>;
}

/// The memory of identities cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("which folder a plugin's id belongs to cannot be read or kept: {0}")]
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
