//! The corpus of paths, on every storage.
//!
//! `paths.txt` has one path per line, and what becomes of it. A path that is taken is a file like
//! any other; one that is refused is refused by every function, for the reason that the line tells,
//! and nothing changes.

use std::collections::BTreeMap;

use raisfast_contract::PluginId;
use raisfast_host_api::{
    ApiError, ErrorCode,
    capability::{Vfs, VfsLimits},
};
use raisfast_vfs::VfsStore;

use crate::support::{Storage, plugin, shop};

const CORPUS: &str = include_str!("paths.txt");

const LIMITS: VfsLimits = VfsLimits {
    file_bytes: 1 << 10,
    total_bytes: 1 << 20,
};

struct Case {
    line: usize,
    path: String,
    /// The error's text; a path that is taken has none.
    refused: Option<String>,
}

/// A line is `taken "path"` or `refused "path" "reason"`, as JSON strings; `*3` after a path
/// repeats it.
fn corpus() -> Vec<Case> {
    let mut cases = Vec::new();
    for (index, line) in CORPUS.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (verdict, rest) = line.split_once(' ').unwrap();
        let mut strings = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        let path = strings.next().unwrap().unwrap();
        let rest = rest[strings.byte_offset()..].trim_start();
        let (times, rest) = match rest.strip_prefix('*') {
            Some(rest) => rest.split_once(' ').unwrap_or((rest, "")),
            None => ("1", rest),
        };
        let path = path.repeat(times.parse().unwrap());
        let refused = match verdict {
            "taken" => None,
            "refused" => Some(serde_json::from_str(rest).unwrap()),
            other => panic!("line {}: `{other}`", index + 1),
        };
        cases.push(Case {
            line: index + 1,
            path,
            refused,
        });
    }
    cases
}

#[test]
fn the_corpus_is_as_large_as_promised() {
    let cases = corpus();
    let refused = cases.iter().filter(|case| case.refused.is_some()).count();
    assert!(refused >= 60, "{refused} hostile paths");
    assert!(
        cases.len() - refused >= 30,
        "{} others",
        cases.len() - refused
    );
    let mut paths: Vec<_> = cases.iter().map(|case| &case.path).collect();
    paths.sort();
    let before = paths.len();
    paths.dedup();
    assert_eq!(paths.len(), before, "a path stands there twice");
}

#[tokio::test]
async fn every_path_is_as_the_corpus_says() {
    for storage in Storage::each().await {
        let files = storage.open();
        let other = plugin("com.example.other");
        files
            .write(&other, "secret.txt", "theirs", LIMITS)
            .await
            .unwrap();
        files
            .write(&shop(), "a/b.txt", "mine", LIMITS)
            .await
            .unwrap();
        let before: BTreeMap<_, _> = [
            (
                "com.example.other/secret.txt".to_owned(),
                b"theirs".to_vec(),
            ),
            ("com.example.shop/a/b.txt".to_owned(), b"mine".to_vec()),
        ]
        .into();
        for Case {
            line,
            path,
            refused,
        } in corpus()
        {
            let place = format!("on {storage}, line {line}, {path:?}");
            match refused {
                Some(reason) => {
                    for error in asked_everything(&files, &shop(), &path).await {
                        let error = error.expect_err(&place);
                        assert_eq!(error.code, ErrorCode::InvalidArgument, "{place}");
                        assert!(error.message.contains(&reason), "{place}: {error}");
                        assert!(!error.message.contains(char::is_control), "{place}");
                    }
                }
                None => lives(&files, &path, &storage, &place).await,
            }
            if let Some(held) = storage.holds() {
                assert_eq!(held, before, "{place}");
            }
        }
    }
}

#[tokio::test]
async fn a_slash_alone_is_the_root_of_the_plugins_own_tree() {
    for storage in Storage::each().await {
        let files = storage.open();
        let (shop, place) = (&shop(), storage.to_string());
        files
            .write(shop, "/reports/daily.json", "{}", LIMITS)
            .await
            .unwrap();
        for root in ["", "/"] {
            let names = files.list(shop, root).await.unwrap();
            assert_eq!(names, Some(vec!["reports/".to_owned()]), "{place}");
        }
        // One file, whichever way it is named.
        let read = files.read(shop, "reports/daily.json").await.unwrap();
        assert_eq!(read.as_deref(), Some("{}"), "{place}");
        assert!(
            files.write(shop, "/", "text", LIMITS).await.is_err(),
            "{place}"
        );
    }
}

/// Every function, with one path.
async fn asked_everything(
    files: &VfsStore,
    plugin: &PluginId,
    path: &str,
) -> [Result<(), ApiError>; 6] {
    [
        files.read(plugin, path).await.map(drop),
        files.write(plugin, path, "hostile", LIMITS).await,
        files.delete(plugin, path).await.map(drop),
        files.exists(plugin, path).await.map(drop),
        files.list(plugin, path).await.map(drop),
        files.stat(plugin, path).await.map(drop),
    ]
}

/// The path is a name that no function takes for another, and what is stored has that very name.
async fn lives(files: &VfsStore, path: &str, storage: &Storage, place: &str) {
    let shop = &shop();
    assert!(!files.exists(shop, path).await.unwrap(), "{place}");
    files.write(shop, path, path, LIMITS).await.unwrap();
    assert_eq!(
        files.read(shop, path).await.unwrap().unwrap(),
        path,
        "{place}"
    );
    let stat = files.stat(shop, path).await.unwrap().unwrap();
    assert_eq!(
        (stat.size, stat.is_dir),
        (path.len() as u64, false),
        "{place}"
    );
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let names = files.list(shop, folder).await.unwrap().unwrap();
    assert!(
        names.iter().any(|found| found == name),
        "{place}: {names:?}"
    );
    let inside = path.strip_prefix('/').unwrap_or(path);
    if let Some(held) = storage.holds() {
        assert!(
            held.contains_key(&format!("{shop}/{inside}")),
            "{place}: {held:?}"
        );
        assert_eq!(held.len(), 3, "{place}");
    }
    assert!(files.delete(shop, path).await.unwrap(), "{place}");
    assert!(!files.exists(shop, path).await.unwrap(), "{place}");
}
