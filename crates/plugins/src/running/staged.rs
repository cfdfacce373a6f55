//! A version that is tried beside the one that serves, and may take its place.
//!
//! It has passed all checks of an installation, and its code is compiled. Nothing of it is loaded
//! as a plugin: it lies in a hidden folder, which goes with it.

use raisfast_contract::PluginId;

use super::{
    install::{InstallError, Prepared, unpack},
    installed::Installed,
    loader::Playable,
};
use crate::files::staging::Staging;

/// A version of a plugin, in a staging folder of its own. Dropped, its files are gone.
pub struct Staged {
    prepared: Prepared,
    _staging: Staging,
}

impl Staged {
    /// Returns the plugin's id.
    pub fn plugin(&self) -> &PluginId {
        &self.prepared.id
    }

    /// Returns the version, as its manifest says.
    pub fn version(&self) -> &str {
        &self.prepared.named
    }

    /// Returns the SHA-256 of its manifest and its wasm, in hexadecimal.
    pub fn digest(&self) -> String {
        self.prepared.version.to_string()
    }

    /// Returns its code, ready to be called.
    pub fn playable(&self) -> Option<&Playable> {
        self.prepared.playable.as_ref()
    }
}

impl Installed {
    /// Stages the version of a plugin that is in a staging folder's archive.
    pub(crate) async fn stage(
        &self,
        plugin: &PluginId,
        staging: Staging,
    ) -> Result<Staged, InstallError> {
        let (mut staging, path) = unpack(staging).await?;
        let prepared = self.prepare(path).await?;
        if prepared.id != *plugin {
            return Err(InstallError::OtherPlugin {
                plugin: plugin.clone(),
                found: prepared.id,
            });
        }
        staging.end_turn();
        Ok(Staged {
            prepared,
            _staging: staging,
        })
    }

    /// Prepares a staged version once more, if its files are still those that were staged.
    pub(super) async fn prepare_again(&self, staged: &Staged) -> Result<Prepared, InstallError> {
        let prepared = self.prepare(staged.prepared.path.clone()).await?;
        if prepared.version != staged.prepared.version {
            return Err(InstallError::Changed {
                plugin: staged.plugin().clone(),
            });
        }
        Ok(prepared)
    }
}
