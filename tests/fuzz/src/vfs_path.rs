//! A path that a plugin names.

use std::{
    fs,
    path::{Component, Path, PathBuf},
    sync::LazyLock,
};

use raisfast_contract::PluginId;
use raisfast_host_api::capability::{Vfs as _, VfsLimits};
use raisfast_vfs::{PluginPath, VfsStore};

use crate::workplace::wait;

const LIMITS: VfsLimits = VfsLimits {
    file_bytes: 1 << 20,
    total_bytes: 10 << 20,
};

/// A path that is accepted is a file of the plugin's own tree, in memory and on the disk, and keeps
/// what is written to it; one that is refused is refused by every function, and leaves nothing
/// behind.
pub(crate) fn vfs_path(input: &[u8]) {
    static PLACE: LazyLock<Place> = LazyLock::new(Place::new);

    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    match text.parse::<PluginPath>() {
        Ok(path) => {
            let inside = text.strip_prefix('/').unwrap_or(text);
            assert_eq!(path.as_str(), inside, "a path stays as it was written");
            let plain = Path::new(inside)
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
            assert!(plain && !inside.starts_with('/'), "{text:?}");
            wait(PLACE.keeps(&PLACE.memory, inside));
            wait(PLACE.keeps(&PLACE.disk, inside));
        }
        Err(error) => {
            assert!(error.to_string().len() < 2_000);
            wait(PLACE.refuses(&PLACE.memory, text));
            wait(PLACE.refuses(&PLACE.disk, text));
        }
    }
    PLACE.is_as_it_was();
}

struct Place {
    plugin: PluginId,
    memory: VfsStore,
    disk: VfsStore,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("vfs");
        fs::create_dir(&root).expect("a folder");
        let disk = format!("fs://{}", root.display());
        let place = Self {
            plugin: "com.example.fuzz".parse().expect("an id"),
            memory: VfsStore::open("memory://").expect("a store"),
            disk: VfsStore::open(&disk).expect("a store"),
            folder,
        };
        let neighbour: PluginId = "com.example.neighbour".parse().expect("an id");
        wait(place.disk.write(&neighbour, "secret", "its own", LIMITS)).expect("a file");
        place
    }

    async fn keeps(&self, store: &VfsStore, path: &str) {
        let plugin = &self.plugin;
        let written = store.write(plugin, path, path, LIMITS).await;
        if path.is_empty() {
            assert!(written.is_err(), "the root is not a file");
            return;
        }
        // A file system may have its own reasons to refuse, but not to do something else.
        if written.is_err() {
            assert_eq!(store.list(plugin, "").await.ok().flatten(), Some(vec![]));
            return;
        }
        let read = store.read(plugin, path).await;
        assert_eq!(read.ok().flatten().as_deref(), Some(path));
        let first = path.split('/').next().unwrap_or(path);
        let name = if first == path {
            first.to_owned()
        } else {
            format!("{first}/")
        };
        let listed = store.list(plugin, "").await;
        assert_eq!(listed.ok().flatten(), Some(vec![name]));
        assert_eq!(store.delete(plugin, path).await.ok(), Some(true));
        assert_eq!(store.list(plugin, "").await.ok().flatten(), Some(vec![]));
    }

    async fn refuses(&self, store: &VfsStore, path: &str) {
        let plugin = &self.plugin;
        assert!(store.write(plugin, path, path, LIMITS).await.is_err());
        assert!(store.read(plugin, path).await.is_err());
        assert!(store.delete(plugin, path).await.is_err());
        assert!(store.exists(plugin, path).await.is_err());
        assert!(store.list(plugin, path).await.is_err());
        assert!(store.stat(plugin, path).await.is_err());
    }

    /// Nothing on the disk but the neighbour's file, which nobody has touched.
    fn is_as_it_was(&self) {
        let mut files = Vec::new();
        let mut open = vec![self.folder.path().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path: PathBuf = entry.expect("an entry").path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        let secret = self.folder.path().join("vfs/com.example.neighbour/secret");
        assert_eq!(files, std::slice::from_ref(&secret));
        assert_eq!(fs::read_to_string(secret).expect("the file"), "its own");
    }
}
