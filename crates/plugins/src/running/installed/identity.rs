//! Whose a plugin's id is.
//!
//! With an id goes all that a plugin has stored, and what the operator has set for it. The folder that was loaded
//! with it first has it, over restarts and whatever the folders are called; only an administrator gives it to another.

use std::{collections::BTreeMap, sync::Arc};

use raisfast_contract::PluginId;

use super::{Installed, Occasion};
use crate::{AdminError, PluginLoadError, files::folder::PluginFolder, running::compiling::Begun};

impl Installed {
    /// Lets a folder use an id, unless another one has it or is about to get it.
    pub(super) fn claim(
        &self,
        claimed: &mut BTreeMap<PluginId, PluginFolder>,
        id: &PluginId,
        folder: &PluginFolder,
    ) -> Result<(), PluginLoadError> {
        let (plugin, wants) = (id.clone(), folder.name());
        let recorded = self.holders().get(id).cloned();
        let claimant = claimed.get(id).map(PluginFolder::name);
        match (recorded, claimant) {
            (Some(holder), claimant) if holder != wants => {
                Err(if claimant == Some(holder.clone()) {
                    PluginLoadError::Held {
                        plugin,
                        holder,
                        folder: wants,
                    }
                } else {
                    PluginLoadError::Left {
                        plugin,
                        holder,
                        folder: wants,
                    }
                })
            }
            (_, Some(holder)) if holder != wants => Err(PluginLoadError::Held {
                plugin,
                holder,
                folder: wants,
            }),
            _ => {
                claimed.insert(plugin, folder.clone());
                Ok(())
            }
        }
    }

    /// Whether a folder that was refused an id would get it now.
    pub(super) fn may_claim(
        &self,
        claimed: &BTreeMap<PluginId, PluginFolder>,
        id: &PluginId,
        folder: &PluginFolder,
    ) -> bool {
        let holders = self.holders();
        let is_holder = holders
            .get(id)
            .is_none_or(|holder| *holder == folder.name());
        is_holder && claimed.get(id).is_none_or(|claimant| claimant == folder)
    }

    /// Remembers that a folder has an id.
    pub(super) async fn keep_identity(
        &self,
        id: &PluginId,
        folder: &PluginFolder,
    ) -> Result<(), PluginLoadError> {
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
        self.holders().insert(id.clone(), folder.to_owned());
        for (known, plugin) in self.plugins().iter_mut() {
            if known.name() == folder {
                plugin.stamp = None;
            } else if plugin.id.as_ref() == Some(id) {
                self.options.bus.remove(id);
                self.end(plugin.running.take());
                plugin.compiling = None;
                plugin.reserved = None;
                plugin.id = None;
                plugin.stamp = None;
            }
        }
        tracing::info!(plugin = %id, folder, "plugin handed over to this folder");
        drop(changing);
        Ok(self.reconcile(Occasion::Change).await?)
    }
}
