//! The behaviour of files on every storage.

use std::sync::Arc;

use raisfast_host_api::{
    ErrorCode,
    capability::{FileStat, Vfs, VfsLimits},
};
use raisfast_vfs::{VfsError, VfsStore};

use crate::support::{PLENTY, code, on_each, plugin, shop};

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
        // A file, a beginning of a name, and nothing are not folders.
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_sees_old_or_new() {
    on_each(async |files| {
        let texts = ["a".repeat(300_000), "b".repeat(200_000)];
        files.write(&shop(), "x", &texts[0], PLENTY).await.unwrap();
        let reader = tokio::spawn({
            let (files, texts) = (Arc::clone(files), texts.clone());
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
    })
    .await;
}

#[test]
fn an_address_without_a_storage_is_an_error() {
    for (uri, shown) in [
        ("", ""),
        ("fs", "fs"),
        ("fs://", "fs://"),
        ("/var/files", "/var/files"),
        ("s4://bucket?key=secret", "s4://bucket"),
        ("memory://x", "memory://x"),
        ("http://example.com", "http://example.com"),
        ("http://user:secret@example.com", "http://…@example.com"),
    ] {
        let error = VfsStore::open(uri).unwrap_err();
        assert!(
            matches!(&error, VfsError::Scheme { found } if found == shown),
            "{uri}: {error}"
        );
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = VfsStore::open(&format!("fs://{}/x", file.path().display())).unwrap_err();
    assert!(matches!(error, VfsError::Folder { .. }), "{error}");
}
