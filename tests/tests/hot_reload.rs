//! Changes in a plugin's folder while the server runs.

use std::{
    fs::{self, File},
    io::Write,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use raisfast_tests::{Manifest, TestServer, eventually, guest};
use serde_json::{Value, json};

const STAMP: &str = "com.example.stamp";

/// The guest `stamp` puts the version, which is this manifest's, on whatever it touches.
fn stamp(version: &str) -> Manifest {
    let hooks = ["on-post-creating", "on-post-created", "filter-html"];
    Manifest::new(STAMP, &hooks).with(&format!("[config]\nversion = \"{version}\""))
}

/// The same guest as another file.
fn variant(name: &str) -> Vec<u8> {
    let mut wasm = guest("stamp");
    let length = u8::try_from(name.len()).expect("a short name");
    // A custom section without content.
    wasm.extend([0, length + 1, length]);
    wasm.extend(name.as_bytes());
    wasm
}

async fn serving(version: &str) -> TestServer {
    TestServer::with()
        .guest("stamp", &stamp(version))
        .start()
        .await
}

/// Returns the version that answers the next call, if any does.
async fn version(server: &TestServer) -> Option<String> {
    let post = server.publish("Which version?").await;
    post["excerpt"].as_str().map(str::to_owned)
}

async fn reaches_version(server: &TestServer, expected: &str) {
    eventually(&format!("version {expected} serves"), || async {
        (version(server).await.as_deref() == Some(expected)).then_some(())
    })
    .await;
}

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

#[tokio::test(flavor = "multi_thread")]
async fn folders_come_and_go() {
    let server = TestServer::with().start().await;
    assert_eq!(version(&server).await, None);

    server.deploy("stamp", &guest("stamp"), &stamp("1"));
    server.reaches(STAMP, "running", 1).await;
    assert_eq!(version(&server).await.as_deref(), Some("1"));

    fs::remove_dir_all(server.plugin_dir().join("stamp")).unwrap();
    eventually("the plugin is unloaded", || async {
        (server.plugin(STAMP).await["status"] == 404).then_some(())
    })
    .await;
    assert_eq!(version(&server).await, None);

    // As deployment tools do it.
    server.install("stamp", &guest("stamp"), stamp("2").text());
    server.reaches(STAMP, "running", 1).await;
    assert_eq!(version(&server).await.as_deref(), Some("2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_folders_cannot_have_one_id() {
    let server = serving("first").await;
    server.install("usurper", &guest("stamp"), stamp("second").text());
    let refused = server.listed("usurper", "failed").await;
    let error = refused["last_error"].as_str().unwrap();
    assert!(
        error.contains("the folder `stamp` already holds the plugin com.example.stamp"),
        "{error}"
    );
    assert_eq!(server.plugin(STAMP).await["folder"], "stamp");
    assert_eq!(version(&server).await.as_deref(), Some("first"));

    // Who stays has it; what the other one wants is shown.
    assert_eq!(refused["id"], Value::Null);
    assert_eq!(refused["version"], stamp_version(&server).await);
    let contested = json!({"plugin": STAMP, "held_by": "stamp"});
    assert_eq!(refused["contested"], contested);
}

async fn stamp_version(server: &TestServer) -> Value {
    server.plugin(STAMP).await["version"].clone()
}

/// The folder whose name sorts first was taken for the plugin after a restart, and got all that it
/// has stored.
#[tokio::test(flavor = "multi_thread")]
async fn an_id_stays_with_its_folder_over_a_restart_and_after_that_is_gone() {
    let server = serving("first").await;
    assert_eq!(version(&server).await.as_deref(), Some("first"));
    server.install("a-usurper", &guest("stamp"), stamp("second").text());
    server.listed("a-usurper", "failed").await;

    let server = server.restart().await;
    server.listed("a-usurper", "failed").await;
    assert_eq!(server.plugin(STAMP).await["folder"], "stamp");
    assert_eq!(version(&server).await.as_deref(), Some("first"));

    fs::remove_dir_all(server.plugin_dir().join("stamp")).unwrap();
    eventually("the plugin is unloaded", || async {
        (server.plugin(STAMP).await["status"] == 404).then_some(())
    })
    .await;
    let server = server.restart().await;
    let refused = server.listed("a-usurper", "failed").await;
    let error = refused["last_error"].as_str().unwrap();
    let act = format!("raisfast plugin adopt {STAMP} a-usurper");
    assert!(error.contains("is gone") && error.contains(&act), "{error}");
    assert_eq!(version(&server).await, None);

    // The simple way of putting a plugin back needs nobody.
    server.install("stamp", &guest("stamp"), stamp("third").text());
    reaches_version(&server, "third").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_hands_an_id_over_to_another_folder() {
    let server = serving("first").await;
    server.install("renamed", &guest("stamp"), stamp("second").text());
    server.listed("renamed", "failed").await;
    let adopt = async |server: &TestServer, plugin: &str, folder: &str, status: u16| {
        let path = format!("/api/v1/admin/plugins/{plugin}/adopt?folder={folder}");
        server.admin.post(&path, &Value::Null).await.expect(status)
    };
    adopt(&server, STAMP, "nowhere", 404).await;
    let problem = adopt(&server, "com.example.other", "renamed", 409).await;
    assert!(
        problem["detail"].as_str().unwrap().contains("another id"),
        "{problem}"
    );
    assert_eq!(version(&server).await.as_deref(), Some("first"));

    let adopted = adopt(&server, STAMP, "renamed", 200).await;
    assert_eq!(
        (&adopted["folder"], &adopted["state"]),
        (&json!("renamed"), &json!("running"))
    );
    assert_eq!(version(&server).await.as_deref(), Some("second"));
    server.listed("stamp", "failed").await;

    let server = server.restart().await;
    assert_eq!(server.plugin(STAMP).await["folder"], "renamed");
    server.listed("stamp", "failed").await;
    assert_eq!(version(&server).await.as_deref(), Some("second"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_given_up_waits_for_an_admin_to_give_it_to_another_folder() {
    let server = serving("first").await;
    server.install("waiting", &guest("stamp"), stamp("second").text());
    server.listed("waiting", "failed").await;

    let renamed = stamp("first").text().replace(STAMP, "com.example.renamed");
    fs::write(server.plugin_dir().join("stamp/manifest.toml"), renamed).unwrap();
    server.reaches("com.example.renamed", "running", 2).await;
    server.listed("waiting", "failed").await;
    let path = format!("/api/v1/admin/plugins/{STAMP}/adopt?folder=waiting");
    server.admin.post(&path, &Value::Null).await.expect(200);
    assert_eq!(server.plugin(STAMP).await["folder"], "waiting");
    let renamed = server.plugin("com.example.renamed").await;
    assert_eq!(
        (&renamed["folder"], &renamed["state"]),
        (&json!("stamp"), &json!("running"))
    );
    server.publish("Hello").await;
    assert_eq!(
        server.html("hello").await,
        "<p>Some text.</p>\n<!--stamp first--><!--stamp second-->"
    );
}

/// A project's `dist` that is copied to a folder that is there already ends up inside of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_dist_inside_of_a_plugins_folder_is_a_warning_with_the_command_that_was_meant() {
    let server = serving("old").await;
    assert_eq!(server.plugin(STAMP).await["warnings"], json!([]));
    let dist = server.plugin_dir().join("stamp/dist");
    fs::create_dir(&dist).unwrap();
    fs::write(dist.join("plugin.wasm"), variant("new")).unwrap();
    fs::write(dist.join("manifest.toml"), stamp("new").text()).unwrap();
    let warning = eventually("the warning is listed", || async {
        let plugin = server.plugin(STAMP).await;
        plugin["warnings"][0].as_str().map(str::to_owned)
    })
    .await;
    assert!(
        warning.starts_with("nothing of `stamp/dist` is loaded"),
        "{warning}"
    );
    let plugin = server.plugin(STAMP).await;
    assert_eq!(plugin["generation"], 1, "nothing was loaded: {plugin}");

    let (_, command) = warning.split_once("folder: ").unwrap();
    let done = std::process::Command::new("sh")
        .args(["-c", command])
        .status();
    assert!(done.unwrap().success(), "{command}");
    reaches_version(&server, "new").await;
    assert_eq!(server.plugin(STAMP).await["warnings"], json!([]));
}

/// As a release behind a link is put in place: nothing inside of the directory that is watched
/// changes.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_link_above_the_plugins_that_is_swapped_is_followed_as_is_what_comes_later() {
    let server = serving("one").await;
    let releases = server.plugin_dir().with_file_name("releases");
    for (release, name) in [("1", "one"), ("2", "two")] {
        let folder = releases.join(release).join("stamp");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("plugin.wasm"), variant(name)).unwrap();
        fs::write(folder.join("manifest.toml"), stamp(name).text()).unwrap();
    }
    let link = |release: &str| {
        let next = releases.join("next");
        std::os::unix::fs::symlink(releases.join(release), &next).unwrap();
        next
    };
    fs::remove_dir_all(server.plugin_dir()).unwrap();
    fs::rename(link("1"), server.plugin_dir()).unwrap();
    reaches_version(&server, "one").await;
    fs::rename(link("2"), server.plugin_dir()).unwrap();
    reaches_version(&server, "two").await;
    server.deploy("stamp", &variant("three"), &stamp("three"));
    reaches_version(&server, "three").await;
}

/// A system gives each user a few instances of inotify; editors and containers use them up.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn without_notices_of_the_system_the_server_starts_and_finds_changes_later() {
    use std::{os::unix::fs::PermissionsExt, process::Command};

    let none = "echo 0 > /proc/sys/user/max_inotify_instances";
    let alone = ["--user", "--map-root-user", "sh", "-c"];
    let possible = Command::new("unshare").args(alone).arg(none).status();
    if !possible.is_ok_and(|status| status.success()) {
        eprintln!("not tried: this machine lets nobody have a user namespace");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("raisfast");
    let server = env!("CARGO_BIN_EXE_raisfast-under-test");
    let script = format!(
        "#!/bin/sh\nexec unshare {} '{none} && exec {server}'\n",
        alone.join(" ")
    );
    fs::write(&binary, script).unwrap();
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o700)).unwrap();
    let server = TestServer::with()
        .guest("stamp", &stamp("1"))
        .start_child(binary.to_str().unwrap(), "")
        .await;
    server.logs("fs.inotify.max_user_instances").await;
    server.deploy("stamp", &variant("2"), &stamp("2"));
    eventually("the new version runs", || async {
        let plugin = server.plugin(STAMP).await;
        (plugin["generation"] == 2).then_some(())
    })
    .await;
}

/// As a container is given a folder of its host: what the server watches is another mount of it.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_bound_into_a_container_is_followed() {
    use std::{os::unix::fs::PermissionsExt, process::Command};

    let alone = ["--user", "--map-root-user", "--mount"];
    let possible = Command::new("unshare").args(alone).arg("true").status();
    if !possible.is_ok_and(|status| status.success()) {
        eprintln!("not tried: this machine lets nobody have a user namespace");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("raisfast");
    let bound = folder.path().join("bound");
    fs::create_dir(&bound).unwrap();
    let script = format!(
        "#!/bin/sh\nexec unshare {} sh -c 'mount --bind \"$PLUGIN_DIR\" {bound} && PLUGIN_DIR={bound} exec {server}'\n",
        alone.join(" "),
        bound = bound.display(),
        server = env!("CARGO_BIN_EXE_raisfast-under-test"),
    );
    fs::write(&binary, script).unwrap();
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o700)).unwrap();
    let server = TestServer::with()
        .guest("stamp", &stamp("1"))
        .start_child(binary.to_str().unwrap(), "")
        .await;
    let is_of_generation = async |generation: u64| {
        eventually("the new version runs", || async {
            let plugin = server.plugin(STAMP).await;
            (plugin["generation"] == generation).then_some(())
        })
        .await;
    };
    assert!(
        fs::read_dir(&bound).unwrap().next().is_none(),
        "it is bound elsewhere"
    );

    // Renamed into place, written in place, and the plugin's folder replaced.
    server.deploy("stamp", &variant("2"), &stamp("2"));
    is_of_generation(2).await;
    let plugin = server.plugin_dir().join("stamp");
    fs::write(plugin.join("manifest.toml"), stamp("3").text()).unwrap();
    is_of_generation(3).await;
    let next = server.plugin_dir().join(".stamp");
    fs::create_dir(&next).unwrap();
    fs::write(next.join("plugin.wasm"), variant("4")).unwrap();
    fs::write(next.join("manifest.toml"), stamp("4").text()).unwrap();
    fs::remove_dir_all(&plugin).unwrap();
    fs::rename(&next, &plugin).unwrap();
    is_of_generation(4).await;
}

async fn admin(server: &TestServer, what: &str) -> Value {
    let path = format!("/api/v1/admin/plugins/{STAMP}/{what}");
    server.admin.post(&path, &Value::Null).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_plugin_stays_disabled_over_a_restart() {
    let server = serving("1").await;
    assert_eq!(admin(&server, "disable").await["state"], "disabled");
    assert_eq!(version(&server).await, None);

    // A new version does not turn it on.
    server.deploy("stamp", &variant("2"), &stamp("2"));
    let server = server.restart().await;
    assert_eq!(server.plugin(STAMP).await["state"], "disabled");
    assert_eq!(version(&server).await, None);

    assert_eq!(admin(&server, "enable").await["state"], "running");
    assert_eq!(version(&server).await.as_deref(), Some("2"));
    let server = server.restart().await;
    assert_eq!(server.plugin(STAMP).await["state"], "running");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_hot_reload_an_admin_says_when() {
    let server = TestServer::with()
        .config(|config| config.plugins.hot_reload = false)
        .guest("stamp", &stamp("1"))
        .start()
        .await;
    server.deploy("stamp", &variant("2"), &stamp("2"));
    assert_eq!(version(&server).await.as_deref(), Some("1"));
    let reloaded = admin(&server, "reload").await;
    assert_eq!(
        (&reloaded["state"], &reloaded["generation"]),
        (&json!("running"), &json!(2))
    );
    assert_eq!(version(&server).await.as_deref(), Some("2"));

    server.deploy("stamp", b"not wasm", &stamp("3"));
    let path = format!("/api/v1/admin/plugins/{STAMP}/reload");
    let problem = server.admin.post(&path, &Value::Null).await.expect(409);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("not a WebAssembly file"), "{detail}");
    assert_eq!(server.plugin(STAMP).await["state"], "outdated");
    assert_eq!(version(&server).await.as_deref(), Some("2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_deletes_a_plugin_and_keeps_what_it_has_stored() {
    let server = serving("1").await;
    assert_eq!(version(&server).await.as_deref(), Some("1"));
    let path = format!("/api/v1/admin/plugins/{STAMP}");
    server.admin.delete(&path).await.expect(204);
    assert!(!server.plugin_dir().join("stamp").exists());
    server.admin.get(&path).await.expect(404);
    assert_eq!(version(&server).await, None);
    let stored = server.stored(STAMP, "stamp:on-post-created").await;
    assert_eq!(stored.as_deref(), Some("1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_is_replaced_is_followed_again() {
    let server = serving("one").await;
    reaches_version(&server, "one").await;
    let directory = server.plugin_dir();
    for (replaced, changed) in [("two", "three"), ("four", "five")] {
        fs::rename(directory, directory.with_file_name(replaced)).unwrap();
        server.deploy("stamp", &variant(replaced), &stamp(replaced));
        reaches_version(&server, replaced).await;
        server.deploy("stamp", &variant(changed), &stamp(changed));
        reaches_version(&server, changed).await;
    }
    fs::remove_dir_all(directory).unwrap();
    server.deploy("stamp", &variant("six"), &stamp("six"));
    reaches_version(&server, "six").await;
}
