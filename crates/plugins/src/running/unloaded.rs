//! Folders whose plugins do not run: they cannot be loaded, are turned off, or no plugin is called.

use raisfast_contract::PluginId;
use raisfast_manifest::Manifest;

use super::{installed::Installed, reserved};
use crate::{PluginLoadError, SafeMode, files::folder::PluginFolder};

/// Said of a guard that cannot be loaded.
const REFUSES_MEANWHILE: &str =
    "; until it is loaded, turned off or removed, requests that it guards are refused";

impl Installed {
    /// Takes note of a folder that cannot be loaded. The id is its manifest's, where there is one
    /// that no other folder has.
    ///
    /// While nothing runs of it, its guards refuse what they guard: those of a plugin that has only
    /// just come, too. Whoever copies a guard relies on it from then on.
    pub(super) fn refuse(
        &self,
        folder: &PluginFolder,
        id: Option<PluginId>,
        reason: &PluginLoadError,
    ) {
        let mut plugins = self.plugins();
        let plugin = plugins.entry(folder.clone()).or_default();
        let running = plugin.running.as_ref();
        let serving = running.map(|running| running.generation.number);
        let contested = reason.contested();
        let guards = plugin.manifest.as_deref().filter(|manifest| {
            let guard = &manifest.plugin.id;
            let is_its_own = id.as_ref().or(plugin.id.as_ref()) == Some(guard);
            is_its_own && serving.is_none() && contested.is_none() && self.may_guard(guard)
        });
        let guards =
            guards.map(|manifest| (manifest.plugin.id.clone(), reserved::not_loaded(manifest)));
        let guards = guards.filter(|(_, guards)| !guards.is_empty());
        // One that waits for its settings is missed by whoever it serves, whenever it came.
        let (needs, waiting) = match reason {
            PluginLoadError::NeedsSettings { manifest, problems } => {
                let id = manifest.plugin.id.clone();
                (
                    problems.0.clone(),
                    Some((id, reserved::needs_settings(manifest))),
                )
            }
            _ => (Vec::new(), None),
        };
        let waiting = waiting.filter(|_| serving.is_none());
        let mut reason = match (self.options.way_out)(reason) {
            Some(way_out) => format!("{reason}; {way_out}"),
            None => reason.to_string(),
        };
        if guards.is_some() && waiting.is_none() {
            reason.push_str(REFUSES_MEANWHILE);
        }
        tracing::error!(
            folder = folder.name(),
            serving,
            "plugin not loaded: {reason}"
        );
        plugin.compiling = None;
        plugin.needs = needs;
        match waiting.or(guards) {
            Some((id, subscriptions)) => self.reserve(plugin, &id, subscriptions),
            None => self.release_reservation(plugin),
        }
        if plugin.running.is_none() {
            // By which administrators find it, and under which it guards.
            let lost = contested.as_ref().map(|contested| &contested.plugin);
            let id = id.or_else(|| plugin.id.take());
            plugin.id = id.filter(|id| Some(id) != lost);
        }
        plugin.contested = contested;
        plugin.problem = Some(reason);
    }

    /// Returns true if requests may be refused for want of a plugin: nobody has turned it off, or
    /// the guards of all.
    fn may_guard(&self, id: &PluginId) -> bool {
        self.options.safe_mode != SafeMode::Unguarded && !self.is_disabled(id)
    }

    /// Takes note of a plugin that is not loaded, because no plugin is.
    pub(super) fn hold_back(&self, folder: &PluginFolder, manifest: &Manifest) {
        let mut plugins = self.plugins();
        let plugin = plugins.entry(folder.clone()).or_default();
        let id = &manifest.plugin.id;
        let subscriptions = reserved::in_safe_mode(manifest, self.options.safe_mode);
        self.reserve(plugin, id, subscriptions);
        plugin.contested = None;
        plugin.id = Some(id.clone());
        plugin.problem = None;
        plugin.needs.clear();
    }

    /// Takes note of a plugin that is turned off. Its folder has its id all the same; what the
    /// folder ran under another one ends.
    pub(super) async fn turn_off(&self, folder: &PluginFolder, id: &PluginId) {
        if let Err(error) = self.keep_identity(id, folder).await {
            return self.refuse(folder, Some(id.clone()), &error.into());
        }
        let mut plugins = self.plugins();
        let plugin = plugins.entry(folder.clone()).or_default();
        self.take_off(plugin);
        plugin.contested = None;
        plugin.id = Some(id.clone());
        plugin.problem = None;
        plugin.needs.clear();
    }
}
