//! The quota of a plugin on every storage.

use std::sync::Arc;

use raisfast_host_api::{
    ErrorCode,
    capability::{Vfs, VfsLimits},
};

use crate::support::{Storage, code, on_each, shop};

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
    let limits = VfsLimits {
        file_bytes: 100,
        total_bytes: 100,
    };
    for storage in Storage::each().await {
        if matches!(storage, Storage::Memory) {
            continue;
        }
        let files = storage.open();
        for (path, bytes) in [("deep/er/a", 50), ("deep/b", 5), ("c", 5)] {
            let text = "x".repeat(bytes);
            files.write(&shop(), path, &text, limits).await.unwrap();
        }
        drop(files);
        let files = storage.open();
        assert_eq!(
            code(files.write(&shop(), "d", &"x".repeat(41), limits).await),
            ErrorCode::Quota,
            "on {storage}"
        );
        files
            .write(&shop(), "d", &"x".repeat(40), limits)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_quota_is_exact_with_sixteen_writers() {
    on_each(async |files| {
        // Room for 25 of the 64 files.
        let limits = VfsLimits {
            file_bytes: 100,
            total_bytes: 25 * 100 + 99,
        };
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let files = Arc::clone(files);
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
    })
    .await;
}
