//! The installed plugins: what is known of each folder, and what runs of it.
//!
//! A folder is known from the first look at it until it is gone. All changes go through one
//! [`Installed::reconcile`] at a time, whoever asks for them: the start, the watcher or an
//! administrator.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use raisfast_contract::PluginId;
use raisfast_health::Health;
use raisfast_hooks::Bus;
use raisfast_manifest::Manifest;
use tokio_util::task::TaskTracker;

use crate::{
    Contested, Identities, PluginState, PluginStatus, SafeMode, Succession, Ticks, WayOut,
    cron::runs::Runs,
    files::folder::{PluginFolder, Stamp},
    running::{
        compiling::Compiling,
        generation::Generation,
        loader::Loader,
        plan::{Ids, Known, Situation},
        succession::Running,
    },
    settings::SettingProblem,
};

/// The installed plugins.
pub(crate) struct Installed {
    pub(super) options: InstalledOptions,
    plugins: Mutex<BTreeMap<PluginFolder, InstalledPlugin>>,
    disabled: Mutex<BTreeSet<PluginId>>,
    /// The folder that has each id, by its name. Some of them are gone.
    holders: Mutex<BTreeMap<PluginId, String>>,
    /// Held while folders are compared with what runs.
    pub(super) changing: Arc<tokio::sync::Mutex<()>>,
    /// Generations that come to their end, and what happens between two of them.
    pub(super) draining: TaskTracker,
}

/// The surroundings of the installed plugins.
pub(crate) struct InstalledOptions {
    /// The directory of plugin folders.
    pub(crate) directory: PathBuf,
    /// The bus on which they subscribe; gated and observed by `health`.
    pub(crate) bus: Bus,
    pub(crate) health: Arc<Health>,
    pub(crate) identities: Arc<dyn Identities>,
    pub(crate) ticks: Arc<dyn Ticks>,
    pub(crate) succession: Succession,
    pub(crate) loader: Arc<dyn Loader>,
    pub(crate) safe_mode: SafeMode,
    pub(crate) way_out: WayOut,
}

/// A folder as it is known, with what runs of it.
#[derive(Default)]
pub(super) struct InstalledPlugin {
    /// The folder as it was last seen; `None` where it is to be loaded whatever it is.
    pub(super) stamp: Option<Stamp>,
    pub(super) id: Option<PluginId>,
    /// The id that it wants and does not have.
    pub(super) contested: Option<Contested>,
    /// Name and version by its manifest, when that could last be read.
    pub(super) named: Option<(String, String)>,
    pub(super) running: Option<Running>,
    /// The version that is to take its place. It begins and ends while `changing` is held.
    pub(super) compiling: Option<Compiling>,
    /// The plugin whose subscriptions are reserved while nothing runs.
    pub(super) reserved: Option<PluginId>,
    /// The manifest, as it could last be read.
    pub(super) manifest: Option<Arc<Manifest>>,
    /// The settings without which what lies in the folder is not called.
    pub(super) needs: Vec<SettingProblem>,
    /// The number of generations that there were.
    pub(super) generations: u64,
    /// The reason why what lies in the folder does not run.
    pub(super) problem: Option<String>,
}

impl Installed {
    pub(crate) fn new(
        options: InstalledOptions,
        disabled: BTreeSet<PluginId>,
        holders: BTreeMap<PluginId, String>,
    ) -> Self {
        Self {
            options,
            plugins: Mutex::default(),
            disabled: Mutex::new(disabled),
            holders: Mutex::new(holders),
            changing: Arc::default(),
            draining: TaskTracker::new(),
        }
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.options.directory
    }

    pub(crate) fn health(&self) -> &Health {
        &self.options.health
    }

    pub(crate) fn bus(&self) -> &Bus {
        &self.options.bus
    }

    /// Returns the maker of the runs of jobs.
    pub(crate) fn runs(&self) -> Runs {
        Runs {
            bus: self.options.bus.clone(),
            ticks: Arc::clone(&self.options.ticks),
            in_progress: self.draining.clone(),
        }
    }

    pub(super) fn plugins(&self) -> MutexGuard<'_, BTreeMap<PluginFolder, InstalledPlugin>> {
        self.plugins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn disabled(&self) -> MutexGuard<'_, BTreeSet<PluginId>> {
        self.disabled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn holders(&self) -> MutexGuard<'_, BTreeMap<PluginId, String>> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what is known, to plan by.
    pub(super) fn situation(&self) -> Situation {
        let known = |plugin: &InstalledPlugin| Known {
            stamp: plugin.stamp.clone(),
            has_failed: plugin.problem.is_some(),
            refused: plugin.contested.as_ref().map(|it| it.plugin.clone()),
        };
        let folders = self
            .plugins()
            .iter()
            .map(|(folder, plugin)| (folder.clone(), known(plugin)))
            .collect();
        Situation {
            folders,
            ids: self.ids(),
            disabled: self.disabled().clone(),
            safe_mode: self.options.safe_mode != SafeMode::Off,
        }
    }

    /// Returns who has which id.
    pub(super) fn ids(&self) -> Ids {
        let claimed = self
            .plugins()
            .iter()
            .filter_map(|(folder, plugin)| Some((plugin.id.clone()?, folder.clone())))
            .collect();
        Ids {
            holders: self.holders().clone(),
            claimed,
        }
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

    pub(super) fn status_of(&self, folder: &PluginFolder) -> Option<PluginStatus> {
        let plugins = self.plugins();
        let plugin = plugins.get(folder)?;
        Some(self.describe(folder, plugin))
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
    pub(super) fn with<T>(
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

    /// Returns true if an administrator has turned a plugin off.
    pub(crate) fn is_disabled(&self, id: &PluginId) -> bool {
        self.disabled().contains(id)
    }

    /// Ends what runs of a plugin, unless it is off already.
    pub(crate) async fn disable(&self, id: &PluginId) {
        if !self.disabled().insert(id.clone()) {
            return;
        }
        let _changing = self.changing.lock().await;
        self.with(id, |_, plugin| {
            self.take_off(plugin);
            plugin.problem = None;
            plugin.needs.clear();
            tracing::info!(plugin = %id, "plugin disabled");
        });
    }

    /// Makes the next look at a plugin's folder find it changed.
    pub(crate) fn forget_stamp(&self, id: &PluginId) {
        self.with(id, |_, plugin| plugin.stamp = None);
    }

    /// Takes every plugin off the bus and waits for the calls in progress, and for what former
    /// versions still have to do.
    pub(crate) async fn close(&self) {
        {
            let _changing = self.changing.lock().await;
            for plugin in self.plugins().values_mut() {
                self.take_off(plugin);
            }
        }
        self.draining.close();
        self.draining.wait().await;
        self.options.health.breakers().written().await;
    }

    /// Takes all of a plugin off the bus: what runs ends in the background, and what is on its way
    /// is given up.
    pub(super) fn take_off(&self, plugin: &mut InstalledPlugin) {
        plugin.compiling = None;
        self.release_reservation(plugin);
        if let Some(running) = plugin.running.take() {
            self.options.bus.remove(running.generation.id());
            self.end(running);
        }
    }

    /// Releases the plugin's reserved subscriptions, if it has any.
    pub(super) fn release_reservation(&self, plugin: &mut InstalledPlugin) {
        if let Some(id) = plugin.reserved.take() {
            self.options.bus.remove(&id);
        }
    }

    /// Ends what is off the bus, in the background.
    pub(super) fn end(&self, running: Running) {
        running.end(self.options.succession, &self.draining);
    }

    fn describe(&self, folder: &PluginFolder, plugin: &InstalledPlugin) -> PluginStatus {
        let off = plugin.id.as_ref().is_some_and(|id| self.is_disabled(id));
        let state = match (&plugin.running, &plugin.problem) {
            _ if plugin.compiling.is_some() => PluginState::Compiling,
            (Some(_), None) => PluginState::Running,
            (Some(_), Some(_)) => PluginState::Outdated,
            (None, _) if off => PluginState::Disabled,
            (None, Some(_)) if !plugin.needs.is_empty() => PluginState::NeedsSettings,
            (None, Some(_)) => PluginState::Failed,
            (None, None) if self.options.safe_mode != SafeMode::Off => PluginState::SafeMode,
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
        status.needs_settings.clone_from(&plugin.needs);
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
