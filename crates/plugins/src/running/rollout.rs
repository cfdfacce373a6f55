//! The way of a release to every server of a site.
//!
//! The server that receives a plugin tries it first: checked, compiled, put in its place. Only when
//! it serves there is it made the desired release, which the other servers follow; one that fails
//! serves nowhere. Each server puts the files into its own directory of plugins, so a release is
//! loaded as any folder is, and reports what became of it.
//!
//! A folder that somebody else has made or changed is not overwritten by what another server
//! desires: an id has one source, and the report names both. Where there is one server, its folders
//! are the truth, and releases are what it can go back to.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::Utc;
use raisfast_contract::{PluginId, Printable, timestamp};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep},
};

use super::{
    compiling::Begun,
    install::{InstallError, Prepared, unpack},
    installed::Installed,
    removal::{Absence, RemovalError},
    staged::Staged,
};
use crate::{
    Desired, NodeRelease, PluginReleases, Release, ReleaseDigest, ReleaseError, Releases,
    files::{
        archive::{PackError, pack},
        folder::PluginFolder,
        staging::Staging,
    },
};

/// The longest time that a request waits for the other servers.
const ROLL_OUT: Duration = Duration::from_secs(30);
/// The time after which it looks again who has reported.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Said of a plugin that is removed while a call of it goes on for longer than it may.
const STILL_RUNS: &str = "calls of the plugin still run";

/// The releases of a site, as one of its servers follows them.
pub(crate) struct Rollout {
    installed: Arc<Installed>,
    releases: Arc<dyn Releases>,
    /// The turn to install a plugin: one at a time.
    installing: Arc<Semaphore>,
    /// The last wish for each plugin that this server has taken.
    taken: Mutex<BTreeMap<PluginId, i64>>,
}

/// A release that serves on this server, and is desired on all.
pub(crate) struct RolledOut {
    pub(crate) plugin: PluginId,
    pub(crate) digest: ReleaseDigest,
    pub(crate) revision: i64,
    /// The version before it, on this server.
    pub(crate) replaced: Option<String>,
    /// The part that has to be compiled still.
    pub(crate) begun: Begun,
}

/// A reason why this server does not run what is desired.
#[derive(Debug, thiserror::Error)]
enum TakeError {
    #[error(
        "the folder `{}` holds files of {plugin} that no release has, so the desired release {wanted} does not \
         take its place: remove the folder, or install what is in it",
        Printable::new(folder)
    )]
    OtherSource {
        folder: String,
        plugin: PluginId,
        wanted: String,
    },
    #[error("the files of the desired release {0} are not kept: install the plugin again")]
    NoArchive(ReleaseDigest),
    #[error(transparent)]
    Install(#[from] InstallError),
    #[error(transparent)]
    Releases(#[from] ReleaseError),
    #[error("the directory of plugins cannot be read or written: {0}")]
    Folder(#[from] io::Error),
}

/// A plugin's folder in this server's directory.
struct Found {
    folder: PluginFolder,
    /// The release that its files are, if they can be packed.
    digest: Option<ReleaseDigest>,
}

impl Rollout {
    pub(crate) fn new(installed: Arc<Installed>, releases: Arc<dyn Releases>) -> Self {
        Self {
            installed,
            releases,
            installing: Arc::new(Semaphore::new(1)),
            taken: Mutex::default(),
        }
    }

    /// Begins an installation, with a place for the archive. Until what is returned is dropped, no
    /// other one can begin.
    pub(crate) fn begin(&self) -> Result<Staging, InstallError> {
        let turn = Arc::clone(&self.installing).try_acquire_owned();
        let turn = turn.map_err(|_| InstallError::Busy)?;
        Ok(Staging::begin(self.installed.directory(), turn)?)
    }

    /// Installs the plugin in a staging folder's archive here, and makes it the desired release.
    pub(crate) async fn install(&self, staging: Staging) -> Result<RolledOut, InstallError> {
        let (_staging, path) = unpack(staging).await?;
        let prepared = self.installed.prepare(path).await?;
        self.roll_out(&prepared).await
    }

    /// Installs a version that was staged before.
    pub(crate) async fn promote(&self, staged: &Staged) -> Result<RolledOut, InstallError> {
        let turn = Arc::clone(&self.installing).try_acquire_owned();
        let _turn = turn.map_err(|_| InstallError::Busy)?;
        let prepared = self.installed.prepare_again(staged).await?;
        self.roll_out(&prepared).await
    }

    /// Installs a release of before: the one whose digest begins with `name`, or whose version it
    /// is; without a name, the one that was installed before the desired one.
    pub(crate) async fn roll_back(
        &self,
        plugin: &PluginId,
        name: Option<&str>,
    ) -> Result<RolledOut, InstallError> {
        let known = self.releases.of(plugin).await?;
        let present = self
            .desired(plugin)
            .await?
            .and_then(|desired| desired.digest);
        let is_meant = |release: &&Release| match name {
            Some(name) => release.digest.as_str().starts_with(name) || release.version == name,
            None => release.is_kept && Some(&release.digest) != present.as_ref(),
        };
        let Some(release) = known.iter().find(is_meant) else {
            return Err(InstallError::NoRelease {
                plugin: plugin.clone(),
                name: name.map(str::to_owned),
            });
        };
        let staging = self.begin()?;
        if !self.fetch(&release.digest, &staging).await? {
            return Err(InstallError::NotKept {
                version: release.version.clone(),
                digest: release.digest.clone(),
            });
        }
        self.install(staging).await
    }

    async fn roll_out(&self, prepared: &Prepared) -> Result<RolledOut, InstallError> {
        // As they are now: the folder moves.
        let archive = packed(prepared.path.clone()).await?;
        let release = Release {
            digest: ReleaseDigest::of(&archive),
            plugin: prepared.id.clone(),
            version: prepared.named.clone(),
            bytes: archive.len() as u64,
            installed_at: timestamp(Utc::now()),
            is_kept: true,
        };
        let is_new = self.releases.keep(&release, &archive).await?;
        let (replaced, begun) = match self.installed.put_in_place(prepared).await {
            Ok(put) => put,
            Err(error) => {
                if is_new {
                    self.forget(&release).await;
                }
                return Err(error);
            }
        };
        let plugin = release.plugin;
        let digest = release.digest;
        let revision = self.releases.desire(&plugin, Some(&digest)).await?;
        self.taken().insert(plugin.clone(), revision);
        self.releases.report(&plugin, revision, None).await?;
        Ok(RolledOut {
            plugin,
            digest,
            revision,
            replaced,
            begun,
        })
    }

    /// Forgets a release that does not serve here: nobody is to go back to it.
    async fn forget(&self, release: &Release) {
        if let Err(error) = self.releases.forget(&release.digest).await {
            let plugin = &release.plugin;
            tracing::warn!(%plugin, %error, "a release that does not serve is kept");
        }
    }

    /// Notes that a plugin is to be on no server, and returns the revision of that wish; `None` if
    /// it never was a release.
    pub(crate) async fn desire_none(&self, plugin: &PluginId) -> Result<Option<i64>, ReleaseError> {
        if self.desired(plugin).await?.is_none() {
            return Ok(None);
        }
        self.desire_absence(plugin).await.map(Some)
    }

    /// Notes that a plugin is to be on no server, whether or not it was a release, and returns the
    /// revision of that wish.
    pub(crate) async fn desire_absence(&self, plugin: &PluginId) -> Result<i64, ReleaseError> {
        let revision = self.releases.desire(plugin, None).await?;
        self.taken().insert(plugin.clone(), revision);
        self.releases.report(plugin, revision, None).await?;
        Ok(revision)
    }

    /// Waits until nobody installs or loads a plugin on this server, and returns the absence of one
    /// that is on no server by this wish.
    pub(crate) async fn absence(
        &self,
        plugin: &PluginId,
        revision: i64,
    ) -> Result<Absence, RemovalError> {
        let turn = Arc::clone(&self.installing).acquire_owned().await;
        let turn = turn.map_err(io::Error::other)?;
        let changing = Arc::clone(&self.installed.changing).lock_owned().await;
        if self.installed.folder(plugin).is_some() {
            return Err(RemovalError::CameBack(plugin.clone()));
        }
        Ok(Absence {
            revision,
            _installing: turn,
            _changing: changing,
        })
    }

    /// Returns every server that lives and what has become of a wish there, once all have taken it,
    /// or after 30 s.
    pub(crate) async fn everywhere(
        &self,
        plugin: &PluginId,
        revision: i64,
    ) -> Result<Vec<NodeRelease>, ReleaseError> {
        let end = Instant::now() + ROLL_OUT;
        loop {
            let nodes = self.releases.nodes(plugin).await?;
            let has_taken = |node: &NodeRelease| node.revision >= Some(revision);
            if nodes.iter().all(has_taken) || Instant::now() >= end {
                return Ok(nodes);
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// Returns a plugin's releases, and how far each server is.
    pub(crate) async fn releases(&self, plugin: &PluginId) -> Result<PluginReleases, ReleaseError> {
        let desired = self.desired(plugin).await?;
        Ok(PluginReleases {
            revision: desired.as_ref().map(|desired| desired.revision),
            desired: desired.and_then(|desired| desired.digest),
            releases: self.releases.of(plugin).await?,
            nodes: self.releases.nodes(plugin).await?,
        })
    }

    /// Takes each wish that this server has not taken yet, and reports what became of it. One whose
    /// plugin fails here is not tried again before it changes.
    ///
    /// # Errors
    ///
    /// The memory of releases cannot be read or written: the rest is taken when this is called
    /// again.
    pub(crate) async fn take_desired(&self) -> Result<(), ReleaseError> {
        for desired in self.releases.desired().await? {
            let last = self.taken().get(&desired.plugin).copied();
            if last >= Some(desired.revision) {
                continue;
            }
            // Whoever installs it here follows another wish, which is not known yet.
            let turn = match desired.digest {
                None => Some(Arc::clone(&self.installing).acquire_owned().await),
                Some(_) => None,
            };
            if turn.is_some() && self.desired(&desired.plugin).await? != Some(desired.clone()) {
                continue;
            }
            let problem = match self.take(&desired).await {
                Ok(problem) => problem,
                Err(TakeError::Releases(error)) => return Err(error),
                Err(error) => Some(error.to_string()),
            };
            if let Some(problem) = &problem {
                tracing::error!(
                    plugin = %desired.plugin,
                    reason = problem,
                    problem = "release-not-serving",
                    "the desired release of the plugin does not serve on this server"
                );
            }
            let (plugin, revision) = (&desired.plugin, desired.revision);
            self.releases
                .report(plugin, revision, problem.as_deref())
                .await?;
            self.taken().insert(desired.plugin, revision);
        }
        Ok(())
    }

    /// Forgets which wishes were taken.
    pub(crate) fn report_anew(&self) {
        self.taken().clear();
    }

    /// Makes this server's directory hold what is desired, and returns why that does not serve, if
    /// it does not.
    async fn take(&self, desired: &Desired) -> Result<Option<String>, TakeError> {
        let found = self.found(&desired.plugin).await?;
        if let Some(found) = &found {
            if found.digest.is_some() && found.digest == desired.digest {
                return Ok(self.installed.failure(&found.folder));
            }
            let known = self.releases.of(&desired.plugin).await?;
            let is_release = known
                .iter()
                .any(|release| found.digest.as_ref() == Some(&release.digest));
            if !is_release {
                let wanted = desired.digest.as_ref();
                return Err(TakeError::OtherSource {
                    folder: found.folder.name(),
                    plugin: desired.plugin.clone(),
                    wanted: wanted.map_or_else(|| "(none)".to_owned(), ToString::to_string),
                });
            }
        }
        match (&desired.digest, found) {
            (Some(digest), _) => {
                let staging = self.begin_in_turn().await?;
                if !self.fetch(digest, &staging).await? {
                    return Err(TakeError::NoArchive(digest.clone()));
                }
                let (_staging, path) = unpack(staging).await?;
                let prepared = self.installed.prepare(path).await?;
                let (_, begun) = self.installed.put_in_place(&prepared).await?;
                drop(begun);
                let folder = self.installed.folder(&desired.plugin);
                Ok(folder.and_then(|folder| self.installed.failure(&folder)))
            }
            (None, Some(found)) => {
                let ending = self.installed.delete(&found.folder).await?;
                let is_over = ending.ends_within(self.installed.longest_end()).await;
                Ok((!is_over).then(|| STILL_RUNS.to_owned()))
            }
            (None, None) => Ok(None),
        }
    }

    /// Returns what the directory holds of a plugin.
    async fn found(&self, plugin: &PluginId) -> io::Result<Option<Found>> {
        let Some(folder) = self.installed.folder(plugin) else {
            return Ok(None);
        };
        let path = folder.path().to_owned();
        let packed = tokio::task::spawn_blocking(move || pack(&path)).await;
        let packed = packed.map_err(io::Error::other)?;
        let digest = packed.ok().map(|archive| ReleaseDigest::of(&archive));
        Ok(Some(Found { folder, digest }))
    }

    /// Writes the archive of a release to its place in a staging folder, and returns false if it is
    /// not kept.
    async fn fetch(&self, digest: &ReleaseDigest, staging: &Staging) -> Result<bool, FetchError> {
        let Some(archive) = self.releases.archive(digest).await? else {
            return Ok(false);
        };
        tokio::fs::write(staging.archive(), archive).await?;
        Ok(true)
    }

    async fn begin_in_turn(&self) -> io::Result<Staging> {
        let turn = Arc::clone(&self.installing).acquire_owned().await;
        Staging::begin(self.installed.directory(), turn.map_err(io::Error::other)?)
    }

    async fn desired(&self, plugin: &PluginId) -> Result<Option<Desired>, ReleaseError> {
        let desired = self.releases.desired().await?;
        Ok(desired
            .into_iter()
            .find(|desired| desired.plugin == *plugin))
    }

    fn taken(&self) -> MutexGuard<'_, BTreeMap<PluginId, i64>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reason why an archive does not come to its place.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error(transparent)]
    Releases(#[from] ReleaseError),
    #[error("the archive cannot be written: {0}")]
    Write(#[from] io::Error),
}

impl From<FetchError> for InstallError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Releases(error) => error.into(),
            FetchError::Write(error) => error.into(),
        }
    }
}

impl From<FetchError> for TakeError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Releases(error) => error.into(),
            FetchError::Write(error) => error.into(),
        }
    }
}

/// Packs a folder, on a thread for blocking work.
async fn packed(path: PathBuf) -> Result<Vec<u8>, InstallError> {
    let packed = tokio::task::spawn_blocking(move || pack(&path)).await;
    match packed.map_err(io::Error::other)? {
        Ok(archive) => Ok(archive),
        Err(PackError::Load(error)) => Err(error.into()),
        Err(error) => Err(io::Error::other(error).into()),
    }
}
