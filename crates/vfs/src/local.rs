//! Trees in a folder of the local file system: what opendal would do otherwise there. It follows
//! links, and it looks at every file of a folder to say whether there is one.

use std::{
    io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use raisfast_contract::PluginId;
use raisfast_host_api::{ApiError, capability::FileStat};

use crate::{
    PluginPath,
    storage::{Found, Kind, failed, invalid, unlisted},
};

/// The folder of all trees. What a question costs does not depend on how much lies beside the
/// answer; only [`entries`](Self::entries) reads a folder to its end.
#[derive(Debug, Clone)]
pub(crate) struct LocalTrees {
    root: PathBuf,
}

/// The end of a path when no link is followed.
enum End {
    Nothing,
    Folder,
    /// A file, and how many names of the path are left behind it.
    File(FileStat, usize),
    /// A link, a device, a pipe.
    Other,
}

impl LocalTrees {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// See [`Storage::find`](crate::storage::Storage::find).
    pub(crate) async fn find(
        &self,
        plugin: &PluginId,
        path: &PluginPath,
    ) -> Result<Found, ApiError> {
        let end = self.follow(plugin, path).await?;
        if path.is_root() {
            return Ok(Found::Folder);
        }
        match end {
            End::File(file, 0) => Ok(Found::File(file)),
            End::Folder if self.holds_anything(plugin, path).await? => Ok(Found::Folder),
            _ => Ok(Found::Nothing),
        }
    }

    /// See [`Storage::file_above`](crate::storage::Storage::file_above).
    pub(crate) async fn file_above(
        &self,
        plugin: &PluginId,
        path: &PluginPath,
    ) -> Result<Option<String>, ApiError> {
        Ok(match self.follow(plugin, path).await? {
            End::File(_, names_left @ 1..) => path.folders().nth(names_left - 1).map(str::to_owned),
            _ => None,
        })
    }

    /// Removes the folders above a path that are empty. The system itself refuses to remove others,
    /// so nobody has to look into them.
    pub(crate) async fn remove_empty_folders(
        &self,
        plugin: &PluginId,
        path: &PluginPath,
    ) -> Result<(), ApiError> {
        let (tree, path) = (self.tree(plugin), path.clone());
        blocking(plugin, move || {
            for folder in path.folders() {
                match std::fs::remove_dir(tree.join(folder)) {
                    Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => break,
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            Ok(())
        })
        .await
    }

    /// See [`Storage::delete_tree`](crate::storage::Storage::delete_tree).
    pub(crate) async fn delete_tree(&self, plugin: &PluginId) -> Result<(), ApiError> {
        let tree = self.tree(plugin);
        blocking(plugin, move || {
            let metadata = match std::fs::symlink_metadata(&tree) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                metadata => metadata?,
            };
            if metadata.is_dir() {
                std::fs::remove_dir_all(&tree)
            } else {
                std::fs::remove_file(&tree)
            }
        })
        .await
    }

    /// Returns the names of the folders that hold anything.
    pub(crate) async fn trees(&self) -> Result<Vec<String>, ApiError> {
        let root = self.root.clone();
        let listed = tokio::task::spawn_blocking(move || {
            let mut names = Vec::new();
            for (name, kind) in entries(&root)? {
                let is_tree = matches!(kind, Kind::Folder);
                if is_tree && std::fs::read_dir(root.join(&name))?.next().is_some() {
                    names.push(name);
                }
            }
            Ok(names)
        });
        listed
            .await
            .map_err(io::Error::other)
            .flatten()
            .map_err(|error| {
                tracing::error!(%error, "the folder for plugin files cannot be read");
                unlisted()
            })
    }

    /// Returns the entries of a folder; none if it does not exist.
    pub(crate) async fn entries(
        &self,
        plugin: &PluginId,
        folder: &str,
    ) -> Result<Vec<(String, Kind)>, ApiError> {
        let folder = self.tree(plugin).join(folder);
        blocking(plugin, move || entries(&folder)).await
    }

    async fn holds_anything(
        &self,
        plugin: &PluginId,
        folder: &PluginPath,
    ) -> Result<bool, ApiError> {
        let folder = self.tree(plugin).join(folder.as_str());
        blocking(plugin, move || match std::fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            listing => Ok(listing?.next().transpose()?.is_some()),
        })
        .await
    }

    /// Walks down a path. What is neither folder nor file is refused wherever it stands on the way.
    async fn follow(&self, plugin: &PluginId, path: &PluginPath) -> Result<End, ApiError> {
        let (tree, names) = (self.tree(plugin), path.clone());
        match blocking(plugin, move || follow(tree, &names)).await? {
            End::Other => Err(invalid(format!(
                "`{path}` leads to something that is neither file nor folder; links are not followed"
            ))),
            end => Ok(end),
        }
    }

    fn tree(&self, plugin: &PluginId) -> PathBuf {
        self.root.join(plugin.as_str())
    }
}

async fn blocking<T: Send + 'static>(
    plugin: &PluginId,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| failed(plugin, &error))
}

fn follow(tree: PathBuf, path: &PluginPath) -> io::Result<End> {
    let mut place = tree;
    let mut names = path.as_str().split('/').filter(|name| !name.is_empty());
    loop {
        // Of the link itself, where it is one.
        let metadata = match std::fs::symlink_metadata(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(End::Nothing),
            metadata => metadata?,
        };
        if metadata.is_file() {
            return Ok(End::File(file_stat(&metadata), names.count()));
        }
        if !metadata.is_dir() {
            return Ok(End::Other);
        }
        match names.next() {
            None => return Ok(End::Folder),
            Some(name) => place.push(name),
        }
    }
}

fn entries(folder: &Path) -> io::Result<Vec<(String, Kind)>> {
    let listing = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listing => listing?,
    };
    let mut entries = Vec::new();
    for entry in listing {
        let entry = entry?;
        // Of the link itself, where it is one.
        let metadata = match entry.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            metadata => metadata?,
        };
        let kind = match metadata.file_type() {
            kind if kind.is_dir() => Kind::Folder,
            kind if kind.is_file() => Kind::File(metadata.len()),
            _ => Kind::Other,
        };
        entries.push((entry.file_name().to_string_lossy().into_owned(), kind));
    }
    Ok(entries)
}

fn file_stat(metadata: &std::fs::Metadata) -> FileStat {
    FileStat {
        size: metadata.len(),
        is_dir: false,
        modified: metadata.modified().ok().and_then(unix_seconds),
    }
}

fn unix_seconds(time: SystemTime) -> Option<i64> {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).ok(),
        Err(before) => i64::try_from(before.duration().as_secs()).ok().map(|s| -s),
    }
}
