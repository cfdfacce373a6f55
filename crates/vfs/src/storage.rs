//! Where the trees are kept, and what opendal does not do by itself: links and empty folders.

use std::{
    io,
    path::{Path, PathBuf},
};

use opendal::{
    EntryMode, ErrorKind, Metadata, Operator,
    services::{Fs, Memory},
};
use raisfast_host_api::{ApiError, ErrorCode};
use raisfast_types::PluginId;

use crate::PluginPath;

/// A folder beside the trees for files that are being written. No plugin id begins with a dot.
const UNFINISHED: &str = ".unfinished";

/// The storage could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum VfsError {
    /// The address names a storage that this build does not have.
    #[error("`{found}` is no storage for plugin files; write `fs:///a/folder` or `memory://`")]
    Scheme {
        /// The address.
        found: String,
    },
    /// The folder is not there, and cannot be made, or is not usable.
    #[error("the folder for plugin files, {}, cannot be used: {reason}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// The storage refused.
    #[error("the storage for plugin files cannot be opened")]
    Storage(#[from] opendal::Error),
}

/// The storage of all trees.
#[derive(Debug, Clone)]
pub(crate) struct Storage {
    operator: Operator,
    /// The root on the local file system, where links must be looked for.
    local: Option<PathBuf>,
}

/// What a path leads to.
#[derive(Debug)]
pub(crate) enum Found {
    Nothing,
    Folder,
    File(Metadata),
}

/// What stands in a folder.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Folder,
    /// With its size in bytes.
    File(u64),
    /// A link, a device: nothing that a plugin may use.
    Other,
}

impl Storage {
    pub(crate) fn open(uri: &str) -> Result<Self, VfsError> {
        match uri.split_once("://") {
            Some(("memory", "")) => Ok(Self {
                operator: Operator::new(Memory::default())?,
                local: None,
            }),
            Some(("fs", folder)) if !folder.is_empty() => Self::open_folder(Path::new(folder)),
            _ => Err(VfsError::Scheme {
                found: uri.to_owned(),
            }),
        }
    }

    fn open_folder(folder: &Path) -> Result<Self, VfsError> {
        let prepare = || {
            let unfinished = folder.join(UNFINISHED);
            // What a crash left there belongs to no file.
            match std::fs::remove_dir_all(&unfinished) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => std::fs::create_dir_all(&unfinished)?,
            }
            Ok((folder.canonicalize()?, unfinished.canonicalize()?))
        };
        let refuse = |reason| VfsError::Folder {
            folder: folder.to_owned(),
            reason,
        };
        let (root, unfinished) = prepare().map_err(refuse)?;
        let (Some(root_text), Some(unfinished)) = (root.to_str(), unfinished.to_str()) else {
            return Err(refuse(io::Error::other("its name is not UTF-8")));
        };
        let operator = Operator::new(Fs::default().root(root_text).atomic_write_dir(unfinished))?;
        Ok(Self {
            operator,
            local: Some(root),
        })
    }

    /// What the path leads to. A link on the way is an error.
    pub(crate) async fn find(
        &self,
        plugin: &PluginId,
        path: &PluginPath,
    ) -> Result<Found, ApiError> {
        if !self.may_exist(plugin, path).await? {
            return Ok(if path.is_root() {
                Found::Folder
            } else {
                Found::Nothing
            });
        }
        if !path.is_root() {
            match self.operator.stat(&key(plugin, path.as_str())).await {
                Ok(metadata) if metadata.mode() == EntryMode::FILE => {
                    return Ok(Found::File(metadata));
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(failed(plugin, &error)),
            }
        }
        if path.is_root() || self.has_entries(plugin, path.as_str()).await? {
            Ok(Found::Folder)
        } else {
            Ok(Found::Nothing)
        }
    }

    pub(crate) async fn read(
        &self,
        plugin: &PluginId,
        path: &PluginPath,
    ) -> Result<Option<Vec<u8>>, ApiError> {
        match self.operator.read(&key(plugin, path.as_str())).await {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(plugin, &error)),
        }
    }

    /// Writes a file whole; the caller has found that nothing is in its way.
    pub(crate) async fn write(
        &self,
        plugin: &PluginId,
        path: &PluginPath,
        content: String,
    ) -> Result<(), ApiError> {
        let written = self
            .operator
            .write(&key(plugin, path.as_str()), content)
            .await;
        written.map(|_| ()).map_err(|error| failed(plugin, &error))
    }

    /// Deletes a file, and the folders that are empty without it.
    pub(crate) async fn delete(
        &self,
        plugin: &PluginId,
        path: &PluginPath,
    ) -> Result<(), ApiError> {
        self.operator
            .delete(&key(plugin, path.as_str()))
            .await
            .map_err(|error| failed(plugin, &error))?;
        for folder in path.folders() {
            if self.has_entries(plugin, folder).await? {
                break;
            }
            let folder = format!("{}/", key(plugin, folder));
            self.operator
                .delete(&folder)
                .await
                .map_err(|error| failed(plugin, &error))?;
        }
        Ok(())
    }

    /// The names in a folder, folders with `/` at the end, in no order. What a plugin could not name, or
    /// could not open, is left out.
    pub(crate) async fn names(
        &self,
        plugin: &PluginId,
        folder: &PluginPath,
    ) -> Result<Vec<String>, ApiError> {
        let entries = self.entries(plugin, folder.as_str()).await?;
        let nameable = entries
            .into_iter()
            .filter(|(name, _)| name.parse::<PluginPath>().is_ok());
        Ok(nameable
            .filter_map(|(name, kind)| match kind {
                Kind::File(_) => Some(name),
                Kind::Folder => Some(name + "/"),
                Kind::Other => None,
            })
            .collect())
    }

    /// The size of every file in a plugin's tree.
    pub(crate) async fn sizes(&self, plugin: &PluginId) -> Result<Vec<u64>, ApiError> {
        let mut sizes = Vec::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            for (name, kind) in self.entries(plugin, &folder).await? {
                match kind {
                    Kind::File(size) => sizes.push(size),
                    Kind::Folder if folder.is_empty() => folders.push(name),
                    Kind::Folder => folders.push(format!("{folder}/{name}")),
                    Kind::Other => {}
                }
            }
        }
        Ok(sizes)
    }

    async fn has_entries(&self, plugin: &PluginId, folder: &str) -> Result<bool, ApiError> {
        Ok(!self.entries(plugin, folder).await?.is_empty())
    }

    /// What a folder holds; nothing where it is not there.
    async fn entries(
        &self,
        plugin: &PluginId,
        folder: &str,
    ) -> Result<Vec<(String, Kind)>, ApiError> {
        let prefix = if folder.is_empty() {
            format!("{plugin}/")
        } else {
            format!("{plugin}/{folder}/")
        };
        if let Some(root) = &self.local {
            let folder = root.join(prefix);
            let listed = tokio::task::spawn_blocking(move || local_entries(&folder)).await;
            return listed
                .map_err(io::Error::other)
                .flatten()
                .map_err(|error| failed(plugin, &error));
        }
        let listed = self
            .operator
            .list(&prefix)
            .await
            .map_err(|error| failed(plugin, &error))?;
        let named = listed.iter().filter_map(|entry| {
            let name = entry.path().strip_prefix(&prefix)?;
            match name.strip_suffix('/') {
                Some(folder) => Some((folder.to_owned(), Kind::Folder)),
                // The folder lists itself.
                None if name.is_empty() => None,
                None => Some((
                    name.to_owned(),
                    Kind::File(entry.metadata().content_length()),
                )),
            }
        });
        Ok(named.collect())
    }

    /// Walks down a path on the local file system: false where it ends early. What is neither folder nor
    /// file (a link, a device, a pipe) is refused wherever it stands on the way.
    async fn may_exist(&self, plugin: &PluginId, path: &PluginPath) -> Result<bool, ApiError> {
        let Some(root) = &self.local else {
            return Ok(true);
        };
        let mut place = root.join(plugin.as_str());
        let mut names = path.as_str().split('/').filter(|name| !name.is_empty());
        loop {
            let kind = match tokio::fs::symlink_metadata(&place).await {
                Ok(metadata) => metadata.file_type(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(failed(plugin, &error)),
            };
            if !kind.is_dir() && !kind.is_file() {
                return Err(invalid(format!(
                    "`{path}` leads to something that is neither file nor folder; links are not followed"
                )));
            }
            match names.next() {
                None => return Ok(true),
                Some(_) if kind.is_file() => return Ok(false),
                Some(name) => place.push(name),
            }
        }
    }
}

/// The key of a file, or of a folder without its `/`.
fn key(plugin: &PluginId, path: &str) -> String {
    format!("{plugin}/{path}")
}

/// Lists a local folder. opendal's own listing follows links.
fn local_entries(folder: &Path) -> io::Result<Vec<(String, Kind)>> {
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

pub(crate) fn invalid(message: String) -> ApiError {
    ApiError::new(ErrorCode::InvalidArgument, message)
}

/// The storage's own words are for the operator: they may hold paths of the host.
fn failed(plugin: &PluginId, error: &(dyn std::error::Error + 'static)) -> ApiError {
    tracing::error!(%plugin, error, "the storage for plugin files failed");
    ApiError::new(
        ErrorCode::Internal,
        "the storage for plugin files failed; the server's log has the details",
    )
}
