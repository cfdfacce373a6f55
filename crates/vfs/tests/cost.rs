//! The cost of a file on the local file system, as the system itself reports it.
#![cfg(target_os = "linux")]

use std::path::Path;

use nix::{
    errno::Errno,
    sys::inotify::{AddWatchFlags, InitFlags, Inotify},
};
use raisfast_contract::PluginId;
use raisfast_host_api::capability::{Vfs, VfsLimits};
use raisfast_vfs::VfsStore;

const LIMITS: VfsLimits = VfsLimits {
    file_bytes: 1 << 10,
    total_bytes: 1 << 20,
};

/// Watches which folders are opened. Nobody lists a folder who has not opened it.
struct OpenedFolders(Inotify);

impl OpenedFolders {
    fn watch(folders: &[&Path]) -> Self {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK).unwrap();
        for folder in folders {
            inotify.add_watch(*folder, AddWatchFlags::IN_OPEN).unwrap();
        }
        Self(inotify)
    }

    /// Returns how often one was opened since the last question, at least: the system reports equal
    /// events that follow each other once.
    fn count(&self) -> usize {
        let mut count = 0;
        loop {
            match self.0.read_events() {
                Err(Errno::EAGAIN) => return count,
                events => {
                    let events = events.unwrap();
                    assert!(
                        events
                            .iter()
                            .all(|event| !event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW))
                    );
                    count += events
                        .iter()
                        .filter(|event| event.mask.contains(AddWatchFlags::IN_ISDIR))
                        .count();
                }
            }
        }
    }
}

#[tokio::test]
async fn a_file_is_written_and_read_and_deleted_without_listing_a_folder() {
    let root = tempfile::tempdir().unwrap();
    let files = VfsStore::open(&format!("fs://{}", root.path().display())).unwrap();
    let shop: PluginId = "com.example.shop".parse().unwrap();
    for path in ["cache/posts/1.json", "cache/posts/2.json", "cache/a.json"] {
        files.write(&shop, path, "{}", LIMITS).await.unwrap();
    }
    let tree = root.path().join(shop.as_str());
    let (cache, posts) = (tree.join("cache"), tree.join("cache/posts"));
    let opened = OpenedFolders::watch(&[root.path(), &tree, &cache, &posts]);

    let path = "cache/posts/new.json";
    files.write(&shop, path, "{}", LIMITS).await.unwrap();
    assert_eq!(opened.count(), 0, "a new file");
    files.write(&shop, path, "[]", LIMITS).await.unwrap();
    assert_eq!(opened.count(), 0, "a file replaced");
    assert_eq!(files.read(&shop, path).await.unwrap().unwrap(), "[]");
    assert!(files.exists(&shop, path).await.unwrap());
    assert!(files.stat(&shop, path).await.unwrap().is_some());
    assert_eq!(opened.count(), 0, "a file read");
    assert!(files.delete(&shop, path).await.unwrap());
    assert!(!files.exists(&shop, path).await.unwrap());
    assert_eq!(opened.count(), 0, "a file deleted");
    for path in ["cache/posts/1.json", "cache/posts/2.json"] {
        assert!(files.delete(&shop, path).await.unwrap());
    }
    assert!(!posts.exists());
    assert_eq!(opened.count(), 0, "the last file of a folder deleted");

    // The watch sees what a listing does.
    assert_eq!(
        files.list(&shop, "cache").await.unwrap().unwrap(),
        ["a.json"]
    );
    assert_ne!(opened.count(), 0);
}

/// The tree is counted at the first write after a start, and not again.
#[tokio::test]
async fn a_tree_is_counted_once() {
    let root = tempfile::tempdir().unwrap();
    let open = || VfsStore::open(&format!("fs://{}", root.path().display())).unwrap();
    let shop: PluginId = "com.example.shop".parse().unwrap();
    open().write(&shop, "a/1", "x", LIMITS).await.unwrap();

    let files = open();
    let folder = root.path().join(shop.as_str()).join("a");
    let opened = OpenedFolders::watch(&[&folder]);
    files.write(&shop, "a/2", "x", LIMITS).await.unwrap();
    assert_ne!(opened.count(), 0);
    // A refusal leaves the count as it was.
    let tight = VfsLimits {
        file_bytes: 1 << 10,
        total_bytes: 2,
    };
    files.write(&shop, "a/3", "x", tight).await.unwrap_err();
    files.write(&shop, "a/3", "x", LIMITS).await.unwrap();
    assert!(files.delete(&shop, "a/1").await.unwrap());
    files.write(&shop, "a/4", "x", LIMITS).await.unwrap();
    assert_eq!(opened.count(), 0);
}
