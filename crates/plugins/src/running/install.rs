//! A plugin that an administrator sends: checked beside what runs, then put in its place.
//!
//! Nothing that is seen changes before the new files have passed all checks and their code is
//! compiled. If they do not serve all the same, what was in their place is there again, and what
//! ran goes on.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use raisfast_contract::{PluginId, Printable, TablePrefix};
use raisfast_health::Version;
use raisfast_manifest::Manifest;

use super::{
    compiling::Begun,
    installed::{Installed, InstalledPlugin},
    loader::Playable,
    plan::Occasion,
};
use crate::{
    Ceilings, NodeRelease, PluginLoadError, PluginSettings, PluginState, PluginStatus, PluginTerms,
    ReleaseDigest, ReleaseError,
    files::{
        archive::ArchiveError,
        folder::PluginFolder,
        staging::{Staging, exchange},
    },
    settings::SettingsSource,
};

/// A reason why a plugin is not installed. What there was before is as it was.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// Only one is installed at a time.
    #[error("another plugin is being installed: try again when it is")]
    Busy,
    /// The archive is not unpacked.
    #[error("the archive is refused: {0}")]
    Archive(#[from] ArchiveError),
    /// It is not a plugin that this server can load.
    #[error("{0}")]
    Load(#[from] PluginLoadError),
    /// It could be loaded, and did not begin to serve.
    #[error("{reason}")]
    NotServing {
        /// The reason, as the plugin's state said it.
        reason: String,
    },
    /// It is another plugin than the one that was named.
    #[error("it is the plugin {found}, and not {plugin}: name that one, or send the other's files")]
    OtherPlugin {
        /// The plugin that was named.
        plugin: PluginId,
        /// The id in its manifest.
        found: PluginId,
    },
    /// The files are not those that were there before.
    #[error("the staged files of {plugin} have changed: send the version again")]
    Changed {
        /// The plugin.
        plugin: PluginId,
    },
    /// The folder that it would get holds something else.
    #[error(
        "the directory of plugins has a folder `{}` that does not hold the plugin {plugin}: rename that folder",
        Printable::new(folder)
    )]
    Occupied {
        /// The folder.
        folder: String,
        /// The plugin that was to be installed.
        plugin: PluginId,
    },
    /// The folder is a link, which somebody else has set.
    #[error(
        "the plugin's folder `{}` is a link: install the version where the link leads to, in the way that set it",
        Printable::new(folder)
    )]
    Linked {
        /// The folder.
        folder: String,
    },
    /// The folder cannot be written.
    #[error("the directory of plugins cannot be written: {0}")]
    Folder(#[from] io::Error),
    /// It would be forgotten, or no other server would know of it.
    #[error(transparent)]
    Releases(#[from] ReleaseError),
    /// No such release is known.
    #[error("{}", no_release(plugin, name.as_deref()))]
    NoRelease {
        /// The plugin.
        plugin: PluginId,
        /// The version, or the beginning of the digest, that was asked for.
        name: Option<String>,
    },
    /// The files of a release were dropped.
    #[error(
        "the files of version {version} ({digest}) are no longer kept: install it from its folder"
    )]
    NotKept {
        /// The version.
        version: String,
        /// The release.
        digest: ReleaseDigest,
    },
}

fn no_release(plugin: &PluginId, name: Option<&str>) -> String {
    match name {
        Some(name) => format!(
            "{plugin} has no release of version {name}, nor one whose digest begins with that"
        ),
        None => format!("{plugin} has no release before the present one"),
    }
}

/// A plugin that was installed.
#[derive(Debug)]
pub struct Installation {
    /// The state now. A large one may be compiled still.
    pub plugin: PluginStatus,
    /// The version that it has replaced, where there was one.
    pub replaced: Option<String>,
    /// The release that it is.
    pub release: ReleaseDigest,
    /// Every server that lives, and whether it serves there.
    pub nodes: Vec<NodeRelease>,
}

/// The place of a plugin in the directory of plugins.
struct Place {
    folder: PluginFolder,
    is_taken: bool,
}

/// A plugin in a staging folder that passes all checks and whose code is compiled: it could be put
/// in its place.
pub(super) struct Prepared {
    pub(super) path: PathBuf,
    pub(super) id: PluginId,
    /// By its manifest.
    pub(super) named: String,
    pub(super) version: Version,
    pub(super) playable: Option<Playable>,
    manifest: Manifest,
    own_tables: Option<TablePrefix>,
    /// The names of its migrations.
    migrations: Vec<String>,
}

impl Installed {
    /// Returns the terms of the plugin in a staging folder's archive, if it could be put in its
    /// place.
    pub(crate) async fn examine(
        &self,
        staging: Staging,
        ceilings: &Ceilings,
        settings: &SettingsSource,
    ) -> Result<PluginTerms, InstallError> {
        let (_staging, path) = unpack(staging).await?;
        let prepared = self.prepare(path).await?;
        let place = self.place_of(&prepared.id)?;
        let replaced = self.status(&prepared.id).and_then(|status| status.version);
        let resolved = settings.resolve(&prepared.manifest).await;
        let resolved = resolved.map_err(PluginLoadError::from)?;
        let settings = PluginSettings::of(prepared.id.clone(), resolved);
        Ok(PluginTerms::new(
            &prepared.manifest,
            prepared.version.to_string(),
            replaced.filter(|_| place.is_taken),
            prepared.own_tables.as_ref(),
            prepared.migrations,
            ceilings,
            settings,
        ))
    }

    /// Checks an unpacked plugin and compiles it: its code is in the cache then.
    pub(super) async fn prepare(&self, path: PathBuf) -> Result<Prepared, InstallError> {
        let folder = PluginFolder::at(&path);
        let reading = PluginFolder::at(&path);
        let read = tokio::task::spawn_blocking(move || reading.read_manifest())
            .await
            .map_err(io::Error::other)??;
        let id = read.manifest.plugin.id.clone();
        self.place_of(&id)?;
        let loader = &self.options.loader;
        let source = loader.read(folder, read).await?;
        let named = source.manifest.plugin.version.to_string();
        let version = source.version.clone();
        let manifest = source.manifest.clone();
        let own_tables = source.own_tables();
        let migrations = source.migrations();
        let playable = loader.load(source, &|| {}).await?.playable;
        Ok(Prepared {
            path,
            id,
            named,
            version,
            playable,
            manifest,
            own_tables,
            migrations,
        })
    }

    /// Puts a prepared plugin in its place, and returns the version before it and what has to be
    /// compiled still.
    pub(super) async fn put_in_place(
        self: &Arc<Self>,
        prepared: &Prepared,
    ) -> Result<(Option<String>, Begun), InstallError> {
        let _changing = self.changing.lock().await;
        // Meanwhile somebody else may have got it.
        let place = self.place_of(&prepared.id)?;
        let replaced = self.status(&prepared.id).and_then(|status| status.version);
        let begun = self.put(&prepared.path, &place).await?;
        Ok((replaced.filter(|_| place.is_taken), begun))
    }

    /// Returns the place of a plugin: the folder that has its id, or one of that name.
    fn place_of(&self, id: &PluginId) -> Result<Place, InstallError> {
        let holder = self.holders().get(id).cloned();
        let known = self.folder(id).filter(|folder| {
            // Another folder may only wish it had the id.
            holder
                .as_ref()
                .is_none_or(|holder| *holder == folder.name())
        });
        let directory = &self.options.directory;
        let folder = known.unwrap_or_else(|| {
            let name = holder.filter(|name| is_plain(name));
            let name = name.unwrap_or_else(|| id.to_string());
            PluginFolder::named(directory, &name)
        });
        let name = folder.name();
        let found = fs::symlink_metadata(folder.path()).ok();
        if found.as_ref().is_some_and(fs::Metadata::is_symlink) {
            return Err(InstallError::Linked { folder: name });
        }
        let is_its_own = || {
            let plugins = self.plugins();
            let plugin = plugins.get(&folder);
            let known = plugin.and_then(|plugin| plugin.id.as_ref());
            known.map_or_else(
                || self.holders().get(id) == Some(&name),
                |known| known == id,
            )
        };
        if found.is_some() && !is_its_own() {
            return Err(InstallError::Occupied {
                folder: name,
                plugin: id.clone(),
            });
        }
        Ok(Place {
            is_taken: found.is_some(),
            folder,
        })
    }

    /// Puts a prepared folder in its place and loads it. If it does not serve, all is as before.
    async fn put(self: &Arc<Self>, prepared: &Path, place: &Place) -> Result<Begun, InstallError> {
        let Place { folder, is_taken } = place;
        let before = self.plugins().get(folder).map(Remembered::of);
        move_to(prepared, folder.path()).await?;
        let (begun, reason) = match self.take_changes(Occasion::Change).await {
            Ok(begun) => (Some(begun), self.failure(folder)),
            Err(error) => (None, Some(error.to_string())),
        };
        let Some(reason) = reason else {
            return Ok(begun.unwrap_or_default());
        };
        if *is_taken {
            move_to(prepared, folder.path()).await?;
            self.restore(folder, before).await;
        } else {
            move_to(folder.path(), prepared).await?;
            self.unload(folder);
        }
        Err(InstallError::NotServing { reason })
    }

    /// Makes all of a folder's plugin as it was, when its files are there again.
    async fn restore(self: &Arc<Self>, folder: &PluginFolder, before: Option<Remembered>) {
        if let (Some(before), Some(plugin)) = (before, self.plugins().get_mut(folder)) {
            before.restore(plugin);
        }
        // Where nothing ran, the reason for that, and what was refused for it, are found anew.
        if let Err(error) = self.take_changes(Occasion::Change).await {
            tracing::error!(%error, "the directory of plugins cannot be read; what runs stays");
        }
    }

    /// Returns why what lies in a folder does not serve, if it does not and is not meant to.
    pub(super) fn failure(&self, folder: &PluginFolder) -> Option<String> {
        let status = self.status_of(folder)?;
        if !status.needs_settings.is_empty() {
            // They can be set when the files are there: before, nobody knows of them.
            return None;
        }
        match status.state {
            PluginState::Failed | PluginState::Outdated => status.last_error,
            PluginState::Running
            | PluginState::Compiling
            | PluginState::NeedsSettings
            | PluginState::Disabled
            | PluginState::SafeMode => None,
        }
    }
}

/// The part of what was known of a folder that another one in its place changes.
struct Remembered {
    /// None where the folder has to be read again.
    stamp: Option<crate::files::folder::Stamp>,
    named: Option<(String, String)>,
    manifest: Option<Arc<Manifest>>,
    problem: Option<String>,
}

impl Remembered {
    fn of(plugin: &InstalledPlugin) -> Self {
        let is_settled = plugin.running.is_some() && plugin.compiling.is_none();
        Self {
            stamp: plugin.stamp.clone().filter(|_| is_settled),
            named: plugin.named.clone(),
            manifest: plugin.manifest.clone(),
            problem: plugin.problem.clone(),
        }
    }

    fn restore(self, plugin: &mut InstalledPlugin) {
        plugin.stamp = self.stamp;
        plugin.named = self.named;
        plugin.manifest = self.manifest;
        plugin.problem = self.problem;
    }
}

/// Unpacks a staging folder's archive, on a thread for blocking work.
pub(super) async fn unpack(staging: Staging) -> Result<(Staging, PathBuf), InstallError> {
    let unpacking = move || {
        let path = staging.unpack()?;
        Ok::<_, InstallError>((staging, path))
    };
    tokio::task::spawn_blocking(unpacking)
        .await
        .map_err(io::Error::other)?
}

/// Returns whether a name can be that of a folder that is loaded.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}

async fn move_to(prepared: &Path, place: &Path) -> io::Result<()> {
    let (prepared, place): (PathBuf, PathBuf) = (prepared.into(), place.into());
    tokio::task::spawn_blocking(move || exchange(&prepared, &place))
        .await
        .map_err(io::Error::other)?
}
