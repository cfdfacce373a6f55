//! The plugins as a server and its administrators use them.
//!
//! It begins with [`Plugins::start`], which loads every folder, and ends with [`Plugins::shutdown`]
//! or when the last clone is dropped: watching and cron stop, generations end with their last
//! request.

mod follow;
mod removal;

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use raisfast_contract::PluginId;
use raisfast_health::{BreakerMemoryError, CallCounters};
use serde_json::Value;

pub use follow::FollowError;

use crate::{
    Ceilings, FireError, IdentityError, Job, PluginReleases, PluginSettings, PluginState,
    PluginStatus, PluginTerms, PluginsOptions, ReleaseError, SettingsError, SwitchError, Switches,
    TickError,
    files::{
        staging::{Staging, remove_left},
        watch::Watch,
    },
    running::{
        install::{InstallError, Installation},
        installed::{Installed, InstalledOptions},
        loader::RuntimeLoader,
        plan::Occasion,
        reserved::SAFE_MODE,
        rollout::{RolledOut, Rollout},
        staged::Staged,
    },
    settings::SettingsSource,
};

/// A reason why plugins cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The directory of plugins cannot be made or read.
    #[error("the directory of plugins, {}, cannot be used: {source}", path.display())]
    Folder {
        /// The directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The plugins that are off are not known.
    #[error(transparent)]
    Switches(#[from] SwitchError),
    /// The folder that a plugin's id belongs to is not known.
    #[error(transparent)]
    Identities(#[from] IdentityError),
    /// The plugins that are paused are not known.
    #[error(transparent)]
    Breakers(#[from] BreakerMemoryError),
}

/// A reason why an administrator's request was not fulfilled.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The plugin is not installed.
    #[error("no plugin {0} is installed")]
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
    /// The change would be forgotten.
    #[error(transparent)]
    Identities(#[from] IdentityError),
    /// The ticks missed while it was off would be made up for.
    #[error(transparent)]
    Ticks(#[from] TickError),
    /// The change would be forgotten.
    #[error(transparent)]
    Breakers(#[from] BreakerMemoryError),
    /// The change would be forgotten.
    #[error(transparent)]
    Releases(#[from] ReleaseError),
    /// The folder is not there.
    #[error("the directory of plugins has no folder `{0}`")]
    NoFolder(String),
    /// The folder's manifest names another id.
    #[error(
        "the folder `{folder}` does not ask for the plugin {plugin}: its manifest.toml names another id, or \
         cannot be read"
    )]
    OtherId {
        /// The folder.
        folder: String,
        /// The id that it was to get.
        plugin: PluginId,
    },
}

/// The installed plugins. Cloning shares them.
#[derive(Clone)]
pub struct Plugins {
    installed: Arc<Installed>,
    watch: Arc<Mutex<Option<Watch>>>,
    switches: Arc<dyn Switches>,
    settings: Arc<SettingsSource>,
    /// Held while settings are changed: each change is checked against what it changes.
    setting: Arc<tokio::sync::Mutex<()>>,
    patience: Duration,
    ceilings: Ceilings,
    rollout: Arc<Rollout>,
}

impl Plugins {
    /// Loads every folder and begins to follow changes. A plugin that cannot be loaded is logged
    /// and listed, and keeps neither the server nor the others from starting. Plugins that are not
    /// in the cache are compiled meanwhile, small ones usually before this returns; the places of
    /// others on the bus are kept.
    pub async fn start(options: PluginsOptions) -> Result<Self, StartError> {
        let PluginsOptions {
            folder: directory,
            hot_reload,
            runtime,
            bus,
            health,
            capabilities,
            releases,
            switches,
            identities,
            ticks,
            settings,
            ceilings,
            succession,
            patience,
            config,
            safe_mode,
            way_out,
        } = options;
        let path = directory.clone();
        let unusable = |source| StartError::Folder {
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(&path).map_err(unusable)?;
        remove_left(&path);
        let disabled = switches.disabled().await?;
        health.breakers().restore().await?;
        let holders = identities.folders().await?;
        let settings = Arc::new(SettingsSource {
            memory: settings,
            fixed: config,
        });
        let loader = RuntimeLoader {
            runtime,
            ceilings,
            capabilities,
            settings: Arc::clone(&settings),
        };
        let options = InstalledOptions {
            directory,
            bus,
            health,
            identities,
            ticks,
            succession,
            loader: Arc::new(loader),
            safe_mode,
            way_out,
        };
        let installed = Arc::new(Installed::new(options, disabled, holders));
        // Watching first: a change during the first load is not missed.
        let watch = hot_reload.then(|| Watch::start(&path, &installed));
        let begun = installed
            .reconcile(Occasion::Start)
            .await
            .map_err(unusable)?;
        begun.settled(patience).await;
        let rollout = Arc::new(Rollout::new(Arc::clone(&installed), releases));
        Ok(Self {
            installed,
            watch: Arc::new(Mutex::new(watch)),
            switches,
            settings,
            setting: Arc::default(),
            patience,
            ceilings,
            rollout,
        })
    }

    /// Every installed plugin, in the order of folders' names.
    pub fn list(&self) -> Vec<PluginStatus> {
        self.installed.statuses()
    }

    /// One installed plugin.
    pub fn get(&self, id: &PluginId) -> Option<PluginStatus> {
        self.installed.status(id)
    }

    /// Turns a plugin on, now and after restarts.
    pub async fn enable(&self, id: &PluginId) -> Result<PluginStatus, AdminError> {
        self.known(id)?;
        // What was due while it was off is not made up for.
        self.installed.runs().ticks.pass_over(id).await?;
        self.switches.set(id, true).await?;
        self.installed.enable(id);
        self.reload(id).await
    }

    /// Turns a plugin off, now and after restarts. Requests that began with it end with it.
    pub async fn disable(&self, id: &PluginId) -> Result<PluginStatus, AdminError> {
        self.known(id)?;
        self.switches.set(id, false).await?;
        self.installed.disable(id).await;
        self.known(id)
    }

    /// Loads a plugin from its folder again, changed or not. One that has to be compiled, and is
    /// not small, is [`Compiling`](PluginState::Compiling) when this returns.
    pub async fn reload(&self, id: &PluginId) -> Result<PluginStatus, AdminError> {
        self.known(id)?;
        self.installed.forget_stamp(id);
        let begun = self.installed.reconcile(Occasion::Change).await?;
        begun.settled(self.patience).await;
        self.loaded(id)
    }

    /// Gives a plugin's id, and with it all that the plugin has stored and that is set for it, to
    /// the folder of this name, and loads it. What ran under the id until now ends.
    pub async fn adopt(&self, id: &PluginId, folder: &str) -> Result<PluginStatus, AdminError> {
        let begun = self.installed.adopt(id, folder).await?;
        begun.settled(self.patience).await;
        self.loaded(id)
    }

    fn loaded(&self, id: &PluginId) -> Result<PluginStatus, AdminError> {
        match self.known(id)? {
            // Its settings are the next step, and not its files.
            status if !status.needs_settings.is_empty() => Ok(status),
            PluginStatus {
                state: PluginState::Failed | PluginState::Outdated,
                last_error: Some(problem),
                ..
            } => Err(AdminError::Load(problem)),
            status => Ok(status),
        }
    }

    /// Returns the settings of a plugin, as the manifest in its folder has them.
    pub async fn settings(&self, id: &PluginId) -> Result<PluginSettings, SettingsError> {
        let manifest = self.installed.manifest(id)?;
        let resolved = self.settings.resolve(&manifest).await?;
        Ok(PluginSettings::of(id.clone(), resolved))
    }

    /// Changes settings of a plugin, all of these or none; `null` stands for the default. The next
    /// call reads the new values. A plugin that needed them is loaded, and one that cannot do
    /// without what is gone is no longer called.
    pub async fn change_settings(
        &self,
        id: &PluginId,
        changes: &BTreeMap<String, Value>,
    ) -> Result<PluginSettings, SettingsError> {
        {
            let _setting = self.setting.lock().await;
            let manifest = self.installed.manifest(id)?;
            self.settings.change(&manifest, changes).await?;
        }
        self.read_settings(id).await?;
        self.settings(id).await
    }

    /// Reads the settings of a plugin again, which somebody else has changed.
    pub async fn read_settings(&self, id: &PluginId) -> Result<(), SettingsError> {
        let begun = self.installed.settings_changed(id, &self.settings).await?;
        begun.settled(self.patience).await;
        Ok(())
    }

    /// Ends the pauses of a plugin, in all its hooks: it is called again, whatever has failed
    /// before. Returns when a restart knows of it, and the other servers of the site can.
    pub async fn reset(&self, id: &PluginId) -> Result<PluginStatus, AdminError> {
        self.known(id)?;
        let breakers = &self.installed.health().breakers();
        breakers.count_reset(id).await?;
        self.end_pauses(id);
        breakers.written().await;
        self.known(id)
    }

    fn end_pauses(&self, id: &PluginId) {
        self.installed.health().breakers().reset(id);
        self.installed.bus().notify_followers();
    }

    /// Begins an installation, with a place for the archive. Until what is returned is dropped, no
    /// other one can begin.
    pub fn begin_install(&self) -> Result<Staging, InstallError> {
        self.rollout.begin()
    }

    /// Installs the plugin in a staging folder's archive on every server, in the place of the
    /// version before it if there is one. Returns when it serves, or has not begun to within 30 s:
    /// the servers say which. If it cannot serve on this one, all is as before, everywhere.
    pub async fn install(&self, staging: Staging) -> Result<Installation, InstallError> {
        let rolled_out = self.rollout.install(staging).await?;
        self.installation(rolled_out).await
    }

    /// Installs a former release again, on every server: the one of this version, or whose digest
    /// begins with this; without a name, the one that was installed before the present one.
    pub async fn roll_back(
        &self,
        plugin: &PluginId,
        name: Option<&str>,
    ) -> Result<Installation, InstallError> {
        let rolled_out = self.rollout.roll_back(plugin, name).await?;
        self.installation(rolled_out).await
    }

    /// Returns the releases of a plugin, and how far each server is with the desired one.
    pub async fn releases(&self, plugin: &PluginId) -> Result<PluginReleases, ReleaseError> {
        self.rollout.releases(plugin).await
    }

    /// Installs and removes what other servers of the site desire, and this one has not taken yet.
    ///
    /// # Errors
    ///
    /// The memory of releases cannot be read or written: the rest is taken when this is called
    /// again.
    pub async fn take_desired(&self) -> Result<(), ReleaseError> {
        self.rollout.take_desired().await
    }

    /// Makes [`take_desired`](Self::take_desired) look at every wish once more, and report it: what
    /// this server has said so far was said under another id.
    pub fn report_anew(&self) {
        self.rollout.report_anew();
    }

    /// Returns what the plugin in a staging folder's archive asks for, if it passes the checks of
    /// [`install`](Self::install). Its code is in the cache then; nothing else changes.
    pub async fn examine(&self, staging: Staging) -> Result<PluginTerms, InstallError> {
        let (ceilings, settings) = (&self.ceilings, &self.settings);
        self.installed.examine(staging, ceilings, settings).await
    }

    /// Prepares the version of a plugin in a staging folder's archive as [`install`](Self::install)
    /// does, and leaves what serves alone.
    pub async fn stage(&self, id: &PluginId, staging: Staging) -> Result<Staged, InstallError> {
        self.installed.stage(id, staging).await
    }

    /// Installs a staged version as [`install`](Self::install) does. If it cannot serve, all is as
    /// before, and the version is still staged.
    pub async fn promote(&self, staged: &Staged) -> Result<Installation, InstallError> {
        let rolled_out = self.rollout.promote(staged).await?;
        self.installation(rolled_out).await
    }

    async fn installation(&self, rolled_out: RolledOut) -> Result<Installation, InstallError> {
        rolled_out.begun.settled(self.patience).await;
        let id = &rolled_out.plugin;
        let nodes = self.rollout.everywhere(id, rolled_out.revision).await?;
        let plugin = self.get(id).ok_or_else(|| InstallError::NotServing {
            reason: "its folder was removed meanwhile".to_owned(),
        })?;
        Ok(Installation {
            plugin,
            replaced: rolled_out.replaced,
            release: rolled_out.digest,
            nodes,
        })
    }

    /// Fires a cron entry now and waits for the guest's answer. A plugin's entry that is not
    /// enabled can be fired too, while the plugin subscribes to `on-cron-tick`.
    pub async fn fire_cron(&self, plugin: &PluginId, job_type: &str) -> Result<(), FireError> {
        let generation = self.installed.generation(plugin);
        let generation = generation.ok_or_else(|| match self.get(plugin) {
            Some(PluginStatus {
                compiling: Some(compiling),
                ..
            }) => FireError::NotReady {
                plugin: plugin.clone(),
                reason: format!("it is being compiled since {}", compiling.since),
            },
            Some(PluginStatus {
                state: PluginState::SafeMode,
                ..
            }) => FireError::NotReady {
                plugin: plugin.clone(),
                reason: SAFE_MODE.to_owned(),
            },
            Some(PluginStatus {
                state: PluginState::NeedsSettings,
                last_error: Some(reason),
                ..
            }) => FireError::NotReady {
                plugin: plugin.clone(),
                reason,
            },
            _ => FireError::UnknownPlugin {
                plugin: plugin.to_string(),
            },
        })?;
        let entries = &generation.manifest.cron;
        let entry = entries.iter().find(|entry| entry.job_type == job_type);
        let entry = entry.ok_or_else(|| FireError::UnknownJob {
            plugin: plugin.clone(),
            job_type: job_type.to_owned(),
            known: entries.iter().map(|entry| entry.job_type.clone()).collect(),
        })?;
        let job = Job {
            plugin: plugin.clone(),
            job_type: job_type.to_owned(),
        };
        self.installed.runs().by_hand(job, entry.clone()).await
    }

    /// Adds the last run of each cron entry, on whichever server it was. If that cannot be read,
    /// the log says so, and they have none.
    pub async fn add_last_runs(&self, plugins: &mut [PluginStatus]) {
        if plugins.iter().all(|plugin| plugin.cron.is_empty()) {
            return;
        }
        let one = match &*plugins {
            [plugin] => plugin.id.as_ref(),
            _ => None,
        };
        let mut last = match self.installed.runs().ticks.last(one).await {
            Ok(last) => last,
            Err(error) => return tracing::warn!("{error}"),
        };
        for plugin in plugins {
            let Some(id) = &plugin.id else { continue };
            for entry in &mut plugin.cron {
                let job = Job {
                    plugin: id.clone(),
                    job_type: entry.job_type.clone(),
                };
                entry.last = last.remove(&job);
            }
        }
    }

    /// Returns the counts of all plugins' calls.
    pub fn counters(&self) -> &CallCounters {
        self.installed.health().counters()
    }

    /// Stops watching and cron, takes every plugin off the bus, and waits for the calls in
    /// progress.
    pub async fn shutdown(&self) {
        self.watch
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        self.installed.close().await;
    }

    fn known(&self, id: &PluginId) -> Result<PluginStatus, AdminError> {
        self.installed
            .status(id)
            .ok_or_else(|| AdminError::NotFound(id.to_string()))
    }
}
