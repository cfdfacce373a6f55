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

use raisfast_contract::{PluginId, Printable};

use super::{
    compiling::Begun,
    installed::{Installed, InstalledPlugin},
    plan::Occasion,
};
use crate::{
    PluginLoadError, PluginState, PluginStatus,
    files::{
        archive::ArchiveError,
        folder::PluginFolder,
        staging::{Staging, exchange},
    },
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
}

/// A plugin that was installed.
#[derive(Debug)]
pub struct Installation {
    /// The state now. A large one may be compiled still.
    pub plugin: PluginStatus,
    /// The version that it has replaced, where there was one.
    pub replaced: Option<String>,
}

/// The place of a plugin in the directory of plugins.
struct Place {
    folder: PluginFolder,
    is_taken: bool,
}

impl Installed {
    /// Installs the plugin in a staging folder's archive, and returns its id, the version before it
    /// and what has to be compiled still.
    pub(crate) async fn install(
        self: &Arc<Self>,
        staging: Arc<Staging>,
    ) -> Result<(PluginId, Option<String>, Begun), InstallError> {
        let unpacking = Arc::clone(&staging);
        let read = move || {
            let prepared = unpacking.unpack()?;
            let read = PluginFolder::at(&prepared).read_manifest()?;
            Ok::<_, InstallError>((prepared, read))
        };
        let (prepared, read) = tokio::task::spawn_blocking(read)
            .await
            .map_err(io::Error::other)??;
        let id = read.manifest.plugin.id.clone();
        self.place_of(&id)?;
        // Compiled here, it is in the cache when its folder is found.
        let loader = &self.options.loader;
        let source = loader.read(PluginFolder::at(&prepared), read).await?;
        loader.load(source, &|| {}).await?;

        let _changing = self.changing.lock().await;
        // Meanwhile somebody else may have got it.
        let place = self.place_of(&id)?;
        let replaced = self.status(&id).and_then(|status| status.version);
        let begun = self.put(&prepared, &place).await?;
        drop(staging);
        Ok((id, replaced.filter(|_| place.is_taken), begun))
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
            if let (Some(before), Some(plugin)) = (before, self.plugins().get_mut(folder)) {
                before.restore(plugin);
            }
        } else {
            move_to(folder.path(), prepared).await?;
            self.unload(folder);
        }
        Err(InstallError::NotServing { reason })
    }

    /// Returns why what lies in a folder does not serve, if it does not and is not meant to.
    fn failure(&self, folder: &PluginFolder) -> Option<String> {
        let status = self.status_of(folder)?;
        match status.state {
            PluginState::Failed | PluginState::Outdated => status.last_error,
            PluginState::Running | PluginState::Compiling | PluginState::Disabled => None,
        }
    }
}

/// The part of what was known of a folder that another one in its place changes.
struct Remembered {
    stamp: Option<crate::files::folder::Stamp>,
    named: Option<(String, String)>,
    problem: Option<String>,
}

impl Remembered {
    fn of(plugin: &InstalledPlugin) -> Self {
        Self {
            stamp: plugin.stamp.clone(),
            named: plugin.named.clone(),
            problem: plugin.problem.clone(),
        }
    }

    fn restore(self, plugin: &mut InstalledPlugin) {
        plugin.stamp = self.stamp;
        plugin.named = self.named;
        plugin.problem = self.problem;
    }
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
