//! A folder, as its operator sees it.

use raisfast_host_api::{
    ErrorCode,
    capability::{Vfs, VfsLimits},
};

use crate::support::{PLENTY, code, local, open, plugin, shop};

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
