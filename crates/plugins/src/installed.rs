//! What is installed and what runs, and how the two are brought together.
//!
//! A folder is known from the first look at it until it is gone. All changes go through one
//! [`Installed::reconcile`] at a time, whoever asks for them: the start, the watcher or an administrator.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use raisfast_manifest::Manifest;
use raisfast_types::PluginId;
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

use crate::{
    PluginLoadError, PluginState, PluginStatus, PluginsOptions,
    folder::{PluginFolder, Stamp},
    generation::Generation,
    probation::Verdict,
    succession::Running,
};

/// The installed plugins.
pub(crate) struct Installed {
    options: PluginsOptions,
    plugins: Mutex<BTreeMap<PluginFolder, InstalledPlugin>>,
    disabled: Mutex<BTreeSet<PluginId>>,
    /// Held while folders are compared with what runs.
    changing: tokio::sync::Mutex<()>,
    /// Generations that come to their end, and what happens between two of them.
    draining: TaskTracker,
}

/// What is known of one folder.
#[derive(Default)]
struct InstalledPlugin {
    /// What the folder was when it was last looked at.
    stamp: Stamp,
    id: Option<PluginId>,
    running: Option<Running>,
    /// How many generations there were.
    generations: u64,
    /// Why what lies in the folder does not run.
    problem: Option<String>,
}

/// A changed folder: what it is now, and its manifest.
type Change = (Stamp, Result<Manifest, PluginLoadError>);

/// Every folder of the directory; those that are not as `known` with what has become of them.
fn look(
    directory: &Path,
    known: &BTreeMap<PluginFolder, Stamp>,
) -> io::Result<BTreeMap<PluginFolder, Option<Change>>> {
    let folders = PluginFolder::all_in(directory)?;
    let looked = folders.into_iter().map(|folder| {
        let stamp = folder.stamp();
        let changed = known.get(&folder) != Some(&stamp);
        let change = changed.then(|| (stamp, folder.read_manifest()));
        (folder, change)
    });
    Ok(looked.collect())
}

/// What a changed folder holds.
enum Found {
    Generation(Box<Generation>),
    /// It may be fine, but nobody wants it to run.
    Disabled(PluginId),
}

impl Installed {
    pub(crate) fn new(options: PluginsOptions, disabled: BTreeSet<PluginId>) -> Self {
        Self {
            options,
            plugins: Mutex::default(),
            disabled: Mutex::new(disabled),
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
            plugin.problem = None;
            tracing::info!(plugin = %id, "plugin disabled");
        });
    }

    /// Makes the next look at a plugin's folder find it changed.
    pub(crate) fn forget_stamp(&self, id: &PluginId) {
        self.with(id, |_, plugin| plugin.stamp = Stamp::default());
    }

    /// Takes every plugin off the bus and waits for the calls in progress, and for what former versions still
    /// have to do.
    pub(crate) async fn close(&self) {
        {
            let _changing = self.changing.lock().await;
            for plugin in self.plugins().values_mut() {
                if let Some(running) = plugin.running.take() {
                    self.options.bus.remove(running.generation.id());
                    self.end(Some(running));
                }
            }
        }
        self.draining.close();
        self.draining.wait().await;
        self.options.health.breakers.written().await;
    }

    /// Ends what is off the bus, in the background.
    fn end(&self, running: Option<Running>) {
        if let Some(running) = running {
            running.end(self.options.succession, &self.draining);
        }
    }

    /// Makes what runs equal to what the folders hold, as far as it can be loaded.
    pub(crate) async fn reconcile(self: &Arc<Self>) -> io::Result<()> {
        let _changing = self.changing.lock().await;
        // An id that a folder has given up may be what another one waits for.
        while self.load_changed().await? {}
        Ok(())
    }

    /// Loads what has changed, and says whether a plugin has given up its id for another.
    async fn load_changed(self: &Arc<Self>) -> io::Result<bool> {
        // Reading is blocking work, and so is parsing a hostile manifest.
        let (directory, known) = (self.options.folder.clone(), self.stamps());
        let folders = tokio::task::spawn_blocking(move || look(&directory, &known))
            .await
            .map_err(io::Error::other)??;
        self.unload_missing(&folders);
        let before = self.claimed();
        let mut claimed = before.clone();
        let mut loading = JoinSet::new();
        for (folder, change) in folders {
            let Some((stamp, manifest)) = change else {
                continue;
            };
            let manifest = manifest.and_then(|manifest| {
                claim(&mut claimed, &manifest, &folder)?;
                Ok(manifest)
            });
            let id = manifest.as_ref().ok().map(|found| found.plugin.id.clone());
            let (installed, number) = (Arc::clone(self), self.next_generation(&folder));
            loading.spawn(async move {
                let found = match manifest {
                    Ok(manifest) => installed.load(&folder, manifest, number).await,
                    Err(error) => Err(error),
                };
                (folder, stamp, id, found)
            });
        }
        while let Some(loaded) = loading.join_next().await {
            match loaded {
                Ok((folder, stamp, id, found)) => self.apply(folder, stamp, id, found),
                Err(error) => tracing::error!(%error, "loading a plugin panicked"),
            }
        }
        let after = self.claimed();
        Ok(before.keys().any(|id| !after.contains_key(id)))
    }

    async fn load(
        &self,
        folder: &PluginFolder,
        manifest: Manifest,
        number: u64,
    ) -> Result<Found, PluginLoadError> {
        if self.disabled().contains(&manifest.plugin.id) {
            return Ok(Found::Disabled(manifest.plugin.id));
        }
        let generation = Generation::load(&self.options, folder, manifest, number).await?;
        Ok(Found::Generation(Box::new(generation)))
    }

    /// Takes what was found in a changed folder. The id is its manifest's, where there is one that no
    /// other folder has.
    fn apply(
        self: &Arc<Self>,
        folder: PluginFolder,
        stamp: Stamp,
        id: Option<PluginId>,
        found: Result<Found, PluginLoadError>,
    ) {
        let name = folder.name();
        let mut plugins = self.plugins();
        let plugin = plugins.entry(folder).or_default();
        plugin.stamp = stamp;
        match found {
            Ok(Found::Generation(generation)) => {
                tracing::info!(
                    folder = name,
                    plugin = %generation.id(),
                    version = %generation.manifest.plugin.version,
                    generation = generation.number,
                    "plugin loaded"
                );
                self.begin(plugin, Arc::new(*generation));
            }
            Ok(Found::Disabled(id)) => {
                plugin.id = Some(id);
                plugin.problem = None;
            }
            Err(error) => {
                let serving = plugin
                    .running
                    .as_ref()
                    .map(|running| running.generation.number);
                tracing::error!(folder = name, serving, "plugin not loaded: {error}");
                if matches!(error, PluginLoadError::Duplicate { .. }) {
                    // The other folder may go away without this one changing.
                    plugin.stamp = Stamp::default();
                }
                if plugin.running.is_none() && id.is_some() {
                    // By which administrators find it.
                    plugin.id = id;
                }
                plugin.problem = Some(error.to_string());
            }
        }
    }

    /// Puts a generation in the place of the one before it.
    fn begin(self: &Arc<Self>, plugin: &mut InstalledPlugin, generation: Arc<Generation>) {
        let bus = &self.options.bus;
        let mut before = plugin.running.take();
        if let Some(other) = before.take_if(|before| before.generation.id() != generation.id()) {
            bus.remove(other.generation.id());
            self.options.health.breakers.forget(other.generation.id());
            self.end(Some(other));
        }
        let id = generation.id().clone();
        let number = generation.number;
        plugin.id = Some(id.clone());
        plugin.generations = number;
        let breakers = &self.options.health.breakers;
        breakers.begin(&id, &generation.version);
        plugin.problem = None;
        let succession = self.options.succession;
        let (running, verdict) =
            Running::begin(bus, generation, before, succession, &self.draining);
        plugin.running = Some(running);
        if let Some(verdict) = verdict {
            // Weak: a version that is never called keeps nothing alive.
            let installed = Arc::downgrade(self);
            tokio::spawn(async move {
                if let Ok(verdict) = verdict.await
                    && let Some(installed) = installed.upgrade()
                {
                    installed.judge(&id, number, verdict);
                }
            });
        }
    }

    /// Ends a generation's probation, if it still serves.
    fn judge(&self, id: &PluginId, number: u64, verdict: Verdict) {
        let (bus, succession) = (&self.options.bus, self.options.succession);
        self.with(id, |folder, plugin| {
            let serves = |running: &mut Running| running.generation.number == number;
            let Some(mut running) = plugin.running.take_if(serves) else {
                return;
            };
            plugin.running = Some(match verdict {
                Verdict::Proven => {
                    running.prove(succession, &self.draining);
                    running
                }
                Verdict::Failed { calls, reason } => {
                    let failed = running.generation.manifest.plugin.version.clone();
                    if let Some(former) = &running.former {
                        self.options.health.breakers.begin(id, &former.version);
                    }
                    let running = running.roll_back(bus, succession, &self.draining);
                    let serving = &running.generation.manifest.plugin.version;
                    let problem = format!(
                        "version {failed} failed its first {calls} calls, so {serving} serves again; \
                         repair it and copy it again, or reload the plugin to give it another try. The last call: {reason}"
                    );
                    tracing::error!(folder = folder.name(), plugin = %id, "plugin rolled back: {problem}");
                    plugin.problem = Some(problem);
                    running
                }
            });
        });
    }

    fn unload_missing(&self, folders: &BTreeMap<PluginFolder, Option<Change>>) {
        self.plugins().retain(|folder, plugin| {
            let here = folders.contains_key(folder);
            if let (false, Some(id)) = (here, &plugin.id) {
                self.options.bus.remove(id);
                self.options.health.breakers.forget(id);
                tracing::info!(folder = folder.name(), plugin = %id, "plugin unloaded");
                self.end(plugin.running.take());
            }
            here
        });
    }

    fn stamps(&self) -> BTreeMap<PluginFolder, Stamp> {
        let plugins = self.plugins();
        let stamps = plugins.iter();
        stamps
            .map(|(folder, plugin)| (folder.clone(), plugin.stamp.clone()))
            .collect()
    }

    fn next_generation(&self, folder: &PluginFolder) -> u64 {
        let plugins = self.plugins();
        plugins
            .get(folder)
            .map_or(1, |plugin| plugin.generations + 1)
    }

    fn claimed(&self) -> BTreeMap<PluginId, PluginFolder> {
        let plugins = self.plugins();
        plugins
            .iter()
            .filter_map(|(folder, plugin)| Some((plugin.id.clone()?, folder.clone())))
            .collect()
    }

    fn describe(&self, folder: &PluginFolder, plugin: &InstalledPlugin) -> PluginStatus {
        let off = plugin
            .id
            .as_ref()
            .is_some_and(|id| self.disabled().contains(id));
        let state = match (&plugin.running, &plugin.problem) {
            (Some(_), None) => PluginState::Running,
            (Some(_), Some(_)) => PluginState::Outdated,
            (None, _) if off => PluginState::Disabled,
            (None, _) => PluginState::Failed,
        };
        let counters = self.options.health.counters();
        let last_error = plugin
            .problem
            .clone()
            .or_else(|| counters.last_error(plugin.id.as_ref()?));
        let mut status = PluginStatus::new(plugin.id.clone(), folder.name(), state, last_error);
        if let Some(running) = &plugin.running {
            let id = running.generation.id();
            let breakers = &self.options.health.breakers;
            status.describe(&running.generation, |hook| {
                (counters.of(id, hook), breakers.of(id, hook).status())
            });
            let former = running.former.as_ref();
            status.falls_back_to = former.map(|former| former.manifest.plugin.version.to_string());
        }
        status
    }
}

/// Gives an id to the folder that asks first.
fn claim(
    claimed: &mut BTreeMap<PluginId, PluginFolder>,
    manifest: &Manifest,
    folder: &PluginFolder,
) -> Result<(), PluginLoadError> {
    let id = &manifest.plugin.id;
    let owner = claimed.entry(id.clone()).or_insert_with(|| folder.clone());
    if owner == folder {
        Ok(())
    } else {
        Err(PluginLoadError::Duplicate {
            plugin: id.clone(),
            folder: owner.name(),
        })
    }
}
