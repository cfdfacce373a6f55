//! Servers that reach their database through `pgbouncer`, which lends them a connection for one
//! transaction: no server can wake another.

use std::{collections::BTreeMap, time::Duration};

use raisfast::{Heard, Secret};
use raisfast_contract::PluginId;
use raisfast_host_api::capability::{Db, Events as _, Row, RowLimits};
use raisfast_tests::{
    Cluster, DatabaseServer, Manifest, Pooler, TestServer, WITNESS, eventually, eventually_within,
};
use serde_json::{Map, Value, json};
use tokio::time::timeout;

const STAMP: &str = "com.example.stamp";
const OUTBOX: &str = "/api/v1/admin/outbox";
const BEAT: &str = "[[cron]]\nlabel = \"Beat\"\njob_type = \"beat\"\ncron_expr = \"* * * * * *\"";
/// The longest time that news takes without notifications.
const MOST: Duration = Duration::from_secs(5);

async fn start(cluster: &Cluster, pooler: &Pooler, name: &str) -> TestServer {
    let url = pooler.url(cluster.database_url());
    let stamp = Manifest::new(STAMP, &["on-post-creating"]).with("[config]\nversion = \"first\"");
    let server = cluster
        .server(name)
        .witness(DatabaseServer::Postgres, BEAT)
        .guest("stamp", &stamp)
        .config(move |config| config.database_url = Secret::new(url));
    server.start().await
}

/// Returns the rows of one of the plugin's own tables.
async fn rows(server: &TestServer, sql: &str) -> Vec<Map<String, Value>> {
    let limits = RowLimits {
        rows: u64::MAX,
        bytes: u64::MAX,
        memory: u64::MAX,
    };
    let rows = Db::query(server.server().database(), sql, &[], limits).await;
    rows.expect(sql).into_iter().map(Row::into_json).collect()
}

async fn switches(one: &TestServer, two: &TestServer) {
    let path = |change: &str| format!("/api/v1/admin/plugins/{STAMP}/{change}");
    for (change, state) in [("disable", "disabled"), ("enable", "running")] {
        one.admin
            .post(&path(change), &Value::Null)
            .await
            .expect(200);
        eventually_within(MOST, change, || async {
            (two.plugin(STAMP).await["state"] == state).then_some(())
        })
        .await;
    }
    let second = json!({ "version": "second" });
    one.admin.put(&path("settings"), &second).await.expect(200);
    eventually_within(MOST, "the setting is the same everywhere", || async {
        (two.publish("fine").await["excerpt"] == "second").then_some(())
    })
    .await;
}

async fn events(one: &TestServer, two: &TestServer) {
    let plugin: PluginId = STAMP.parse().expect("an id");
    let mut listener = two.server().events().listen().await.expect("a listener");
    one.server().events().emit(&plugin, "order.paid", "7");
    let next = async {
        loop {
            match listener.next().await {
                Heard::Event(event) if event.body["type"] == "order.paid" => return,
                Heard::Event(_) => {}
                lost @ Heard::Lost(_) => panic!("{lost:?}"),
            }
        }
    };
    timeout(MOST, next).await.expect("in time");
}

async fn deliveries(servers: [&TestServer; 2]) {
    let mut written = BTreeMap::new();
    for record in 0..6 {
        let title = |change: usize| format!("{record}-{change}");
        let body = |change| json!({ "title": title(change), "content": "", "status": "draft" });
        let post = servers[record % 2].create_post(&body(0)).await;
        let id = post["id"].as_str().expect("an id").to_owned();
        for change in 1..6 {
            let server = servers[(record + change) % 2];
            let path = format!("/api/v1/posts/{id}");
            server.admin.put(&path, &body(change)).await.expect(200);
        }
        written.insert(id, (0..6).map(title).collect::<Vec<_>>());
    }
    eventually("all is delivered", || async {
        let page = servers[0].admin.get(OUTBOX).await.expect(200);
        (page["items"] == json!([])).then_some(())
    })
    .await;
    let sql = "SELECT record, content FROM own_com_example_witness__deliveries ORDER BY number";
    let mut heard = BTreeMap::<String, Vec<String>>::new();
    for row in rows(servers[0], sql).await {
        let [record, content] = ["record", "content"].map(|column| row[column].as_str());
        let of_record = heard.entry(record.expect("an id").to_owned()).or_default();
        of_record.push(content.expect("a title").to_owned());
    }
    heard.retain(|record, _| written.contains_key(record));
    assert_eq!(heard, written);
}

async fn ticks(server: &TestServer) {
    let sql = "SELECT due FROM own_com_example_witness__ticks ORDER BY due";
    let due = eventually("some ticks", || async {
        let rows = rows(server, sql).await;
        (rows.len() >= 5).then_some(rows)
    })
    .await;
    let mut once = due.clone();
    once.dedup();
    assert_eq!(due, once, "each tick once");
    let last = server.plugin(WITNESS).await["cron"][0]["last"].clone();
    assert!(last["node"] == "one" || last["node"] == "two", "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_behind_a_pooler_work_together_by_polling_alone() {
    let pooler = Pooler::start();
    let cluster = Cluster::on(DatabaseServer::Postgres).await;
    let one = start(&cluster, &pooler, "one").await;
    let two = start(&cluster, &pooler, "two").await;
    assert!(!one.server().database().has_notifications());
    let list = one.admin.get("/api/v1/admin/nodes").await.expect(200);
    let states = list["items"].as_array().expect("a list").iter();
    assert!(
        states.clone().all(|node| node["state"] == "alive"),
        "{list}"
    );
    assert_eq!(states.count(), 2);

    switches(&one, &two).await;
    events(&one, &two).await;
    deliveries([&one, &two]).await;
    ticks(&one).await;
    one.stop().await;
    two.stop().await;
}
