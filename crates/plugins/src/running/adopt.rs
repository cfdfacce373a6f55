//! Ids and their folders: remembered, and handed over by an administrator.

use std::sync::Arc;

use raisfast_contract::PluginId;

use super::{installed::Installed, plan::Occasion};
use crate::{AdminError, IdentityError, files::folder::PluginFolder, running::compiling::Begun};

impl Installed {
    /// Remembers that a folder has an id.
    pub(super) async fn keep_identity(
        &self,
        id: &PluginId,
        folder: &PluginFolder,
    ) -> Result<(), IdentityError> {
        let name = folder.name();
        if self.holders().get(id) == Some(&name) {
            return Ok(());
        }
        self.options.identities.give(id, &name).await?;
        self.holders().insert(id.clone(), name);
        Ok(())
    }

    /// Gives an id to a folder whose manifest names it. What ran under it until now ends.
    pub(crate) async fn adopt(
        self: &Arc<Self>,
        id: &PluginId,
        folder: &str,
    ) -> Result<Begun, AdminError> {
        let changing = self.changing.lock().await;
        let wanted = {
            let plugins = self.plugins();
            let (_, plugin) = plugins
                .iter()
                .find(|(known, _)| known.name() == folder)
                .ok_or_else(|| AdminError::NoFolder(folder.to_owned()))?;
            let contested = plugin.contested.as_ref().map(|contested| &contested.plugin);
            contested.or(plugin.id.as_ref()).cloned()
        };
        if wanted.as_ref() != Some(id) {
            return Err(AdminError::OtherId {
                folder: folder.to_owned(),
                plugin: id.clone(),
            });
        }
        self.options.identities.give(id, folder).await?;
        self.hand_over(id, folder);
        drop(changing);
        Ok(self.reconcile(Occasion::Change).await?)
    }

    /// Hands an id over to the folder that has it by now, as another server may have. Returns true
    /// if that is another one than before, and the folders have to be looked at.
    pub(crate) async fn follow_holder(&self, id: &PluginId) -> Result<bool, IdentityError> {
        let _changing = self.changing.lock().await;
        let Some(folder) = self.options.identities.folders().await?.remove(id) else {
            return Ok(false);
        };
        let moved = self.holders().get(id) != Some(&folder);
        if moved {
            self.hand_over(id, &folder);
        }
        Ok(moved)
    }

    /// Ends what runs under an id elsewhere, and makes the next look at this folder find it
    /// changed. For who holds the lock.
    fn hand_over(&self, id: &PluginId, folder: &str) {
        self.holders().insert(id.clone(), folder.to_owned());
        for (known, plugin) in self.plugins().iter_mut() {
            if known.name() == folder {
                plugin.stamp = None;
            } else if plugin.id.as_ref() == Some(id) {
                self.take_off(plugin);
                plugin.id = None;
                plugin.stamp = None;
            }
        }
        tracing::info!(plugin = %id, folder, "plugin handed over to this folder");
    }
}
