//! `raisfast backup` and `raisfast restore`.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::{
    run::{Done, Folder},
    serve::Serving,
};

/// A folder in which a server has run once.
fn site() -> Folder {
    let folder = Folder::new().with_file("raisfast.toml", "admin_password = 'correct horse'\n");
    assert_eq!(Serving::start(&folder, &[]).terminate().code, 0);
    folder
}

fn refused(done: &Done, says: &str) {
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains(says), "{says} in {done:?}");
}

#[test]
fn a_site_is_backed_up_while_it_is_served_and_restored_into_an_empty_folder() {
    let folder = Folder::new()
        .with_file("raisfast.toml", "admin_password = 'correct horse'\n")
        .with_file("extensions/plugins/quiet/manifest.toml", "[plugin]\n");
    let serving = Serving::start(&folder, &[]);
    let done = folder.run(&["backup", "site.tar.gz"], &[]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("site.tar.gz is complete"), "{done:?}");
    assert!(
        done.stdout.lines().all(|line| line.chars().count() <= 80),
        "{done:?}"
    );
    let mode = std::fs::metadata(folder.path("site.tar.gz"))
        .expect("it is there")
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    refused(
        &folder.run(&["backup", "site.tar.gz"], &[]),
        "is there already",
    );
    let left: Vec<_> = std::fs::read_dir(folder.path("."))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(serving.terminate().code, 0);

    let elsewhere = Folder::new();
    let archive = folder.path("site.tar.gz");
    let restored = elsewhere.run(&["restore", archive.to_str().expect("UTF-8")], &[]);
    assert_eq!(restored.code, 0, "{restored:?}");
    assert!(
        restored
            .stdout
            .lines()
            .all(|line| line.chars().count() <= 80),
        "{restored:?}"
    );
    for path in [
        "data/raisfast.db",
        "data/raisfast.toml.restored",
        "extensions/plugins/quiet/manifest.toml",
    ] {
        assert!(elsewhere.path(path).exists(), "{path}");
    }
    // An account is there: none is made.
    let serving = Serving::start(&elsewhere, &[]).terminate();
    assert_eq!(serving.code, 0, "{serving:?}");
    assert!(!serving.stdout.contains("password"), "{serving:?}");
}

#[test]
fn a_site_is_replaced_only_when_told_and_never_while_it_is_served() {
    let folder = site();
    assert_eq!(folder.run(&["backup", "site.tar.gz"], &[]).code, 0);
    refused(&folder.run(&["restore", "site.tar.gz"], &[]), "--replace");

    let dry = folder.run(
        &["restore", "site.tar.gz", "--replace", "--dry-run", "--json"],
        &[],
    );
    assert_eq!(dry.code, 0, "{dry:?}");
    let dry: Value = serde_json::from_str(&dry.stdout).expect("JSON");
    assert_eq!(dry["dry_run"], true);
    assert_eq!(dry["lost"][0]["part"], "database", "{dry}");

    let serving = Serving::start(&folder, &[]);
    refused(
        &folder.run(&["restore", "site.tar.gz", "--replace"], &[]),
        "a server runs",
    );
    // The socket may be gone: the database tells, too.
    std::fs::remove_file(folder.path("data/raisfast.sock")).expect("the socket");
    refused(
        &folder.run(&["restore", "site.tar.gz", "--replace"], &[]),
        "a server runs",
    );
    assert_eq!(serving.terminate().code, 0);

    let done = folder.run(&["restore", "site.tar.gz", "--replace"], &[]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("replaced:"), "{done:?}");
    assert_eq!(Serving::start(&folder, &[]).terminate().code, 0);
}

#[test]
fn a_restore_that_was_interrupted_is_undone_by_the_next_start() {
    let folder = site();
    let work = folder.path("data/.raisfast-restore");
    std::fs::create_dir_all(work.join("new")).expect("a folder");
    std::fs::create_dir_all(work.join("old")).expect("a folder");
    let data = folder.path("data");
    let journal = format!("{{\"{}\":[\"raisfast.db\"]}}", data.display());
    std::fs::write(data.join("raisfast-restore.json"), journal).expect("a journal");
    std::fs::rename(data.join("raisfast.db"), work.join("old/raisfast.db")).expect("it moves");
    let serving = Serving::start(&folder, &[]).terminate();
    assert_eq!(serving.code, 0, "{serving:?}");
    assert!(
        serving.stderr.contains("a restore was interrupted"),
        "{serving:?}"
    );
    assert!(
        !serving.stdout.contains("password"),
        "the site of before: {serving:?}"
    );
    assert!(!work.exists());
}

#[test]
fn what_cannot_be_backed_up_or_restored_says_what_to_do() {
    let folder = Folder::new();
    refused(
        &folder.run(&["backup", "site.tar.gz"], &[]),
        "there is no database at",
    );
    assert!(!folder.path("site.tar.gz").exists());
    refused(&folder.run(&["restore", "site.tar.gz"], &[]), "site.tar.gz");
    let folder = folder.with_file("site.tar.gz", "nonsense");
    refused(
        &folder.run(&["restore", "site.tar.gz"], &[]),
        "not a backup",
    );
    assert!(!folder.path("data").exists());

    for (url, dump) in [
        ("postgres://cms:hunter2@127.0.0.1:1/site", "pg_dump"),
        ("mysql://cms:hunter2@127.0.0.1:1/site", "mariadb-dump"),
    ] {
        let environment = [("DATABASE_URL", url)];
        let done = folder.run(&["backup", "other.tar.gz"], &environment);
        refused(&done, dump);
        assert!(done.stderr.contains("--without-database"), "{done:?}");
        assert!(!done.stderr.contains("hunter2"), "{done:?}");
        let archive = format!("{}.tar.gz", &url[..5]);
        let done = folder.run(&["backup", &archive, "--without-database"], &environment);
        assert_eq!(done.code, 0, "{done:?}");
        assert!(done.stdout.contains(dump), "{done:?}");
        let done = folder.run(&["restore", &archive], &environment);
        assert_eq!(done.code, 0, "{done:?}");
        assert!(!done.stdout.contains("hunter2"), "{done:?}");
    }
    let bucket = [(
        "PLUGIN_VFS_URI",
        "s3://bucket/site?secret_access_key=hunter2",
    )];
    let done = folder.run(
        &["backup", "s3.tar.gz", "--without-database", "--json"],
        &bucket,
    );
    let done: Value = serde_json::from_str(&done.stdout).expect("JSON");
    assert_eq!(
        done["left_out"][1]["copy"],
        "aws s3 sync 's3://bucket/site' files"
    );
}
