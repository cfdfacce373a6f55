//! The storages of the trees.

use std::{
    future::ready,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use futures::TryStreamExt;
use opendal::{
    EntryMode, ErrorKind, Operator,
    services::{Fs, Memory},
};
use raisfast_contract::PluginId;
use raisfast_host_api::{ApiError, ErrorCode, capability::FileStat};
use tokio::time::sleep;

#[cfg(feature = "s3")]
use crate::s3::{self, Bucket};
use crate::{PluginPath, S3Credentials, local::LocalTrees};

/// A folder beside the trees for files that are being written. No plugin id begins with a dot.
const UNFINISHED: &str = ".unfinished";

/// Tries after the first where the storage says that another may help.
pub(crate) const RETRIES: usize = 2;
/// Before the first of them; the second waits twice as long.
pub(crate) const RETRY_DELAY: Duration = Duration::from_millis(100);

/// The storage could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum VfsError {
    /// The address names a storage that this build does not have.
    #[error(
        "`{found}` is not a storage for plugin files; write `fs:///a/folder`, `s3://bucket/prefix` or `memory://`"
    )]
    Scheme {
        /// The address, without what may be secret in it.
        found: String,
    },
    /// The address begins with `s3://`, and is not that of a bucket.
    #[error(
        "`{found}` is not a bucket for plugin files: {reason}; write it like \
         `s3://bucket/prefix?region=eu-central-1`, with `&endpoint=https://…` where the server is not \
         AWS's. \
         Credentials come from the environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role"
    )]
    Bucket {
        /// The address, without what may be secret in it.
        found: String,
        /// The part of it that is wrong.
        reason: String,
    },
    /// The address begins with `s3://`, and this build is without S3.
    #[error(
        "this build is without S3: build the server with the feature `s3`, or keep the files of \
         plugins in a folder"
    )]
    NotBuilt,
    /// The storage is there, or not, and cannot be used.
    #[error("the storage for plugin files, `{found}`, cannot be used: {reason}")]
    Unusable {
        /// The address, without what may be secret in it.
        found: String,
        /// The fault, and the advice.
        reason: &'static str,
        /// The storage's error.
        source: Box<opendal::Error>,
    },
    /// The client for S3 could not be made.
    #[error("the client for the storage of plugin files cannot be made")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The folder is not there, and cannot be made, or is not usable.
    #[error("the folder for plugin files, {}, cannot be used: {reason}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system's error.
        reason: io::Error,
    },
    /// The storage refused its settings.
    #[error("the storage for plugin files cannot be opened")]
    Storage(#[from] opendal::Error),
}

/// The storage of all trees.
#[derive(Debug, Clone)]
pub(crate) struct Storage {
    /// The address, for people.
    address: String,
    operator: Operator,
    /// The same place for files that are read, by one request each.
    reads: Operator,
    /// The same place, where it is on the local file system. Other storages have neither links nor
    /// folders, only keys.
    local: Option<LocalTrees>,
}

/// The thing that a path leads to.
#[derive(Debug)]
pub(crate) enum Found {
    Nothing,
    Folder,
    File(FileStat),
}

/// The kind of an entry in a folder.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Folder,
    /// With its size in bytes.
    File(u64),
    /// A link, a device: nothing that a plugin may use.
    Other,
}

impl Storage {
    pub(crate) fn open(uri: &str, credentials: Option<&S3Credentials>) -> Result<Self, VfsError> {
        let address = without_secrets(uri);
        match uri.split_once("://") {
            Some(("memory", "")) => Ok(Self::of_keys(address, Operator::new(Memory::default())?)),
            #[cfg(not(feature = "s3"))]
            Some(("s3", _)) => {
                let _ = credentials;
                Err(VfsError::NotBuilt)
            }
            #[cfg(feature = "s3")]
            Some(("s3", _)) => {
                let Bucket { operator, reads } = s3::open(uri, credentials)?;
                Ok(Self {
                    reads,
                    ..Self::of_keys(address, operator)
                })
            }
            Some(("fs", folder)) if !folder.is_empty() => {
                Self::open_folder(address, Path::new(folder))
            }
            _ => Err(VfsError::Scheme { found: address }),
        }
    }

    /// A storage that has keys and nothing else.
    pub(crate) fn of_keys(address: String, operator: Operator) -> Self {
        Self {
            address,
            reads: operator.clone(),
            operator,
            local: None,
        }
    }

    /// Asks the storage for anything at all.
    pub(crate) async fn check(&self) -> Result<(), VfsError> {
        let asked = async {
            let mut keys = self.operator.lister_with("").limit(1).await?;
            keys.try_next().await
        };
        match asked.await {
            Ok(_) => Ok(()),
            Err(source) => Err(VfsError::Unusable {
                found: self.address.clone(),
                reason: match source.kind() {
                    ErrorKind::NotFound | ErrorKind::ConfigInvalid => {
                        "there is no such bucket; make it, or correct its name, region or endpoint"
                    }
                    ErrorKind::PermissionDenied => {
                        "access is denied; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role, have to allow listing, reading, writing and deleting there"
                    }
                    _ => {
                        "it does not answer as it should; are its endpoint and region right, and is it running?"
                    }
                },
                source: Box::new(source),
            }),
        }
    }

    fn open_folder(address: String, folder: &Path) -> Result<Self, VfsError> {
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
            address,
            reads: operator.clone(),
            operator,
            local: Some(LocalTrees::new(root)),
        })
    }

    /// Finds the thing that the path leads to; an empty folder does not exist. A link on the way is
    /// an error.
    pub(crate) async fn find(
        &self,
        plugin: &PluginId,
        path: &PluginPath,
    ) -> Result<Found, ApiError> {
        if let Some(local) = &self.local {
            return local.find(plugin, path).await;
        }
        if path.is_root() {
            return Ok(Found::Folder);
        }
        if let Some(file) = self.file(plugin, path.as_str()).await? {
            return Ok(Found::File(file));
        }
        Ok(if self.is_prefix(plugin, path).await? {
            Found::Folder
        } else {
            Found::Nothing
        })
    }

    /// The file that stands where this path needs a folder.
    pub(crate) async fn file_above(
        &self,
        plugin: &PluginId,
        path: &PluginPath,
    ) -> Result<Option<String>, ApiError> {
        if let Some(local) = &self.local {
            return local.file_above(plugin, path).await;
        }
        for folder in path.folders() {
            if self.file(plugin, folder).await?.is_some() {
                return Ok(Some(folder.to_owned()));
            }
        }
        Ok(None)
    }

    pub(crate) async fn read(
        &self,
        plugin: &PluginId,
        path: &PluginPath,
    ) -> Result<Option<Vec<u8>>, ApiError> {
        let key = key(plugin, path.as_str());
        let mut delay = RETRY_DELAY;
        for _ in 0..RETRIES {
            match self.reads.read(&key).await {
                Err(error) if error.is_temporary() => {
                    tracing::warn!(%plugin, %error, "a file of a plugin could not be read; it is read again from its beginning");
                    sleep(delay).await;
                    delay *= 2;
                }
                read => return whole(plugin, read),
            }
        }
        whole(plugin, self.reads.read(&key).await)
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
        match &self.local {
            Some(local) => local.remove_empty_folders(plugin, path).await,
            None => Ok(()),
        }
    }

    /// Deletes a plugin's tree with all that is in it. A link is deleted, and not followed.
    pub(crate) async fn delete_tree(&self, plugin: &PluginId) -> Result<(), ApiError> {
        if let Some(local) = &self.local {
            return local.delete_tree(plugin).await;
        }
        let prefix = format!("{plugin}/");
        let deleted = async {
            let mut keys = self.operator.lister_with(&prefix).recursive(true).await?;
            while let Some(entry) = keys.try_next().await? {
                self.operator.delete(entry.path()).await?;
            }
            Ok(())
        };
        deleted
            .await
            .map_err(|error: opendal::Error| failed(plugin, &error))
    }

    /// The plugins that have a tree, in order. What has another name is nobody's.
    pub(crate) async fn trees(&self) -> Result<Vec<PluginId>, ApiError> {
        let names = if let Some(local) = &self.local {
            local.trees().await?
        } else {
            let listed = self.operator.list("").await.map_err(|error| {
                tracing::error!(%error, "the storage for plugin files failed");
                unlisted()
            })?;
            let names = listed.iter().filter_map(|it| it.path().strip_suffix('/'));
            names.map(str::to_owned).collect()
        };
        let mut plugins: Vec<PluginId> =
            names.iter().filter_map(|name| name.parse().ok()).collect();
        plugins.sort_unstable();
        Ok(plugins)
    }

    /// The names in a folder, folders with `/` at the end, in no order. What a plugin could not
    /// name, or could not open, is left out.
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
        let Some(local) = &self.local else {
            return self.sizes_of_keys(plugin).await;
        };
        let mut sizes = Vec::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            for (name, kind) in local.entries(plugin, &folder).await? {
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

    /// Keys lie side by side, whatever folders their names speak of.
    async fn sizes_of_keys(&self, plugin: &PluginId) -> Result<Vec<u64>, ApiError> {
        let prefix = format!("{plugin}/");
        let sizes = async {
            let keys = self.operator.lister_with(&prefix).recursive(true).await?;
            keys.try_filter(|entry| ready(!entry.path().ends_with('/')))
                .map_ok(|entry| entry.metadata().content_length())
                .try_collect()
                .await
        };
        sizes
            .await
            .map_err(|error: opendal::Error| failed(plugin, &error))
    }

    /// The file of this key.
    async fn file(&self, plugin: &PluginId, path: &str) -> Result<Option<FileStat>, ApiError> {
        match self.operator.stat(&key(plugin, path)).await {
            Ok(metadata) if metadata.mode() == EntryMode::FILE => Ok(Some(FileStat {
                size: metadata.content_length(),
                is_dir: false,
                modified: metadata
                    .last_modified()
                    .map(|time| time.into_inner().as_second()),
            })),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(plugin, &error)),
        }
    }

    /// Returns whether there are keys below this one. No more are asked for than answer that.
    async fn is_prefix(&self, plugin: &PluginId, path: &PluginPath) -> Result<bool, ApiError> {
        let prefix = key(plugin, path.as_str()) + "/";
        let found = async {
            // The prefix may be a key, too.
            let mut keys = self.operator.lister_with(&prefix).limit(2).await?;
            while let Some(entry) = keys.try_next().await? {
                if entry.path() != prefix {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        found
            .await
            .map_err(|error: opendal::Error| failed(plugin, &error))
    }

    /// Returns the entries of a folder; none if it does not exist.
    async fn entries(
        &self,
        plugin: &PluginId,
        folder: &str,
    ) -> Result<Vec<(String, Kind)>, ApiError> {
        if let Some(local) = &self.local {
            return local.entries(plugin, folder).await;
        }
        let prefix = if folder.is_empty() {
            format!("{plugin}/")
        } else {
            format!("{plugin}/{folder}/")
        };
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
}

/// The bytes of a file, if there is one.
fn whole(
    plugin: &PluginId,
    read: opendal::Result<opendal::Buffer>,
) -> Result<Option<Vec<u8>>, ApiError> {
    match read {
        Ok(bytes) => Ok(Some(bytes.to_vec())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(plugin, &error)),
    }
}

/// The address as it may be shown: without a query, and without what stands before a host.
pub(crate) fn without_secrets(uri: &str) -> String {
    let place = uri.split(['?', '#']).next().unwrap_or_default();
    match (place.split_once("://"), place.rfind('@')) {
        (Some((scheme, _)), Some(at)) => format!("{scheme}://…{}", &place[at..]),
        _ => place.to_owned(),
    }
}

/// The key of a file, or of a folder without its `/`.
fn key(plugin: &PluginId, path: &str) -> String {
    format!("{plugin}/{path}")
}

/// The error where nobody can say which trees there are.
pub(crate) fn unlisted() -> ApiError {
    ApiError::new(
        ErrorCode::Internal,
        "the storage for plugin files failed; the server's log has the details",
    )
}

pub(crate) fn invalid(message: String) -> ApiError {
    ApiError::new(ErrorCode::InvalidArgument, message)
}

/// The storage's own words are for the operator: they may hold paths of the host.
pub(crate) fn failed(plugin: &PluginId, error: &(dyn std::error::Error + 'static)) -> ApiError {
    tracing::error!(%plugin, error, "the storage for plugin files failed");
    unlisted()
}
