//! What is installed and what runs, and how the two are brought together.
//!
//! A folder is known from the first look at it until it is gone. All changes go through one
//! [`Installed::reconcile`] at a time, whoever asks for them: the start, the watcher or an administrator. What has
//! to be compiled is waited for by none of them; it comes back when it is ready.

mod identity;
mod reconcile;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use raisfast_contract::PluginId;
pub(crate) use reconcile::Occasion;
use tokio_util::task::TaskTracker;

use crate::{
    Contested, PluginState, PluginStatus, PluginsOptions,
    files::folder::{PluginFolder, Stamp},
    running::compiling::Compiling,
    running::generation::Generation,
    running::succession::Running,
};

/// The installed plugins.
pub(crate) struct Installed {
    options: PluginsOptions,
    plugins: Mutex<BTreeMap<PluginFolder, InstalledPlugin>>,
    disabled: Mutex<BTreeSet<PluginId>>,
    /// The folder that has each id, by its name. Some of them are gone.
    holders: Mutex<BTreeMap<PluginId, String>>,
    /// Held while folders are compared with what runs.
    changing: tokio::sync::Mutex<()>,
    /// Generations that come to their end, and what happens between two of them.
    draining: TaskTracker,
}

/// What is known of one folder.
#[derive(Default)]
struct InstalledPlugin {
    /// What the folder was when it was last looked at; none where it is to be loaded whatever it is.
    stamp: Option<Stamp>,
    id: Option<PluginId>,
    /// The id that it wants and does not have.
    contested: Option<Contested>,
    /// Name and version by its manifest, when that could last be read.
    named: Option<(String, String)>,
    running: Option<Running>,
    /// What is to take its place. It begins and ends while `changing` is held.
    compiling: Option<Compiling>,
    /// Whose place on the bus is kept while nothing runs yet.
    reserved: Option<PluginId>,
    /// How many generations there were.
    generations: u64,
    /// Why what lies in the folder does not run.
    problem: Option<String>,
}

impl Installed {
    pub(crate) fn new(
        options: PluginsOptions,
        disabled: BTreeSet<PluginId>,
        holders: BTreeMap<PluginId, String>,
    ) -> Self {
        Self {
            options,
            plugins: Mutex::default(),
            disabled: Mutex::new(disabled),
            holders: Mutex::new(holders),
            changing: tokio::sync::Mutex::default(),
            draining: TaskTracker::new(),
        }
    }

    pub(crate) fn options(&self) -> &PluginsOptions {
        &self.options
    }

    fn plugins(&self) -> MutexGuard<'_, BTreeMap<PluginFolder, InstalledPlugin>> {
        self.plugins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn disabled(&self) -> MutexGuard<'_, BTreeSet<PluginId>> {
        self.disabled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn holders(&self) -> MutexGuard<'_, BTreeMap<PluginId, String>> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn statuses(&self) -> Vec<PluginStatus> {
        let plugins = self.plugins();
        plugins
            .iter()
            .map(|(folder, plugin)| self.describe(folder, plugin))
            .collect()
    }

    pub(crate) fn status(&self, id: &PluginId) -> Option<PluginStatus> {
        self.with(id, |folder, plugin| self.describe(folder, plugin))
    }

    pub(crate) fn folder(&self, id: &PluginId) -> Option<PluginFolder> {
        self.with(id, |folder, _| folder.clone())
    }

    pub(crate) fn generation(&self, id: &PluginId) -> Option<Arc<Generation>> {
        let running = |_: &_, plugin: &mut InstalledPlugin| {
            let running = plugin.running.as_ref()?;
            Some(Arc::clone(&running.generation))
        };
        self.with(id, running)?
    }

    /// Looks at or changes what is known of a plugin.
    fn with<T>(
        &self,
        id: &PluginId,
        act: impl FnOnce(&PluginFolder, &mut InstalledPlugin) -> T,
    ) -> Option<T> {
        let mut plugins = self.plugins();
        let (folder, plugin) = plugins
            .iter_mut()
            .find(|(_, plugin)| plugin.id.as_ref() == Some(id))?;
        Some(act(folder, plugin))
    }

    /// Lets a plugin run again from the next look at its folder on.
    pub(crate) fn enable(&self, id: &PluginId) {
        self.disabled().remove(id);
    }

    pub(crate) async fn disable(&self, id: &PluginId) {
        self.disabled().insert(id.clone());
        let _changing = self.changing.lock().await;
        self.with(id, |_, plugin| {
            self.options.bus.remove(id);
            self.end(plugin.running.take());
            plugin.compiling = None;
            plugin.reserved = None;
            plugin.problem = None;
            tracing::info!(plugin = %id, "plugin disabled");
        });
    }

    /// Makes the next look at a plugin's folder find it changed.
    pub(crate) fn forget_stamp(&self, id: &PluginId) {
        self.with(id, |_, plugin| plugin.stamp = None);
    }

    /// Takes every plugin off the bus and waits for the calls in progress, and for what former versions still
    /// have to do.
    pub(crate) async fn close(&self) {
        {
            let _changing = self.changing.lock().await;
            for plugin in self.plugins().values_mut() {
                plugin.compiling = None;
                self.give_up_place(plugin);
                if let Some(running) = plugin.running.take() {
                    self.options.bus.remove(running.generation.id());
                    self.end(Some(running));
                }
            }
        }
        self.draining.close();
        self.draining.wait().await;
        self.options.health.breakers().written().await;
    }

    /// Keeps nobody's place any more.
    fn give_up_place(&self, plugin: &mut InstalledPlugin) {
        if let Some(id) = plugin.reserved.take() {
            self.options.bus.remove(&id);
        }
    }

    /// Ends what is off the bus, in the background.
    fn end(&self, running: Option<Running>) {
        if let Some(running) = running {
            running.end(self.options.succession, &self.draining);
        }
    }

    fn describe(&self, folder: &PluginFolder, plugin: &InstalledPlugin) -> PluginStatus {
        let off = plugin
            .id
            .as_ref()
            .is_some_and(|id| self.disabled().contains(id));
        let state = match (&plugin.running, &plugin.problem) {
            _ if plugin.compiling.is_some() => PluginState::Compiling,
            (Some(_), None) => PluginState::Running,
            (Some(_), Some(_)) => PluginState::Outdated,
            (None, _) if off => PluginState::Disabled,
            (None, Some(_)) => PluginState::Failed,
            // It was noticed, and is read right now.
            (None, None) => PluginState::Compiling,
        };
        let counters = self.options.health.counters();
        let last_error = plugin
            .problem
            .clone()
            .or_else(|| counters.last_error(plugin.id.as_ref()?));
        let mut status = PluginStatus::new(plugin.id.clone(), folder.name(), state, last_error);
        status.contested.clone_from(&plugin.contested);
        if let Some((name, version)) = plugin.named.clone() {
            status.name = Some(name);
            status.version = Some(version);
        }
        let nested = plugin.stamp.iter().flat_map(Stamp::nested);
        status.warnings = nested.map(|inner| folder.nested_warning(inner)).collect();
        let compiling = plugin.compiling.as_ref();
        status.compiling = compiling.map(|version| version.status(plugin.running.is_some()));
        if let Some(running) = &plugin.running {
            let id = running.generation.id();
            let breakers = &self.options.health.breakers();
            status.describe(&running.generation, |hook| {
                (counters.of(id, hook), breakers.status(id, hook))
            });
            let former = running.former.as_ref();
            status.falls_back_to = former.map(|former| former.manifest.plugin.version.to_string());
        }
        status
    }
}
