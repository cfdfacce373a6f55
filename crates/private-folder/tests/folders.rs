//! Real folders, with real modes.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
};

use raisfast_private_folder::{Exposed, check, create};
use tempfile::TempDir;

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

/// `top/inner`, both for their owner only.
fn two_folders() -> (TempDir, PathBuf) {
    let top = tempfile::tempdir().expect("a temporary folder");
    let inner = top.path().join("inner");
    create(&inner).expect("a folder");
    (top, inner)
}

fn refused(path: &Path) -> (PathBuf, u32, &'static str) {
    match check(path) {
        Err(Exposed::Writable { path, mode, chmod }) => (path, mode, chmod),
        other => panic!("expected a refusal for its mode, found {other:?}"),
    }
}

#[test]
fn a_new_folder_is_ones_own() {
    let (_top, inner) = two_folders();
    assert_eq!(fs::metadata(&inner).unwrap().mode() & 0o777, 0o700);
    check(&inner).unwrap();
    let file = inner.join("file");
    fs::write(&file, "").unwrap();
    check(&file).unwrap();
}

#[test]
fn a_folder_that_others_write_to_is_refused_with_what_mends_it() {
    let (_top, inner) = two_folders();
    chmod(&inner, 0o707);
    assert_eq!(refused(&inner), (inner.clone(), 0o707, "o-w"));
    let message = check(&inner).unwrap_err().to_string();
    let fixes = format!("chmod o-w {}", inner.display());
    assert!(
        message.contains("mode 0707") && message.contains(&fixes),
        "{message}"
    );
    // At the end of the path, the sticky bit does not help: others could add files.
    chmod(&inner, 0o1707);
    assert_eq!(refused(&inner).1, 0o1707);
    chmod(&inner, 0o755);
    check(&inner).unwrap();
}

#[test]
fn a_folder_above_counts_too_unless_it_is_sticky() {
    let (top, inner) = two_folders();
    chmod(top.path(), 0o707);
    assert_eq!(refused(&inner).0, fs::canonicalize(top.path()).unwrap());
    chmod(top.path(), 0o1707);
    check(&inner).unwrap();
}

#[test]
fn links_are_followed_and_what_they_pass_through_counts() {
    let (top, inner) = two_folders();
    let link = top.path().join("link");
    symlink("inner", &link).unwrap();
    check(&link).unwrap();
    let absolute = top.path().join("absolute");
    symlink(&inner, &absolute).unwrap();
    check(&absolute).unwrap();

    // A relative link through a folder that others write to.
    let exposed = top.path().join("exposed");
    create(&exposed).unwrap();
    symlink("../inner", exposed.join("link")).unwrap();
    check(&exposed.join("link")).unwrap();
    chmod(&exposed, 0o707);
    assert_eq!(
        refused(&exposed.join("link")).0.file_name().unwrap(),
        "exposed"
    );
    chmod(&inner, 0o707);
    assert_eq!(refused(&link).0.file_name().unwrap(), "inner");
}

#[test]
fn a_circle_of_links_ends() {
    let top = tempfile::tempdir().unwrap();
    let link = top.path().join("link");
    symlink("link", &link).unwrap();
    let error = check(&link).unwrap_err().to_string();
    assert!(error.contains("symbolic links"), "{error}");
}

#[test]
fn what_is_not_there_is_named() {
    let top = tempfile::tempdir().unwrap();
    let error = check(&top.path().join("no/where")).unwrap_err();
    assert!(matches!(error, Exposed::Unreadable { .. }), "{error}");
    assert!(error.to_string().contains("/no"), "{error}");
}

/// Only root can give a folder away; `owner.rs` tests the rule itself for everybody.
#[test]
fn what_belongs_to_another_user_is_refused() {
    let (_top, inner) = two_folders();
    if chown(&inner, Some(12_345), None).is_err() {
        return;
    }
    let error = check(&inner).unwrap_err();
    assert!(
        matches!(error, Exposed::Foreign { owner: 12_345, .. }),
        "{error}"
    );
}
