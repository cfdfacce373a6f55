//! Settings while plugins run: a change reaches what runs, stops what can no longer be called, and
//! starts what waited for it.

use std::{io, sync::Arc};

use raisfast_contract::PluginId;
use raisfast_manifest::Manifest;

use super::{
    compiling::Begun,
    generation::Generation,
    installed::{Installed, InstalledPlugin},
    plan::Occasion,
    reserved,
};
use crate::settings::{SettingProblems, SettingsError, SettingsSource};

impl Installed {
    /// Returns the manifest that says which settings a plugin has: that of what lies in its folder.
    pub(crate) fn manifest(&self, id: &PluginId) -> Result<Arc<Manifest>, SettingsError> {
        let manifest = self.with(id, |_, plugin| {
            let running = plugin.running.as_ref();
            let running = || running.map(|running| Arc::new(running.generation.manifest.clone()));
            plugin.manifest.clone().or_else(running)
        });
        let manifest = manifest.ok_or_else(|| SettingsError::NotFound(id.to_string()))?;
        manifest.ok_or_else(|| SettingsError::NoManifest(id.to_string()))
    }

    /// Gives a plugin's versions that run the values as they are now. One that can be called no
    /// longer ends; one that waited for its settings is loaded.
    pub(crate) async fn settings_changed(
        self: &Arc<Self>,
        id: &PluginId,
        source: &SettingsSource,
    ) -> Result<Begun, SettingsError> {
        let _changing = self.changing.lock().await;
        let running = self.with(id, |_, plugin| {
            let running = plugin.running.as_ref()?;
            Some((Arc::clone(&running.generation), running.former.clone()))
        });
        let Some((serving, former)) = running.flatten() else {
            return Ok(self.look_again(id).await?);
        };
        let mut problems = Vec::new();
        for generation in [Some(&serving), former.as_ref()].into_iter().flatten() {
            let resolved = source.resolve(&generation.manifest).await?;
            if resolved.problems.is_empty() {
                generation.settings.replace(resolved.values);
            } else if Arc::ptr_eq(generation, &serving) {
                problems = resolved.problems;
            }
        }
        if !problems.is_empty() {
            self.with(id, |_, plugin| {
                self.suspend(plugin, &serving, SettingProblems(problems));
            });
        }
        Ok(self.look_again(id).await?)
    }

    /// Loads a plugin that needs settings once more, if there is one.
    async fn look_again(self: &Arc<Self>, id: &PluginId) -> io::Result<Begun> {
        let waits = self.with(id, |_, plugin| {
            let waits = !plugin.needs.is_empty();
            if waits {
                plugin.stamp = None;
            }
            waits
        });
        if waits == Some(true) {
            self.take_changes(Occasion::Change).await
        } else {
            Ok(Begun::default())
        }
    }

    /// Ends what runs of a plugin whose settings are gone. Its subscriptions are reserved in the
    /// same step: nothing that it guards passes unseen.
    fn suspend(
        &self,
        plugin: &mut InstalledPlugin,
        serving: &Generation,
        problems: SettingProblems,
    ) {
        let reason = problems.to_string();
        tracing::warn!(plugin = %serving.id(), "plugin suspended: {reason}");
        let subscriptions = reserved::needs_settings(&serving.manifest);
        self.reserve(plugin, serving.id(), subscriptions);
        plugin.problem = Some(reason);
        plugin.needs = problems.0;
        if let Some(running) = plugin.running.take() {
            self.end(running);
        }
    }
}
