//! The operator's two places of settings together: the server's configuration, and what was set.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use raisfast_contract::PluginId;
use raisfast_manifest::Manifest;

use super::{
    memory::{SettingsMemory, SettingsMemoryError},
    resolve::Resolved,
};

/// The places from which settings of plugins come.
pub(crate) struct SettingsSource {
    pub(crate) memory: Arc<dyn SettingsMemory>,
    /// The values of the server's configuration.
    pub(crate) fixed: HashMap<PluginId, BTreeMap<String, String>>,
}

impl SettingsSource {
    /// Returns the values that a version of a plugin reads now.
    pub(crate) async fn resolve(
        &self,
        manifest: &Manifest,
    ) -> Result<Resolved, SettingsMemoryError> {
        let plugin = &manifest.plugin.id;
        let stored = self.memory.of(plugin).await?;
        Ok(Resolved::of(manifest, self.fixed(plugin), &stored))
    }

    /// Returns what the server's configuration sets for a plugin.
    pub(crate) fn fixed(&self, plugin: &PluginId) -> &BTreeMap<String, String> {
        const NONE: &BTreeMap<String, String> = &BTreeMap::new();
        self.fixed.get(plugin).unwrap_or(NONE)
    }
}
