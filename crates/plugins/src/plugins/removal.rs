//! The removal of a plugin, without and with what it has stored.

use raisfast_contract::PluginId;

use super::{AdminError, Plugins};
use crate::{Absence, RemovalError};

impl Plugins {
    /// Unloads a plugin and deletes its folder, on every server. What it has stored stays; the runs
    /// of its jobs are forgotten.
    pub async fn remove(&self, id: &PluginId) -> Result<(), AdminError> {
        let folder = self.installed.folder(id);
        let desired = self.rollout.desire_none(id).await?;
        match folder {
            Some(folder) => drop(self.installed.delete(&folder).await?),
            None if desired.is_none() => return Err(AdminError::NotFound(id.to_string())),
            None => {}
        }
        if let Some(revision) = desired {
            self.rollout.everywhere(id, revision).await?;
        }
        if let Err(error) = self.installed.runs().ticks.forget(id).await {
            tracing::warn!(plugin = %id, "{error}");
        }
        Ok(())
    }

    /// Removes a plugin as [`remove`](Self::remove) does, installed or not, and returns its absence
    /// when it is certain: no server has it, and its last call has ended. What it has stored can be
    /// deleted then.
    pub async fn remove_for_good(&self, id: &PluginId) -> Result<Absence, RemovalError> {
        let folder = self.installed.folder(id);
        let revision = self.rollout.desire_absence(id).await?;
        if let Some(folder) = folder {
            let ending = self.installed.delete(&folder).await?;
            if !ending.ends_within(self.installed.longest_end()).await {
                return Err(RemovalError::Running(id.clone()));
            }
        }
        let nodes = self.rollout.everywhere(id, revision).await?;
        RemovalError::of_nodes(id, revision, &nodes)?;
        self.installed.runs().ticks.forget(id).await?;
        self.rollout.absence(id, revision).await
    }
}
