//! Storages to test on.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use raisfast_contract::PluginId;
use raisfast_host_api::{ApiError, ErrorCode, capability::VfsLimits};
use raisfast_test_s3::S3Server;
use raisfast_vfs::{S3Credentials, VfsStore};
use tempfile::TempDir;

pub(crate) const PLENTY: VfsLimits = VfsLimits {
    file_bytes: 1 << 20,
    total_bytes: 10 << 20,
};

/// The place where a store keeps its files.
pub(crate) enum Storage {
    Folder(TempDir),
    Memory,
    S3(S3Server),
}

impl Storage {
    pub(crate) async fn each() -> [Self; 3] {
        let folder = tempfile::tempdir().unwrap();
        [
            Self::Folder(folder),
            Self::Memory,
            Self::S3(S3Server::start().await),
        ]
    }

    /// Another store on it, as after a restart; in memory, an empty one.
    pub(crate) fn open(&self) -> VfsStore {
        match self {
            Self::Folder(folder) => open(folder.path()),
            Self::Memory => VfsStore::open("memory://").unwrap(),
            Self::S3(server) => {
                VfsStore::open_as(&server.uri("trees"), Some(&credentials())).unwrap()
            }
        }
    }

    /// Every file that it holds, as `<plugin id>/<path>`, with its bytes; `None` where nobody can
    /// look.
    pub(crate) fn holds(&self) -> Option<BTreeMap<String, Vec<u8>>> {
        match self {
            Self::Memory => None,
            Self::S3(server) => Some(
                server
                    .keys()
                    .into_iter()
                    .map(|key| {
                        let bytes = server.get(&key).unwrap();
                        (key.strip_prefix("trees/").unwrap().to_owned(), bytes)
                    })
                    .collect(),
            ),
            Self::Folder(folder) => {
                let mut files = BTreeMap::new();
                let mut folders = vec![folder.path().to_owned()];
                while let Some(next) = folders.pop() {
                    for path in entries(&next) {
                        if path.is_dir() {
                            folders.push(path);
                        } else {
                            let name = path.strip_prefix(folder.path()).unwrap().to_str().unwrap();
                            files.insert(name.to_owned(), fs::read(&path).unwrap());
                        }
                    }
                }
                Some(files)
            }
        }
    }
}

/// For messages of tests that fail.
impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folder(_) => "a folder",
            Self::Memory => "memory",
            Self::S3(_) => "S3",
        })
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

/// Runs a test on every storage.
pub(crate) async fn on_each<F: AsyncFn(&Arc<VfsStore>)>(test: F) {
    for storage in Storage::each().await {
        #[expect(clippy::disallowed_macros, reason = "shown where the test fails")]
        {
            eprintln!("on {storage}");
        }
        test(&Arc::new(storage.open())).await;
    }
}

/// A store in a temporary folder, and the folder.
pub(crate) fn local() -> (VfsStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (open(folder.path()), folder)
}

pub(crate) fn open(folder: &Path) -> VfsStore {
    VfsStore::open(&format!("fs://{}", folder.display())).unwrap()
}

pub(crate) fn credentials() -> S3Credentials {
    S3Credentials {
        access_key_id: S3Server::ACCESS_KEY_ID.to_owned(),
        secret_access_key: S3Server::SECRET_ACCESS_KEY.to_owned(),
        session_token: None,
    }
}

pub(crate) fn plugin(id: &str) -> PluginId {
    id.parse().unwrap()
}

pub(crate) fn shop() -> PluginId {
    plugin("com.example.shop")
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, ApiError>) -> ErrorCode {
    result.unwrap_err().code
}
