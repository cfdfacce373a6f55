//! A plugin is installed once, and reaches every server of the site.

use std::{fs, path::Path};

use raisfast_tests::{Cluster, DatabaseServer, Manifest, TestServer, eventually, guest};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::SERVER;

const STAMP: &str = "com.example.stamp";

/// The guest `stamp`, which puts its version into excerpts.
fn stamp(version: &str) -> Manifest {
    Manifest::new(STAMP, &["on-post-creating", "on-post-created"])
        .version(version)
        .with(&format!("[config]\nversion = \"{version}\""))
}

/// A plugin's folder that an operator has built.
fn built(wasm: &[u8], version: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("manifest.toml"), stamp(version).text()).expect("a manifest");
    fs::write(folder.path().join("plugin.wasm"), wasm).expect("a wasm");
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Runs a command against a server, and returns what it says.
async fn run(server: &TestServer, arguments: &[&str]) -> String {
    let (is_done, said) = server.command(SERVER, arguments).await;
    assert!(is_done, "{said}");
    said
}

async fn install(server: &TestServer, version: &str) -> String {
    let folder = built(&guest("stamp"), version);
    run(server, &["plugin", "install", text(folder.path())]).await
}

/// Returns what the plugin stamps on a new post; null if it is not called.
async fn stamped(server: &TestServer) -> Value {
    server.publish("One").await["excerpt"].clone()
}

async fn releases(server: &TestServer) -> Value {
    let path = format!("/api/v1/admin/plugins/{STAMP}/releases");
    server.admin.get(&path).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_reaches_every_server_and_one_that_fails_reaches_none() {
    for database in [DatabaseServer::Postgres, DatabaseServer::Mariadb] {
        let cluster = Cluster::on(database).await;
        let servers = [
            cluster.server("one").start().await,
            cluster.server("two").start().await,
        ];
        let [one, two] = &servers;
        for version in ["1.0.0", "2.0.0"] {
            let said = install(one, version).await;
            assert!(said.contains("\none   serves\ntwo   serves\n"), "{said}");
            for server in &servers {
                assert_eq!(stamped(server).await, version, "when the command ends");
            }
        }

        let broken = built(b"not wasm", "3.0.0");
        let install = ["plugin", "install", text(broken.path())];
        let (is_done, said) = one.command(SERVER, &install).await;
        assert!(!is_done, "{said}");
        for server in &servers {
            assert_eq!(stamped(server).await, "2.0.0");
        }

        run(two, &["plugin", "rollback", STAMP]).await;
        for server in &servers {
            assert_eq!(stamped(server).await, "1.0.0");
        }
        let list = releases(one).await;
        assert_eq!(list["desired"], list["releases"][0]["digest"]);
        let nodes = list["nodes"].as_array().expect("a list");
        assert_eq!(nodes.len(), 2, "{list}");
        for node in nodes {
            assert_eq!(
                (&node["revision"], &node["problem"]),
                (&list["revision"], &Value::Null)
            );
        }

        run(one, &["plugin", "remove", STAMP]).await;
        for server in &servers {
            let path = format!("/api/v1/admin/plugins/{STAMP}");
            server.admin.get(&path).await.expect(404);
            assert_ne!(stamped(server).await, "1.0.0");
        }
        for server in servers {
            server.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_has_what_is_desired_before_its_first_request() {
    let cluster = Cluster::on(DatabaseServer::Postgres).await;
    let one = cluster.server("one").start().await;
    install(&one, "1.0.0").await;
    let two = cluster.server("two").start().await;
    assert_eq!(stamped(&two).await, "1.0.0");

    one.stop().await;
    install(&two, "2.0.0").await;
    let three = cluster.server("three").start().await;
    assert_eq!(stamped(&three).await, "2.0.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_put_there_by_hand_is_not_overwritten() {
    let cluster = Cluster::on(DatabaseServer::Postgres).await;
    let one = cluster.server("one").start().await;
    let by_hand = stamp("0.1.0");
    let two = cluster.server("two").guest("stamp", &by_hand).start().await;
    install(&one, "1.0.0").await;
    assert_eq!(stamped(&one).await, "1.0.0");
    assert_eq!(stamped(&two).await, "0.1.0");
    let list = releases(&two).await;
    let nodes = list["nodes"].as_array().expect("a list");
    let two_of_them = nodes.iter().find(|node| node["node"] == "two");
    let problem = two_of_them.expect("it reports")["problem"].as_str();
    let problem = problem.expect("a problem");
    assert!(problem.contains("that no release has"), "{problem}");
}

/// Returns what plugins have left that are not installed.
async fn left(server: &TestServer) -> Value {
    let list = server.admin.get("/api/v1/admin/plugins/removed").await;
    list.expect(200)["items"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plugin_has_stored_goes_when_it_is_gone_from_every_server() {
    for database in [DatabaseServer::Postgres, DatabaseServer::Mariadb] {
        let cluster = Cluster::on(database).await;
        let one = cluster.server("one").start().await;
        let two = cluster.server("two").start().await;
        install(&one, "1.0.0").await;
        one.publish("One").await;
        eventually("it has stored when", || {
            two.stored(STAMP, "stamp:on-post-created")
        })
        .await;

        run(&two, &["plugin", "remove", STAMP]).await;
        let stays = left(&one).await;
        assert_eq!(
            (&stays[0]["plugin"], &stays[0]["keys"]["used"]),
            (&json!(STAMP), &json!(1))
        );
        install(&one, "1.0.0").await;
        assert_eq!(left(&two).await, json!([]));
        assert!(two.stored(STAMP, "stamp:on-post-created").await.is_some());

        run(&two, &["plugin", "remove", STAMP, "--delete-data"]).await;
        for server in [&one, &two] {
            assert_eq!(left(server).await, json!([]));
            let path = format!("/api/v1/admin/plugins/{STAMP}");
            server.admin.get(&path).await.expect(404);
            assert_eq!(server.stored(STAMP, "stamp:on-post-created").await, None);
        }
        one.stop().await;
        two.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plugin_has_stored_stays_while_a_server_has_it_by_hand() {
    let cluster = Cluster::on(DatabaseServer::Postgres).await;
    let one = cluster
        .server("one")
        .guest("stamp", &stamp("1.0.0"))
        .start()
        .await;
    let two = cluster
        .server("two")
        .guest("stamp", &stamp("1.0.0"))
        .start()
        .await;
    one.publish("One").await;
    eventually("it has stored when", || {
        one.stored(STAMP, "stamp:on-post-created")
    })
    .await;
    let remove = ["plugin", "remove", STAMP, "--delete-data"];
    let (is_done, said) = one.command(SERVER, &remove).await;
    assert!(!is_done, "{said}");
    assert!(said.contains("on two, the folder `stamp`"), "{said}");
    assert_eq!(stamped(&two).await, "1.0.0");
    assert!(two.stored(STAMP, "stamp:on-post-created").await.is_some());

    let (is_done, said) = two.command(SERVER, &remove).await;
    assert!(is_done, "{said}");
    assert_eq!(two.stored(STAMP, "stamp:on-post-created").await, None);
}
