//! What is installed and what runs, brought together again after each change.
//!
//! It begins with [`Plugins::start`], which loads every folder, and ends with [`Plugins::shutdown`] or
//! when the last clone is dropped: watching and cron stop, generations end with their last request.
//! All changes go through one [`Shared::reconcile`] at a time, whoever asks for them: the watcher, an
//! administrator or the start.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::Utc;
use raisfast_manifest::Manifest;
use raisfast_types::PluginId;
use tokio::task::JoinSet;

use crate::{
    FireError, PluginLoadError, PluginState, PluginStatus, PluginsOptions, SwitchError,
    cron::{self, Ticking},
    folder::{PluginFolder, Stamp},
    generation::Generation,
    watch::Watch,
};

/// The directory of plugins cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It cannot be made or read.
    #[error("the directory of plugins, {}, cannot be used: {source}; set PLUGIN_DIR to another", path.display())]
    Folder {
        /// The directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It cannot be watched.
    #[error(
        "the directory of plugins cannot be watched: {0}; set PLUGIN_HOT_RELOAD=false to do without"
    )]
    Watch(#[from] notify::Error),
    /// Which plugins are off is not known.
    #[error(transparent)]
    Switches(#[from] SwitchError),
}

/// Why an administrator's wish was not fulfilled.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// No such plugin is installed.
    #[error("no plugin `{0}` is installed; `GET /api/v1/admin/plugins` lists those that are")]
    NotFound(String),
    /// The plugin is as it was before.
    #[error("{0}")]
    Load(String),
    /// The plugin's folder cannot be deleted.
    #[error("the plugin's folder cannot be deleted: {0}")]
    Delete(#[from] io::Error),
    /// The change would be forgotten.
    #[error(transparent)]
    Switches(#[from] SwitchError),
}

/// The installed plugins. Cloning shares them.
#[derive(Clone)]
pub struct Plugins {
    shared: Arc<Shared>,
    watch: Arc<Mutex<Option<Watch>>>,
}

pub(crate) struct Shared {
    options: PluginsOptions,
    installed: Mutex<BTreeMap<PathBuf, Installed>>,
    disabled: Mutex<BTreeSet<PluginId>>,
    /// Held while folders are compared with what runs.
    changing: tokio::sync::Mutex<()>,
}

/// One folder.
struct Installed {
    folder: PluginFolder,
    /// What the folder was when it was last looked at.
    stamp: Stamp,
    id: Option<PluginId>,
    running: Option<Running>,
    /// How many generations there were.
    generations: u64,
    /// Why what lies in the folder does not run.
    problem: Option<String>,
}

struct Running {
    generation: Arc<Generation>,
    /// Dropping it stops the ticks.
    _ticking: Ticking,
}

impl Plugins {
    /// Loads every folder and begins to follow changes. A plugin that cannot be loaded is logged and
    /// listed, and keeps neither the server nor the others from starting.
    pub async fn start(options: PluginsOptions) -> Result<Self, StartError> {
        let path = options.folder.clone();
        let unusable = |source| StartError::Folder {
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(&path).map_err(unusable)?;
        let disabled = options.switches.disabled().await?;
        let hot_reload = options.hot_reload;
        let shared = Arc::new(Shared {
            options,
            installed: Mutex::default(),
            disabled: Mutex::new(disabled),
            changing: tokio::sync::Mutex::default(),
        });
        // Watching first: a change during the first load is not missed.
        let watch = hot_reload
            .then(|| Watch::start(&path, &shared))
            .transpose()?;
        shared.reconcile().await.map_err(unusable)?;
        Ok(Self {
            shared,
            watch: Arc::new(Mutex::new(watch)),
        })
    }

    /// Every installed plugin, in the order of folders' names.
    pub fn list(&self) -> Vec<PluginStatus> {
        let installed = self.shared.installed();
        installed
            .values()
            .map(|plugin| self.shared.status(plugin))
            .collect()
    }

    /// One installed plugin.
    pub fn get(&self, id: &PluginId) -> Option<PluginStatus> {
        let installed = self.shared.installed();
        let plugin = find(&installed, id)?;
        Some(self.shared.status(plugin))
    }

    /// Turns a plugin on, now and after restarts.
    pub async fn enable(&self, id: &PluginId) -> Result<PluginStatus, AdminError> {
        self.known(id)?;
        self.shared.options.switches.set(id, true).await?;
        self.shared.disabled().remove(id);
        self.reload(id).await
    }

    /// Turns a plugin off, now and after restarts. Requests that began with it end with it.
    pub async fn disable(&self, id: &PluginId) -> Result<PluginStatus, AdminError> {
        self.known(id)?;
        self.shared.options.switches.set(id, false).await?;
        self.shared.disabled().insert(id.clone());
        let _changing = self.shared.changing.lock().await;
        self.shared.stop(id);
        self.get(id)
            .ok_or_else(|| AdminError::NotFound(id.to_string()))
    }

    /// Loads a plugin from its folder again, changed or not.
    pub async fn reload(&self, id: &PluginId) -> Result<PluginStatus, AdminError> {
        self.known(id)?;
        self.shared.forget_stamp(id);
        self.reconcile().await?;
        match self.get(id) {
            Some(PluginStatus {
                state: PluginState::Failed | PluginState::Outdated,
                last_error: Some(problem),
                ..
            }) => Err(AdminError::Load(problem)),
            Some(status) => Ok(status),
            None => Err(AdminError::NotFound(id.to_string())),
        }
    }

    /// Unloads a plugin and deletes its folder. What it has stored stays.
    pub async fn remove(&self, id: &PluginId) -> Result<(), AdminError> {
        let folder = {
            let installed = self.shared.installed();
            let plugin =
                find(&installed, id).ok_or_else(|| AdminError::NotFound(id.to_string()))?;
            plugin.folder.clone()
        };
        folder.delete()?;
        self.reconcile().await
    }

    /// Fires a cron entry now and waits for the guest's answer. A plugin's entry that is not enabled can
    /// be fired too, while the plugin subscribes to `on-cron-tick`.
    pub async fn fire_cron(&self, plugin: &PluginId, job_type: &str) -> Result<(), FireError> {
        let generation = {
            let installed = self.shared.installed();
            find(&installed, plugin)
                .and_then(|plugin| plugin.running.as_ref())
                .map(|running| Arc::clone(&running.generation))
        };
        let generation = generation.ok_or_else(|| FireError::UnknownPlugin {
            plugin: plugin.to_string(),
        })?;
        let entries = &generation.manifest.cron;
        let entry = entries.iter().find(|entry| entry.job_type == job_type);
        let entry = entry.ok_or_else(|| FireError::UnknownJob {
            plugin: plugin.clone(),
            job_type: job_type.to_owned(),
            known: entries.iter().map(|entry| entry.job_type.clone()).collect(),
        })?;
        cron::fire(&self.shared.options.bus, plugin, entry, Utc::now()).await
    }

    /// What was counted of all plugins' calls.
    pub fn counters(&self) -> &crate::CallCounters {
        &self.shared.options.counters
    }

    /// Stops watching and cron, takes every plugin off the bus, and waits for the calls in progress.
    pub async fn shutdown(&self) {
        self.watch
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let _changing = self.shared.changing.lock().await;
        let running: Vec<_> = {
            let mut installed = self.shared.installed();
            installed
                .values_mut()
                .filter_map(|plugin| plugin.running.take())
                .collect()
        };
        for Running {
            generation,
            _ticking,
        } in running
        {
            self.shared.options.bus.remove(generation.id());
            generation.close().await;
        }
    }

    async fn reconcile(&self) -> Result<(), AdminError> {
        self.shared.reconcile().await.map_err(AdminError::Delete)
    }

    fn known(&self, id: &PluginId) -> Result<(), AdminError> {
        match find(&self.shared.installed(), id) {
            Some(_) => Ok(()),
            None => Err(AdminError::NotFound(id.to_string())),
        }
    }
}

fn find<'a>(installed: &'a BTreeMap<PathBuf, Installed>, id: &PluginId) -> Option<&'a Installed> {
    // Of two folders with the same id only one has it by right; the other is listed without.
    installed
        .values()
        .find(|plugin| plugin.id.as_ref() == Some(id))
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

impl Shared {
    fn installed(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Installed>> {
        self.installed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn disabled(&self) -> MutexGuard<'_, BTreeSet<PluginId>> {
        self.disabled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes what runs equal to what the folders hold, as far as it can be loaded.
    pub(crate) async fn reconcile(self: &Arc<Self>) -> io::Result<()> {
        let _changing = self.changing.lock().await;
        // Reading is blocking work, and so is parsing a hostile manifest.
        let (directory, known) = (self.options.folder.clone(), self.stamps());
        let folders = tokio::task::spawn_blocking(move || look(&directory, &known))
            .await
            .map_err(io::Error::other)??;
        self.unload_missing(&folders);
        let mut claimed = self.claimed();
        let mut loading = JoinSet::new();
        for (folder, change) in folders {
            let Some((stamp, manifest)) = change else {
                continue;
            };
            let manifest = manifest.and_then(|manifest| {
                claim(&mut claimed, &manifest, &folder)?;
                Ok(manifest)
            });
            let (shared, number) = (Arc::clone(self), self.next_generation(&folder));
            loading.spawn(async move {
                let found = match manifest {
                    Ok(manifest) => shared.load(&folder, manifest, number).await,
                    Err(error) => Err(error),
                };
                (folder, stamp, found)
            });
        }
        while let Some(loaded) = loading.join_next().await {
            match loaded {
                Ok((folder, stamp, found)) => self.apply(folder, stamp, found),
                Err(error) => tracing::error!(%error, "loading a plugin panicked"),
            }
        }
        Ok(())
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

    fn apply(&self, folder: PluginFolder, stamp: Stamp, found: Result<Found, PluginLoadError>) {
        let mut installed = self.installed();
        let name = folder.name();
        let plugin = installed
            .entry(folder.path().to_owned())
            .or_insert_with(|| Installed::new(folder));
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
                plugin.problem = Some(error.to_string());
            }
        }
    }

    /// Puts a generation in the place of the one before it.
    fn begin(&self, plugin: &mut Installed, generation: Arc<Generation>) {
        let bus = &self.options.bus;
        if let Some(former) = &plugin.id
            && former != generation.id()
        {
            bus.remove(former);
        }
        bus.replace(generation.id(), generation.subscriptions());
        plugin.id = Some(generation.id().clone());
        plugin.generations = generation.number;
        plugin.problem = None;
        plugin.running = Some(Running {
            _ticking: Ticking::start(bus, &generation),
            generation,
        });
    }

    fn stop(&self, id: &PluginId) {
        for plugin in self.installed().values_mut() {
            if plugin.id.as_ref() == Some(id) {
                // Silenced, not removed: what is queued still runs, in order.
                self.options.bus.replace(id, Vec::new());
                plugin.running = None;
                plugin.problem = None;
                tracing::info!(plugin = %id, "plugin disabled");
            }
        }
    }

    fn unload_missing(&self, folders: &BTreeMap<PluginFolder, Option<Change>>) {
        self.installed().retain(|_, plugin| {
            let here = folders.contains_key(&plugin.folder);
            if let (false, Some(id)) = (here, &plugin.id) {
                self.options.bus.remove(id);
                tracing::info!(folder = plugin.folder.name(), plugin = %id, "plugin unloaded");
            }
            here
        });
    }

    fn stamps(&self) -> BTreeMap<PluginFolder, Stamp> {
        let installed = self.installed();
        installed
            .values()
            .map(|plugin| (plugin.folder.clone(), plugin.stamp.clone()))
            .collect()
    }

    fn forget_stamp(&self, id: &PluginId) {
        for plugin in self.installed().values_mut() {
            if plugin.id.as_ref() == Some(id) {
                plugin.stamp = Stamp::default();
            }
        }
    }

    fn next_generation(&self, folder: &PluginFolder) -> u64 {
        let installed = self.installed();
        installed
            .get(folder.path())
            .map_or(1, |plugin| plugin.generations + 1)
    }

    fn claimed(&self) -> BTreeMap<PluginId, PluginFolder> {
        let installed = self.installed();
        installed
            .values()
            .filter_map(|plugin| Some((plugin.id.clone()?, plugin.folder.clone())))
            .collect()
    }

    fn status(&self, plugin: &Installed) -> PluginStatus {
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
        let counters = &self.options.counters;
        let last_error = plugin
            .problem
            .clone()
            .or_else(|| counters.last_error(plugin.id.as_ref()?));
        let mut status =
            PluginStatus::new(plugin.id.clone(), plugin.folder.name(), state, last_error);
        if let Some(running) = &plugin.running {
            let id = running.generation.id();
            status.describe(&running.generation, |hook| counters.of(id, hook));
        }
        status
    }
}

impl Installed {
    fn new(folder: PluginFolder) -> Self {
        Self {
            folder,
            stamp: Stamp::default(),
            id: None,
            running: None,
            generations: 0,
            problem: None,
        }
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
