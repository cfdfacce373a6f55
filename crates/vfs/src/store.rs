//! The provider.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use raisfast_contract::PluginId;
use raisfast_host_api::{
    ApiError, ErrorCode,
    capability::{FileStat, Vfs, VfsLimits},
};

use crate::{
    PluginPath, S3Credentials, VfsError,
    storage::{Found, Storage, invalid},
    usage::{Ledgers, MAX_FILES, OwnLedgers, Turn, Usage},
};

/// Bytes of a file that is read. A plugin's own files are smaller by their quota; this is for files
/// that an operator put into its tree.
const MAX_READ_BYTES: u64 = 64 << 20;

/// The trees of all plugins on one storage. One store at a time opens a local folder, or a bucket's
/// prefix, unless all have the same [ledgers](Self::with_ledgers): two would each count a plugin's
/// quota without the other.
#[derive(Debug)]
pub struct VfsStore {
    storage: Storage,
    ledgers: Arc<dyn Ledgers>,
}

impl VfsStore {
    /// Opens the storage at an address:
    ///
    /// - `fs:///a/folder`, made where it is missing; `fs://a/folder` is relative to the working
    ///   directory;
    /// - `s3://bucket/prefix?region=eu-central-1`, with `&endpoint=https://…` where the server is
    ///   not AWS's, and `&virtual_host=true` where the bucket belongs into the host's name.
    ///   Credentials come from the environment, as AWS's own tools look for them: variables,
    ///   profile, role;
    /// - `memory://`, which forgets everything when it is dropped.
    ///
    /// Nothing is asked of a bucket yet: [`check`](Self::check) does that.
    pub fn open(uri: &str) -> Result<Self, VfsError> {
        Self::open_as(uri, None)
    }

    /// As [`open`](Self::open), with credentials that are used in place of the environment's.
    pub fn open_as(uri: &str, credentials: Option<&S3Credentials>) -> Result<Self, VfsError> {
        Ok(Self {
            storage: Storage::open(uri, credentials)?,
            ledgers: Arc::new(OwnLedgers::default()),
        })
    }

    /// Counts files with others who use the same storage.
    #[must_use]
    pub fn with_ledgers(self, ledgers: Arc<dyn Ledgers>) -> Self {
        Self { ledgers, ..self }
    }

    /// Returns the folder of all trees, where a URI leads to one on a local file system.
    pub fn folder_of(uri: &str) -> Option<PathBuf> {
        match uri.split_once("://") {
            Some(("fs", folder)) if !folder.is_empty() => Some(folder.into()),
            _ => None,
        }
    }

    /// Checks that the storage responds, so that a wrong address is reported at the start and not
    /// with the first file.
    pub async fn check(&self) -> Result<(), VfsError> {
        self.storage.check().await
    }

    /// Returns the number and bytes of a plugin's files. The first time after a start the whole
    /// tree is looked at, as for a write; after that nothing is.
    pub async fn usage(&self, plugin: &PluginId) -> Result<Usage, ApiError> {
        if let Some(usage) = self.ledgers.usage(plugin).await? {
            return Ok(usage);
        }
        let turn = self.ledgers.turn(plugin).await?;
        let usage = match turn.usage() {
            Some(usage) => usage,
            None => count(&self.storage, plugin).await?,
        };
        turn.end(Some(usage)).await;
        Ok(usage)
    }

    /// Returns the plugins that have files, whether or not they are installed.
    pub async fn plugins(&self) -> Result<Vec<PluginId>, ApiError> {
        self.storage.trees().await
    }

    /// Keeps everybody from changing a plugin's files, until the tree is deleted or the value that
    /// is returned is dropped.
    pub async fn hold_tree(&self, plugin: &PluginId) -> Result<HeldTree, ApiError> {
        Ok(HeldTree {
            turn: self.ledgers.turn(plugin).await?,
            storage: self.storage.clone(),
            plugin: plugin.clone(),
        })
    }

    async fn find(&self, plugin: &PluginId, path: &str) -> Result<(PluginPath, Found), ApiError> {
        let path = parse(path)?;
        let found = self.storage.find(plugin, &path).await?;
        Ok((path, found))
    }
}

/// The tree of a plugin, which nobody else changes. If it is dropped, its files stay.
pub struct HeldTree {
    turn: Box<dyn Turn>,
    storage: Storage,
    plugin: PluginId,
}

impl HeldTree {
    /// Deletes all files in the tree, also those that the plugin could not name, and the tree.
    pub async fn delete(self) -> Result<(), ApiError> {
        self.turn.check()?;
        self.storage.delete_tree(&self.plugin).await?;
        let nothing = Usage { files: 0, bytes: 0 };
        self.turn.end(Some(nothing)).await;
        Ok(())
    }
}

#[async_trait]
impl Vfs for VfsStore {
    async fn read(&self, plugin: &PluginId, path: &str) -> Result<Option<String>, ApiError> {
        let (path, Found::File(file)) = self.find(plugin, path).await? else {
            return Ok(None);
        };
        if file.size > MAX_READ_BYTES {
            return Err(ApiError::new(
                ErrorCode::TooLarge,
                format!(
                    "`{path}` has {} bytes, the most that can be read is {MAX_READ_BYTES}",
                    file.size
                ),
            ));
        }
        let Some(bytes) = self.storage.read(plugin, &path).await? else {
            return Ok(None);
        };
        String::from_utf8(bytes).map(Some).map_err(|_| {
            invalid(format!(
                "`{path}` is not UTF-8 text, and only text can be read"
            ))
        })
    }

    async fn write(
        &self,
        plugin: &PluginId,
        path: &str,
        content: &str,
        limits: VfsLimits,
    ) -> Result<(), ApiError> {
        let path = parse(path)?;
        if path.is_root() {
            return Err(invalid(
                "the empty path is the folder of all files; name a file in it".to_owned(),
            ));
        }
        let size = content.len() as u64;
        if size > limits.file_bytes {
            return Err(over_quota(format!(
                "`{path}` would have {size} bytes, the limit of a file is {}",
                limits.file_bytes
            )));
        }
        let (storage, ledgers) = (self.storage.clone(), Arc::clone(&self.ledgers));
        let (plugin, content) = (plugin.clone(), content.to_owned());
        to_the_end(async move {
            let turn = ledgers.turn(&plugin).await?;
            let usage = match turn.usage() {
                Some(usage) => usage,
                None => count(&storage, &plugin).await?,
            };
            let after = match usage_after_write(&storage, &plugin, &path, usage, size, limits).await
            {
                Ok(after) => after,
                Err(refusal) => {
                    turn.end(Some(usage)).await;
                    return Err(refusal);
                }
            };
            turn.check()?;
            storage.write(&plugin, &path, content).await?;
            turn.end(Some(after)).await;
            Ok(())
        })
        .await
    }

    async fn delete(&self, plugin: &PluginId, path: &str) -> Result<bool, ApiError> {
        let path = parse(path)?;
        let (storage, ledgers) = (self.storage.clone(), Arc::clone(&self.ledgers));
        let plugin = plugin.clone();
        to_the_end(async move {
            let turn = ledgers.turn(&plugin).await?;
            let usage = turn.usage();
            let file = match storage.find(&plugin, &path).await {
                Ok(Found::File(file)) => file,
                found => {
                    turn.end(usage).await;
                    return found.map(|_| false);
                }
            };
            turn.check()?;
            storage.delete(&plugin, &path).await?;
            let after = usage.map(|usage| Usage {
                files: usage.files.saturating_sub(1),
                bytes: usage.bytes.saturating_sub(file.size),
            });
            turn.end(after).await;
            Ok(true)
        })
        .await
    }

    async fn exists(&self, plugin: &PluginId, path: &str) -> Result<bool, ApiError> {
        let (_, found) = self.find(plugin, path).await?;
        Ok(!matches!(found, Found::Nothing))
    }

    async fn list(&self, plugin: &PluginId, path: &str) -> Result<Option<Vec<String>>, ApiError> {
        let (path, Found::Folder) = self.find(plugin, path).await? else {
            return Ok(None);
        };
        let mut names = self.storage.names(plugin, &path).await?;
        names.sort_unstable();
        Ok(Some(names))
    }

    async fn stat(&self, plugin: &PluginId, path: &str) -> Result<Option<FileStat>, ApiError> {
        let (_, found) = self.find(plugin, path).await?;
        Ok(match found {
            Found::Nothing => None,
            Found::Folder => Some(FileStat {
                size: 0,
                is_dir: true,
                modified: None,
            }),
            Found::File(file) => Some(file),
        })
    }
}

fn parse(path: &str) -> Result<PluginPath, ApiError> {
    path.parse()
        .map_err(|error: crate::InvalidPath| invalid(error.to_string()))
}

fn over_quota(message: String) -> ApiError {
    ApiError::new(ErrorCode::Quota, message)
}

/// Runs a change that must not stop halfway, even when nobody waits for it any more.
async fn to_the_end<T: Send + 'static>(
    change: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::spawn(change).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(ApiError::new(
                ErrorCode::Internal,
                "the server is shutting down",
            )),
        },
    }
}

async fn count(storage: &Storage, plugin: &PluginId) -> Result<Usage, ApiError> {
    let sizes = storage.sizes(plugin).await?;
    Ok(Usage {
        files: sizes.len() as u64,
        bytes: sizes.iter().sum(),
    })
}

/// Returns the plugin's usage once the file is written; an error where it may not be.
async fn usage_after_write(
    storage: &Storage,
    plugin: &PluginId,
    path: &PluginPath,
    usage: Usage,
    size: u64,
    limits: VfsLimits,
) -> Result<Usage, ApiError> {
    let replaced = match storage.find(plugin, path).await? {
        Found::File(file) => Some(file.size),
        Found::Folder => {
            return Err(invalid(format!(
                "`{path}` is a folder; delete the files in it, or choose another name"
            )));
        }
        Found::Nothing => {
            if let Some(file) = storage.file_above(plugin, path).await? {
                return Err(invalid(format!(
                    "`{file}` is a file, so nothing can be written below it"
                )));
            }
            None
        }
    };
    let after = Usage {
        files: usage.files + u64::from(replaced.is_none()),
        bytes: usage.bytes.saturating_sub(replaced.unwrap_or(0)) + size,
    };
    if after.bytes > limits.total_bytes && after.bytes > usage.bytes {
        return Err(over_quota(format!(
            "the plugin would keep {} bytes in files, the limit is {}; delete files it no longer needs, or raise the limit in the manifest",
            after.bytes, limits.total_bytes
        )));
    }
    if after.files > MAX_FILES && replaced.is_none() {
        return Err(over_quota(format!(
            "the plugin keeps {} files, which is the limit; delete files it no longer needs",
            usage.files
        )));
    }
    Ok(after)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use opendal::{
        Operator,
        layers::{LoggingInterceptor, LoggingLayer},
        raw::{Operation, ServiceInfo},
        services::Memory,
    };

    use super::*;

    /// The requests to a storage, like `list com.example.shop/posts/`.
    #[derive(Debug, Clone, Default)]
    struct Questions(Arc<Mutex<Vec<String>>>);

    impl LoggingInterceptor for Questions {
        fn log(
            &self,
            _: &ServiceInfo,
            operation: Operation,
            context: &[(&str, &str)],
            message: &str,
            _: Option<&opendal::Error>,
        ) {
            if message == "started" {
                let path = context.iter().find(|(name, _)| *name == "path");
                let path = path.map_or("", |(_, path)| path);
                self.0.lock().unwrap().push(format!("{operation} {path}"));
            }
        }
    }

    /// Returns the requests that one new file, and all that can be done with it, makes to a storage
    /// of keys, where its folder holds this many others.
    async fn questions_beside(others: usize) -> Vec<String> {
        let questions = Questions::default();
        let memory = Operator::new(Memory::default()).unwrap();
        let files = VfsStore {
            storage: Storage::of_keys(
                "memory://".to_owned(),
                memory.layer(LoggingLayer::new(questions.clone())),
            ),
            ledgers: Arc::new(OwnLedgers::default()),
        };
        let shop = "com.example.shop".parse().unwrap();
        let limits = VfsLimits {
            file_bytes: 100,
            total_bytes: 1 << 20,
        };
        for other in 0..others {
            let path = format!("posts/{other}.json");
            files.write(&shop, &path, "{}", limits).await.unwrap();
        }
        questions.0.lock().unwrap().clear();

        let path = "posts/new.json";
        files.write(&shop, path, "{}", limits).await.unwrap();
        files.write(&shop, path, "[]", limits).await.unwrap();
        assert!(files.exists(&shop, path).await.unwrap());
        assert_eq!(files.stat(&shop, path).await.unwrap().unwrap().size, 2);
        assert_eq!(files.read(&shop, path).await.unwrap().unwrap(), "[]");
        assert!(files.delete(&shop, path).await.unwrap());
        assert_eq!(files.read(&shop, path).await.unwrap(), None);
        questions.0.lock().unwrap().clone()
    }

    #[tokio::test]
    async fn a_file_costs_the_same_in_a_full_folder() {
        let asked = questions_beside(5_000).await;
        assert_eq!(asked, questions_beside(1).await);
        assert!(
            asked.contains(&"write com.example.shop/posts/new.json".to_owned()),
            "{asked:#?}"
        );
        // Only whether the new name is a folder's is asked, never what its own folder holds.
        let listed: Vec<_> = asked
            .iter()
            .filter_map(|asked| asked.strip_prefix("list "))
            .collect();
        assert!(!listed.is_empty());
        for path in listed {
            assert_eq!(path, "com.example.shop/posts/new.json/");
        }
    }
}
