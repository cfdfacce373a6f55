//! A plugin's quota of files is one for all servers of the site.

use std::{future::Future, time::Duration};

use futures::future::{join, join_all};
use raisfast_tests::{
    Client, Cluster, DatabaseServer, Settings, TestServer, content_type, eventually,
    eventually_within, script,
};
use serde_json::{Value, json};

use crate::SERVER;

const PLUGIN: &str = "com.example.caller";
const DATABASES: [DatabaseServer; 2] = [DatabaseServer::Postgres, DatabaseServer::Mariadb];
/// Bytes of all files that the plugin may keep.
const MOST: usize = 1_000;
/// The time for which a lease lasts, and what a test may need to see its end.
const LEASE: Duration = Duration::from_secs(11);

fn with_caller(server: Settings) -> Settings {
    let limits = format!(
        "[limits]\nvfs_total_bytes = {MOST}\nvfs_file_bytes = 500\n[pool]\nsize = 4\n\
         [permissions]\ntimeout_ms = 20000"
    );
    server.caller(PLUGIN, &limits)
}

/// Calls one function of the plugin.
async fn call(client: &Client, function: &str, args: Value) -> Value {
    let path = format!("/api/v1/content/{}", content_type(PLUGIN));
    let answer = client.post(&path, &script(&[(function, args)])).await;
    answer.expect(201)["data"]["results"][0].clone()
}

/// Writes a file of this many bytes, and returns true if the plugin may.
async fn write(client: &Client, path: &str, bytes: usize) -> bool {
    let written = call(client, "vfs-write", json!([path, "x".repeat(bytes)])).await;
    written.as_bool().expect("true or false")
}

/// Returns files and bytes, as an administrator sees them.
async fn used(client: &Client) -> (u64, u64) {
    let path = format!("/api/v1/admin/plugins/{PLUGIN}/storage");
    let storage = client.get(&path).await.expect(200);
    let used = |key: &str| storage[key]["used"].as_u64().expect("a number");
    (used("files"), used("file_bytes"))
}

/// Returns files and bytes that are in the bucket.
fn kept(cluster: &Cluster) -> (u64, u64) {
    let prefix = format!("site/{PLUGIN}/");
    let keys = cluster.files().keys().into_iter();
    let sizes: Vec<_> = keys
        .filter(|key| key.starts_with(&prefix))
        .map(|key| cluster.files().get(&key).expect("it is there").len() as u64)
        .collect();
    (sizes.len() as u64, sizes.iter().sum())
}

async fn two_servers(cluster: &Cluster) -> [TestServer; 2] {
    [
        with_caller(cluster.server("one")).start().await,
        with_caller(cluster.server("two")).start().await,
    ]
}

/// Runs the same on PostgreSQL and on MariaDB.
async fn on_each<F: Future<Output = ()>>(test: impl Fn(Cluster) -> F) {
    for database in DATABASES {
        Box::pin(test(Cluster::on(database).await)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_write_at_once_keep_together_what_one_may() {
    on_each(|cluster| async move {
        let servers = two_servers(&cluster).await;
        // Room for 10 of 24, which both write in four lines.
        let lines = (0..8).map(|line| {
            let client = &servers[line % 2].admin;
            async move {
                let mut written = 0;
                for file in 0..3 {
                    let is_written = write(client, &format!("{line}/{file}"), 100).await;
                    written += u64::from(is_written);
                }
                written
            }
        });
        let written: u64 = join_all(lines).await.into_iter().sum();
        assert_eq!(written, 10);
        assert_eq!(kept(&cluster), (10, 1_000));
        for server in &servers {
            assert_eq!(used(&server.admin).await, (10, 1_000));
            let refused = server.logs(PLUGIN, "the limit is 1000").await;
            assert!(refused.contains("delete files"), "{refused}");
        }
        for server in servers {
            server.stop().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_replaced_or_deleted_on_one_server_makes_room_on_the_other() {
    on_each(|cluster| async move {
        let servers = two_servers(&cluster).await;
        let [one, two] = [&servers[0].admin, &servers[1].admin];
        assert!(write(one, "a", 500).await);
        assert!(write(two, "b", 500).await);
        assert!(!write(one, "c", 1).await);
        assert!(write(two, "a", 400).await, "it may shrink");
        assert!(write(one, "c", 100).await);
        assert!(!write(two, "d", 1).await);
        assert_eq!(call(two, "vfs-delete", json!(["b"])).await, true);
        assert!(write(one, "d", 500).await);
        assert!(!write(two, "e", 1).await);
        for client in [one, two] {
            assert_eq!(used(client).await, (3, 1_000));
        }
        for server in servers {
            server.stop().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_write_one_file_leave_the_count_of_the_one_that_stays() {
    on_each(|cluster| async move {
        let servers = two_servers(&cluster).await;
        let [one, two] = [&servers[0].admin, &servers[1].admin];
        for _ in 0..8 {
            let written = join(write(one, "same", 10), write(two, "same", 300)).await;
            assert_eq!(written, (true, true));
            let there = kept(&cluster);
            assert_eq!(there.0, 1);
            assert_eq!(used(one).await, there);
            let deleted = join(
                call(one, "vfs-delete", json!(["same"])),
                write(two, "same", 20),
            );
            deleted.await;
            assert_eq!(used(two).await, kept(&cluster));
        }
        for server in servers {
            server.stop().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_while_it_writes_keeps_no_room() {
    on_each(|cluster| async move {
        let one = with_caller(cluster.server("one")).start().await;
        let two = with_caller(cluster.process("two"));
        let two = two.start_child(SERVER, "").await;
        assert!(write(&one.admin, "a", 500).await);
        assert!(write(&two.admin, "b", 100).await);

        cluster.files().hold_writes();
        let unfinished = {
            let path = format!("/api/v1/content/{}", content_type(PLUGIN));
            let call = script(&[("vfs-write", json!(["unfinished", "x".repeat(400)]))]);
            let request = two.admin.request(reqwest::Method::POST, &path).json(&call);
            tokio::spawn(request.send())
        };
        eventually("the bucket has got it", || async {
            (cluster.files().held_writes() > 0).then_some(())
        })
        .await;
        two.signal("KILL");
        unfinished
            .await
            .expect("no panic")
            .expect_err("its server is gone");
        eventually("the bucket knows that nobody waits", || async {
            (cluster.files().held_writes() == 0).then_some(())
        })
        .await;
        cluster.files().release_writes();

        // It is let through when the lease of the other ends, and not refused for want of room.
        let written = eventually_within(LEASE, "the turn is free", || async {
            write(&one.admin, "c", 400).await.then_some(())
        });
        written.await;
        assert_eq!(kept(&cluster), (3, 1_000));
        assert_eq!(used(&one.admin).await, (3, 1_000));
        one.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_put_there_counts_after_a_start() {
    let cluster = Cluster::on(DatabaseServer::Postgres).await;
    let one = with_caller(cluster.server("one")).start().await;
    assert!(write(&one.admin, "a", 500).await);
    let path = format!("site/{PLUGIN}/by-hand");
    cluster.files().put(&path, "x".repeat(400));
    one.stop().await;
    let two = with_caller(cluster.server("two")).start().await;
    assert!(!write(&two.admin, "b", 200).await);
    assert!(write(&two.admin, "b", 100).await);
    assert_eq!(used(&two.admin).await, (3, 1_000));
}
