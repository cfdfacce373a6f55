//! Folders that come and go, that are replaced, linked or mounted: how a change is noticed.

use std::fs;

use raisfast_tests::{TestServer, eventually, guest};
use serde_json::json;

use crate::{STAMP, reaches_version, serving, stamp, variant, version};

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
