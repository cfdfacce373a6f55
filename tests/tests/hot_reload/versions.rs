//! A new version in the place of the one that serves, whole, broken or in pieces.

use std::{
    fs::{self, File},
    io::Write,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use raisfast_tests::eventually;
use serde_json::Value;

use crate::{STAMP, reaches_version, serving, stamp, variant, version};

#[tokio::test(flavor = "multi_thread")]
async fn ten_reloads_under_load_fail_no_request_and_mix_no_versions() {
    let server = serving("0").await;
    let post = server.publish("Read me").await;
    let slug = post["slug"].as_str().unwrap();
    let done = AtomicBool::new(false);

    let reloads = async {
        for number in 1..=10 {
            let version = number.to_string();
            server.deploy("stamp", &variant(&version), &stamp(&version));
            eventually(&format!("readers see version {version}"), || async {
                let html = server.html(slug).await;
                (stamped(&html) == number).then_some(())
            })
            .await;
        }
        done.store(true, Relaxed);
    };
    // One writer at a time, so that the version that the action leaves behind is that of its own
    // post.
    let writer = async {
        let mut versions = Vec::new();
        while !done.load(Relaxed) {
            let filter = version(&server).await.expect("the plugin is never absent");
            let action = server.stored(STAMP, "stamp:on-post-created").await;
            let filter: u32 = filter.parse().unwrap();
            let action: u32 = action.expect("the action is told").parse().unwrap();
            assert!(
                action >= filter,
                "a version is told that was replaced before the change"
            );
            versions.push(filter);
        }
        versions
    };
    let reader = async || {
        let mut versions = Vec::new();
        while !done.load(Relaxed) {
            versions.push(stamped(&server.html(slug).await));
        }
        versions
    };
    let ((), written, first, second) = tokio::join!(reloads, writer, reader(), reader());
    for versions in [written, first, second] {
        assert!(
            versions.is_sorted(),
            "an old version came back: {versions:?}"
        );
        assert!(versions.len() > 10, "{versions:?}");
    }
    let plugin = server.plugin(STAMP).await;
    assert_eq!(plugin["state"], "running");
    assert!(plugin["generation"].as_u64() >= Some(11), "{plugin}");
}

/// The version of a page's one stamp.
fn stamped(html: &str) -> u32 {
    let (_, stamp) = html.split_once("<!--stamp ").expect("a stamp");
    let (version, rest) = stamp.split_once("-->").expect("a whole stamp");
    assert_eq!(rest, "", "one stamp per page");
    version.parse().expect("a version")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_wasm_leaves_the_old_one_serving_and_says_why() {
    let server = serving("old").await;
    let file = server.plugin_dir().join("stamp/plugin.wasm");
    fs::write(&file, "not wasm").unwrap();
    let plugin = server.reaches(STAMP, "outdated", 1).await;
    let error = plugin["last_error"].as_str().unwrap();
    assert!(error.contains("not a WebAssembly file"), "{error}");
    assert_eq!(version(&server).await.as_deref(), Some("old"));

    fs::write(&file, variant("fixed")).unwrap();
    let plugin = server.reaches(STAMP, "running", 2).await;
    assert_eq!(plugin["last_error"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_manifest_leaves_the_old_one_serving_and_says_why() {
    let server = serving("old").await;
    let file = server.plugin_dir().join("stamp/manifest.toml");
    let misspelt = stamp("new").text().replace("filter-html", "filter-htm");
    fs::write(&file, misspelt).unwrap();
    let plugin = server.reaches(STAMP, "outdated", 1).await;
    let error = plugin["last_error"].as_str().unwrap();
    assert!(error.contains("did you mean `filter-html`"), "{error}");
    assert_eq!(version(&server).await.as_deref(), Some("old"));

    fs::write(&file, stamp("new").text()).unwrap();
    reaches_version(&server, "new").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wasm_that_is_written_in_pieces_never_serves_by_halves() {
    let server = serving("old").await;
    let whole = variant("in pieces");
    let (first, second) = whole.split_at(whole.len() / 2);
    let mut file = File::create(server.plugin_dir().join("stamp/plugin.wasm")).unwrap();
    file.write_all(first).unwrap();
    // So slow that half a file is taken for a new version.
    let plugin = server.reaches(STAMP, "outdated", 1).await;
    let error = plugin["last_error"].as_str().unwrap();
    assert!(error.contains("damaged"), "{error}");
    assert_eq!(version(&server).await.as_deref(), Some("old"));

    for piece in second.chunks(1024) {
        file.write_all(piece).unwrap();
        file.flush().unwrap();
        assert_eq!(version(&server).await.as_deref(), Some("old"));
    }
    drop(file);
    let plugin = server.reaches(STAMP, "running", 2).await;
    assert_eq!(plugin["last_error"], Value::Null);
}
