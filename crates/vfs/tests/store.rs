//! The store on real folders and in memory.

use std::{path::Path, sync::Arc};

use raisfast_host_api::{
    ApiError, ErrorCode,
    capability::{FileStat, Vfs, VfsLimits},
};
use raisfast_types::PluginId;
use raisfast_vfs::{VfsError, VfsStore};

const PLENTY: VfsLimits = VfsLimits {
    file_bytes: 1 << 20,
    total_bytes: 10 << 20,
};

fn plugin(id: &str) -> PluginId {
    id.parse().unwrap()
}

fn shop() -> PluginId {
    plugin("com.example.shop")
}

/// A store in a temporary folder, and the folder.
fn local() -> (VfsStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (open(folder.path()), folder)
}

fn open(folder: &Path) -> VfsStore {
    VfsStore::open(&format!("fs://{}", folder.display())).unwrap()
}

/// Runs a test on every storage.
async fn on_each<F: AsyncFn(&VfsStore)>(test: F) {
    let (on_disk, _folder) = local();
    test(&on_disk).await;
    test(&VfsStore::open("memory://").unwrap()).await;
}

fn code<T: std::fmt::Debug>(result: Result<T, ApiError>) -> ErrorCode {
    result.unwrap_err().code
}

#[tokio::test]
async fn a_file_lives_and_dies() {
    on_each(async |files| {
        let shop = shop();
        assert_eq!(files.read(&shop, "a/b.txt").await.unwrap(), None);
        assert!(!files.exists(&shop, "a/b.txt").await.unwrap());
        assert!(!files.exists(&shop, "a").await.unwrap());
        assert_eq!(files.stat(&shop, "a/b.txt").await.unwrap(), None);
        assert!(!files.delete(&shop, "a/b.txt").await.unwrap());

        files
            .write(&shop, "a/b.txt", "grüße", PLENTY)
            .await
            .unwrap();
        assert_eq!(
            files.read(&shop, "a/b.txt").await.unwrap().unwrap(),
            "grüße"
        );
        assert!(files.exists(&shop, "a/b.txt").await.unwrap());
        assert!(files.exists(&shop, "a").await.unwrap());
        let stat = files.stat(&shop, "a/b.txt").await.unwrap().unwrap();
        assert_eq!((stat.size, stat.is_dir), (7, false));

        files.write(&shop, "a/b.txt", "", PLENTY).await.unwrap();
        assert_eq!(files.read(&shop, "a/b.txt").await.unwrap().unwrap(), "");
        assert_eq!(files.stat(&shop, "a/b.txt").await.unwrap().unwrap().size, 0);

        assert!(files.delete(&shop, "a/b.txt").await.unwrap());
        assert_eq!(files.read(&shop, "a/b.txt").await.unwrap(), None);
        assert!(!files.delete(&shop, "a/b.txt").await.unwrap());
        // The folder went with its last file.
        assert!(!files.exists(&shop, "a").await.unwrap());
        assert_eq!(files.list(&shop, "a").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn folders_are_listed() {
    on_each(async |files| {
        let shop = shop();
        assert_eq!(
            files.list(&shop, "").await.unwrap().unwrap(),
            Vec::<String>::new()
        );
        assert!(files.exists(&shop, "").await.unwrap());
        for path in [
            "b.txt",
            "a.txt",
            "a/z.txt",
            "a/b/c/d.txt",
            "ä.txt",
            "B.txt",
            "100%.txt",
            "a b.txt",
        ] {
            files.write(&shop, path, "x", PLENTY).await.unwrap();
        }
        let root = files.list(&shop, "").await.unwrap().unwrap();
        assert_eq!(
            root,
            [
                "100%.txt", "B.txt", "a b.txt", "a.txt", "a/", "b.txt", "ä.txt"
            ]
        );
        assert_eq!(
            files.list(&shop, "a").await.unwrap().unwrap(),
            ["b/", "z.txt"]
        );
        assert_eq!(files.list(&shop, "a/b").await.unwrap().unwrap(), ["c/"]);
        // A file, a beginning of a name, and nothing are no folders.
        for path in ["b.txt", "a/b/c/d.txt", "a/b/c/d.txt/e", "a/", "nothing"] {
            assert!(
                !matches!(files.list(&shop, path).await, Ok(Some(_))),
                "{path}"
            );
        }
        let folder = FileStat {
            size: 0,
            is_dir: true,
            modified: None,
        };
        for path in ["", "a", "a/b", "a/b/c"] {
            assert_eq!(
                files.stat(&shop, path).await.unwrap(),
                Some(folder),
                "{path}"
            );
        }
        assert_eq!(files.stat(&shop, "a/b/c/d.txt/e").await.unwrap(), None);
        // Deleting goes no further up than it must.
        assert!(files.delete(&shop, "a/b/c/d.txt").await.unwrap());
        assert_eq!(files.list(&shop, "a").await.unwrap().unwrap(), ["z.txt"]);
    })
    .await;
}

#[tokio::test]
async fn a_folder_that_holds_nothing_is_nothing() {
    let (files, folder) = local();
    let tree = folder.path().join("com.example.shop");
    std::fs::create_dir_all(tree.join("a/empty")).unwrap();
    assert!(!files.exists(&shop(), "a/empty").await.unwrap());
    assert_eq!(files.stat(&shop(), "a/empty").await.unwrap(), None);
    assert_eq!(files.list(&shop(), "a/empty").await.unwrap(), None);
    // It does not keep a folder above it from going with the last file, once it has gone itself.
    for path in ["a/empty/x", "a/y"] {
        files.write(&shop(), path, "x", PLENTY).await.unwrap();
        assert!(files.delete(&shop(), path).await.unwrap());
    }
    assert!(!tree.join("a").exists());
    assert!(tree.exists());
}

#[tokio::test]
async fn a_local_file_says_when_it_changed() {
    let (files, folder) = local();
    files.write(&shop(), "a.txt", "x", PLENTY).await.unwrap();
    let on_disk = std::fs::metadata(folder.path().join("com.example.shop/a.txt"))
        .unwrap()
        .modified()
        .unwrap();
    let seconds = on_disk
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let stat = files.stat(&shop(), "a.txt").await.unwrap().unwrap();
    assert_eq!(stat.modified, Some(i64::try_from(seconds).unwrap()));
}

#[tokio::test]
async fn a_file_is_no_folder_and_a_folder_no_file() {
    on_each(async |files| {
        let shop = shop();
        files.write(&shop, "a/b", "x", PLENTY).await.unwrap();
        for path in ["a", "a/b/c", "a/b/c/d/e", ""] {
            assert_eq!(
                code(files.write(&shop, path, "y", PLENTY).await),
                ErrorCode::InvalidArgument,
                "{path}"
            );
        }
        for path in ["a/b/c", "a/b/c/d/e"] {
            let error = files.write(&shop, path, "y", PLENTY).await.unwrap_err();
            assert!(error.message.contains("`a/b` is a file"), "{error}");
        }
        assert!(!files.delete(&shop, "a").await.unwrap());
        assert!(!files.delete(&shop, "").await.unwrap());
        assert_eq!(files.read(&shop, "a").await.unwrap(), None);
        assert_eq!(files.read(&shop, "a/b/c").await.unwrap(), None);
        assert!(!files.exists(&shop, "a/b/c").await.unwrap());
        assert_eq!(files.read(&shop, "a/b").await.unwrap().unwrap(), "x");
    })
    .await;
}

#[tokio::test]
async fn every_function_refuses_hostile_paths() {
    on_each(async |files| {
        let shop = shop();
        files.write(&shop, "a/b.txt", "x", PLENTY).await.unwrap();
        for path in [
            "..",
            "../com.example.other/x",
            "a/../../x",
            "/etc/passwd",
            "a//b.txt",
            "a/./b.txt",
            "a/b.txt/",
            "a\\b.txt",
            "a/b.txt\0",
            "C:/x",
            "a/nul",
            "a/b.txt ",
            "a/b.txt.",
            " a/b.txt",
            "../.unfinished/x",
        ] {
            assert_eq!(
                code(files.read(&shop, path).await),
                ErrorCode::InvalidArgument,
                "{path:?}"
            );
            assert_eq!(
                code(files.write(&shop, path, "y", PLENTY).await),
                ErrorCode::InvalidArgument,
                "{path:?}"
            );
            assert_eq!(
                code(files.delete(&shop, path).await),
                ErrorCode::InvalidArgument,
                "{path:?}"
            );
            assert_eq!(
                code(files.exists(&shop, path).await),
                ErrorCode::InvalidArgument,
                "{path:?}"
            );
            assert_eq!(
                code(files.list(&shop, path).await),
                ErrorCode::InvalidArgument,
                "{path:?}"
            );
            assert_eq!(
                code(files.stat(&shop, path).await),
                ErrorCode::InvalidArgument,
                "{path:?}"
            );
        }
        assert_eq!(files.list(&shop, "").await.unwrap().unwrap(), ["a/"]);
    })
    .await;
}

#[tokio::test]
async fn an_encoded_path_is_a_name() {
    let (files, folder) = local();
    let long = "é".repeat(120);
    for path in ["%2e%2e", "%2e%2e%2fetc%2fpasswd", "..%2f", "%00", &long] {
        files.write(&shop(), path, path, PLENTY).await.unwrap();
        let on_disk = folder.path().join("com.example.shop").join(path);
        assert_eq!(std::fs::read_to_string(on_disk).unwrap(), path);
    }
}

#[tokio::test]
async fn plugins_cannot_see_each_other() {
    on_each(async |files| {
        // One id is the beginning of the other.
        let (one, other) = (plugin("com.example.shop"), plugin("com.example.shop-two"));
        files.write(&one, "a.txt", "mine", PLENTY).await.unwrap();
        files.write(&other, "b.txt", "yours", PLENTY).await.unwrap();
        assert_eq!(files.list(&one, "").await.unwrap().unwrap(), ["a.txt"]);
        assert_eq!(files.list(&other, "").await.unwrap().unwrap(), ["b.txt"]);
        assert_eq!(files.read(&one, "b.txt").await.unwrap(), None);
        assert!(!files.delete(&one, "b.txt").await.unwrap());

        // Nor do they share a quota.
        let tight = VfsLimits {
            file_bytes: 10,
            total_bytes: 10,
        };
        files
            .write(&one, "a.txt", "0123456789", tight)
            .await
            .unwrap();
        files
            .write(&other, "b.txt", "0123456789", tight)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_quota_counts_what_is_there() {
    on_each(async |files| {
        let shop = shop();
        let limits = VfsLimits {
            file_bytes: 60,
            total_bytes: 100,
        };
        let text = |bytes: usize| "x".repeat(bytes);
        assert_eq!(
            code(files.write(&shop, "a", &text(61), limits).await),
            ErrorCode::Quota
        );
        files.write(&shop, "a", &text(60), limits).await.unwrap();
        assert_eq!(
            code(files.write(&shop, "b", &text(41), limits).await),
            ErrorCode::Quota
        );
        assert!(!files.exists(&shop, "b").await.unwrap());
        files.write(&shop, "b", &text(40), limits).await.unwrap();
        // Replacing counts the difference.
        files.write(&shop, "a", &text(60), limits).await.unwrap();
        files.write(&shop, "a", &text(50), limits).await.unwrap();
        files.write(&shop, "c", &text(10), limits).await.unwrap();
        assert_eq!(
            code(files.write(&shop, "a", &text(51), limits).await),
            ErrorCode::Quota
        );
        assert_eq!(files.stat(&shop, "a").await.unwrap().unwrap().size, 50);
        // Deleting gives back.
        assert!(files.delete(&shop, "a").await.unwrap());
        files.write(&shop, "d", &text(50), limits).await.unwrap();
        assert_eq!(
            code(files.write(&shop, "e", "x", limits).await),
            ErrorCode::Quota
        );
        // Nothing is nothing.
        files.write(&shop, "empty", "", limits).await.unwrap();
        // A plugin above a limit that was lowered may still shrink.
        let lowered = VfsLimits {
            file_bytes: 60,
            total_bytes: 20,
        };
        files.write(&shop, "d", &text(30), lowered).await.unwrap();
        assert_eq!(
            code(files.write(&shop, "f", "x", lowered).await),
            ErrorCode::Quota
        );
    })
    .await;
}

#[tokio::test]
async fn the_quota_survives_a_restart() {
    let (files, folder) = local();
    let limits = VfsLimits {
        file_bytes: 100,
        total_bytes: 100,
    };
    files
        .write(&shop(), "deep/er/a", &"x".repeat(60), limits)
        .await
        .unwrap();
    drop(files);
    let files = open(folder.path());
    assert_eq!(
        code(files.write(&shop(), "b", &"x".repeat(41), limits).await),
        ErrorCode::Quota
    );
    files
        .write(&shop(), "b", &"x".repeat(40), limits)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_quota_is_exact_with_sixteen_writers() {
    for files in [local().0, VfsStore::open("memory://").unwrap()] {
        let files = Arc::new(files);
        // Room for 25 of the 64 files.
        let limits = VfsLimits {
            file_bytes: 100,
            total_bytes: 25 * 100 + 99,
        };
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let files = Arc::clone(&files);
                tokio::spawn(async move {
                    let mut written = 0;
                    for file in 0..4 {
                        match files
                            .write(
                                &shop(),
                                &format!("{writer}/{file}"),
                                &"x".repeat(100),
                                limits,
                            )
                            .await
                        {
                            Ok(()) => written += 1,
                            Err(error) => assert_eq!(error.code, ErrorCode::Quota),
                        }
                    }
                    written
                })
            })
            .collect();
        let mut written = 0;
        for writer in writers {
            written += writer.await.unwrap();
        }
        assert_eq!(written, 25);
        let mut found = 0;
        for folder in files.list(&shop(), "").await.unwrap().unwrap() {
            found += files
                .list(&shop(), folder.trim_end_matches('/'))
                .await
                .unwrap()
                .unwrap()
                .len();
        }
        assert_eq!(found, 25);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_sees_old_or_new() {
    for files in [local().0, VfsStore::open("memory://").unwrap()] {
        let files = Arc::new(files);
        let texts = ["a".repeat(300_000), "b".repeat(200_000)];
        files.write(&shop(), "x", &texts[0], PLENTY).await.unwrap();
        let reader = tokio::spawn({
            let (files, texts) = (Arc::clone(&files), texts.clone());
            async move {
                for _ in 0..200 {
                    let text = files.read(&shop(), "x").await.unwrap().unwrap();
                    assert!(
                        texts.contains(&text),
                        "{} bytes, beginning with {:?}",
                        text.len(),
                        text.get(..1)
                    );
                }
            }
        });
        let mut round = 0;
        while !reader.is_finished() {
            round += 1;
            files
                .write(&shop(), "x", &texts[round % 2], PLENTY)
                .await
                .unwrap();
        }
        reader.await.unwrap();
    }
}

#[tokio::test]
async fn a_write_goes_on_when_its_caller_is_gone() {
    let (files, folder) = local();
    let limits = VfsLimits {
        file_bytes: 1 << 20,
        total_bytes: 1 << 20,
    };
    let text = "x".repeat(1 << 20);
    let shop = shop();
    // Polled once, so that it has begun, and dropped.
    let mut write = Box::pin(files.write(&shop, "a", &text, limits));
    assert!(futures::poll!(write.as_mut()).is_pending());
    drop(write);
    // The next change waits for it, and finds the quota used up.
    assert_eq!(
        code(files.write(&shop, "b", "x", limits).await),
        ErrorCode::Quota
    );
    assert_eq!(
        files.read(&shop, "a").await.unwrap().unwrap().len(),
        1 << 20
    );
    let unfinished = std::fs::read_dir(folder.path().join(".unfinished")).unwrap();
    assert_eq!(unfinished.count(), 0);
}

#[tokio::test]
async fn what_a_crash_left_is_gone_after_the_start() {
    let (files, folder) = local();
    drop(files);
    let left = folder.path().join(".unfinished/a.txt.12345678");
    std::fs::write(&left, "half a te").unwrap();
    let files = open(folder.path());
    assert!(!left.exists());
    assert_eq!(
        files.list(&shop(), "").await.unwrap().unwrap(),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn only_text_can_be_read() {
    let (files, folder) = local();
    files.write(&shop(), "a.txt", "x", PLENTY).await.unwrap();
    std::fs::write(folder.path().join("com.example.shop/b.bin"), [0xff, 0xfe]).unwrap();
    let error = files.read(&shop(), "b.bin").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidArgument);
    assert!(error.message.contains("`b.bin` is not UTF-8"), "{error}");
    assert!(files.exists(&shop(), "b.bin").await.unwrap());
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_not_followed() {
    use std::os::unix::fs::symlink;

    let (files, folder) = local();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.txt"), "secret").unwrap();
    files.write(&shop(), "a/b.txt", "x", PLENTY).await.unwrap();
    let tree = folder.path().join("com.example.shop");
    symlink(outside.path(), tree.join("folder")).unwrap();
    symlink(outside.path().join("secret.txt"), tree.join("file")).unwrap();
    symlink(outside.path().join("nothing"), tree.join("dangling")).unwrap();
    symlink(tree.join("a"), tree.join("inside")).unwrap();
    // A whole tree that is a link.
    symlink(outside.path(), folder.path().join("com.example.link")).unwrap();

    let link = plugin("com.example.link");
    for (plugin, path) in [
        (&shop(), "folder"),
        (&shop(), "folder/secret.txt"),
        (&shop(), "folder/new.txt"),
        (&shop(), "file"),
        (&shop(), "dangling"),
        (&shop(), "inside/b.txt"),
        (&link, "secret.txt"),
        (&link, ""),
    ] {
        let outcomes = [
            code(files.read(plugin, path).await),
            code(files.delete(plugin, path).await),
            code(files.exists(plugin, path).await),
            code(files.list(plugin, path).await),
            code(files.stat(plugin, path).await),
            code(files.write(plugin, path, "y", PLENTY).await),
        ];
        assert!(
            outcomes
                .iter()
                .all(|code| *code == ErrorCode::InvalidArgument),
            "{path}: {outcomes:?}"
        );
    }
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
    assert_eq!(
        std::fs::read_to_string(outside.path().join("secret.txt")).unwrap(),
        "secret"
    );
    // Links are not shown, and what they lead to is not counted.
    assert_eq!(files.list(&shop(), "").await.unwrap().unwrap(), ["a/"]);
    let files = open(folder.path());
    let exact = VfsLimits {
        file_bytes: 10,
        total_bytes: 2,
    };
    files.write(&shop(), "c", "y", exact).await.unwrap();
    assert_eq!(
        code(files.write(&shop(), "d", "z", exact).await),
        ErrorCode::Quota
    );
}

#[tokio::test]
async fn an_error_does_not_tell_where_the_files_are() {
    let (files, folder) = local();
    // The tree cannot be made: a file has its name.
    std::fs::write(folder.path().join("com.example.shop"), "").unwrap();
    let error = files.write(&shop(), "a/b", "x", PLENTY).await.unwrap_err();
    assert!(
        !error.message.contains(folder.path().to_str().unwrap()),
        "{error}"
    );
}

#[test]
fn an_address_without_a_storage_is_an_error() {
    for uri in [
        "",
        "fs",
        "fs://",
        "/var/files",
        "s4://bucket",
        "memory://x",
        "http://example.com",
    ] {
        let error = VfsStore::open(uri).unwrap_err();
        assert!(
            matches!(&error, VfsError::Scheme { found } if found == uri),
            "{uri}: {error}"
        );
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = VfsStore::open(&format!("fs://{}/x", file.path().display())).unwrap_err();
    assert!(matches!(error, VfsError::Folder { .. }), "{error}");
}
