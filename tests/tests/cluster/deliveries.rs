//! Deliveries are the work of all servers together.

use std::{collections::BTreeMap, time::Duration};

use futures::future::join_all;
use raisfast_host_api::capability::{Db, Row, RowLimits};
use raisfast_tests::{
    Client, Cluster, DatabaseServer, HeldServer, Manifest, TestServer, content_type, eventually,
    eventually_within, guest,
};
use serde_json::{Map, Value, json};

use crate::SERVER;

const DATABASES: [DatabaseServer; 2] = [DatabaseServer::Postgres, DatabaseServer::Mariadb];
const CALLER: &str = "com.example.caller";
const OUTBOX: &str = "/api/v1/admin/outbox";
/// The time for which a lease lasts, and what a server needs to see its end and to call.
const TAKEN_OVER: Duration = Duration::from_secs(16);

/// Returns the rows of one of the plugin's own tables.
async fn rows(server: &TestServer, sql: &str) -> Vec<Map<String, Value>> {
    let limits = RowLimits {
        rows: u64::MAX,
        bytes: u64::MAX,
        memory: u64::MAX,
    };
    let rows = Db::query(server.server().database(), sql, &[], limits).await;
    let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.into_iter().map(Row::into_json).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_action_is_delivered_once_and_in_order_whichever_server_wrote_it() {
    const RECORDS: usize = 8;
    const CHANGES: usize = 8;
    for database in DATABASES {
        let cluster = Cluster::on(database).await;
        let start = async |name| cluster.server(name).witness(database, "").start().await;
        let servers = [start("one").await, start("two").await];
        let write = async |record: usize| {
            let title = |change: usize| format!("{record}-{change}");
            let body = |change| json!({ "title": title(change), "content": "", "status": "draft" });
            let post = servers[record % 2].create_post(&body(0)).await;
            let id = post["id"].as_str().expect("an id").to_owned();
            for change in 1..CHANGES {
                let server = &servers[(record + change) % 2];
                let path = format!("/api/v1/posts/{id}");
                server.admin.put(&path, &body(change)).await.expect(200);
            }
            (id, (0..CHANGES).map(title).collect::<Vec<_>>())
        };
        let written: BTreeMap<_, _> = join_all((0..RECORDS).map(write))
            .await
            .into_iter()
            .collect();

        eventually("all is delivered", || async {
            let page = servers[0].admin.get(OUTBOX).await.expect(200);
            (page["items"] == json!([])).then_some(())
        })
        .await;
        let sql = "SELECT record, content FROM own_com_example_witness__deliveries ORDER BY number";
        let mut heard = BTreeMap::<_, Vec<_>>::new();
        for row in rows(&servers[0], sql).await {
            let [record, content] = ["record", "content"].map(|column| row[column].as_str());
            let of_record = heard.entry(record.expect("an id").to_owned()).or_default();
            of_record.push(content.expect("a title").to_owned());
        }
        assert_eq!(heard, written, "on {database:?}");
        for server in servers {
            server.stop().await;
        }
    }
}

/// Returns the servers that have claimed deliveries.
async fn holders(client: &Client) -> Vec<Value> {
    let page = client.get(OUTBOX).await.expect(200);
    let rows = page["items"].as_array().expect("a list").iter();
    rows.map(|row| row["claimed_by"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_that_is_killed_has_claimed_passes_on_and_all_see_who_holds_it() {
    for database in DATABASES {
        let held = HeldServer::start().await;
        let origin = held.origin();
        let manifest = Manifest::new(CALLER, &["on-content-created"]).with(&format!(
            "[permissions]\nhttp = [\"{origin}\"]\ntimeout_ms = 30000"
        ));
        let cluster = Cluster::on(database).await;
        // Only one of them runs the plugin until the other is gone.
        let networks = "[http]\nallowed_networks = ['127.0.0.0/8']";
        let two = cluster
            .process("two")
            .guest("all-functions", &manifest)
            .start_child(SERVER, networks)
            .await;
        let one = cluster
            .server("one")
            .config(|config| config.allowed_networks = vec!["127.0.0.0/8".parse().unwrap()])
            .start()
            .await;
        let path = format!("/api/v1/content/{}", content_type(CALLER));
        let script = json!({ "function": "http-get", "args": [origin] });
        two.admin.post(&path, &script).await.expect(201);
        held.called(1).await;
        assert_eq!(holders(&one.admin).await, ["two"]);
        let (is_done, said) = one.command(SERVER, &["outbox", "list"]).await;
        assert!(is_done && said.contains("two"), "{said}");

        one.deploy("all-functions", &guest("all-functions"), &manifest);
        one.reaches(CALLER, "running", 1).await;
        two.signal("KILL");
        eventually_within(TAKEN_OVER, "the other server holds it", || async {
            (holders(&one.admin).await == ["one"]).then_some(())
        })
        .await;
        held.called(2).await;
        held.open();
        eventually("it is delivered", || async {
            holders(&one.admin).await.is_empty().then_some(())
        })
        .await;
        one.stop().await;
    }
}
