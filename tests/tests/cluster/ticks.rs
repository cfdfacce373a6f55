//! A cron job is one job, however many servers wait for it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use raisfast_host_api::capability::{Db, Row, RowLimits};
use raisfast_tests::{Cluster, DatabaseServer, Settings, TestServer, WITNESS, eventually};
use serde_json::{Value, json};

const DATABASES: [DatabaseServer; 2] = [DatabaseServer::Postgres, DatabaseServer::Mariadb];
const BEAT: &str = "[[cron]]\nlabel = \"Beat\"\njob_type = \"beat\"\ncron_expr = \"* * * * * *\"";
const NEW_YEAR: &str = "[[cron]]\nlabel = \"New year\"\njob_type = \"new-year\"\ncron_expr = \"0 0 1 1 *\"\n\
                        misfire = \"once\"";

/// Returns the times of the ticks that the plugin has had, in their order.
async fn ticks(server: &TestServer) -> Vec<DateTime<Utc>> {
    let limits = RowLimits {
        rows: u64::MAX,
        bytes: u64::MAX,
        memory: u64::MAX,
    };
    let sql = "SELECT due FROM own_com_example_witness__ticks ORDER BY due";
    let rows = Db::query(server.server().database(), sql, &[], limits).await;
    let rows = rows.expect("the ticks").into_iter().map(Row::into_json);
    rows.map(|row| {
        row["due"]
            .as_str()
            .expect("a time")
            .parse()
            .expect("a time")
    })
    .collect()
}

async fn last_run(server: &TestServer) -> Value {
    server.plugin(WITNESS).await["cron"][0]["last"].clone()
}

/// Starts three servers with the plugin and this entry.
async fn three_servers(
    cluster: &Cluster,
    database: DatabaseServer,
    entry: &str,
) -> BTreeMap<&'static str, TestServer> {
    let mut servers = BTreeMap::new();
    for name in ["one", "two", "three"] {
        let settings: Settings = cluster.server(name).witness(database, entry);
        servers.insert(name, settings.start().await);
    }
    servers
}

#[tokio::test(flavor = "multi_thread")]
async fn each_tick_fires_once_over_three_servers_and_the_last_run_names_one() {
    for database in DATABASES {
        let cluster = Cluster::on(database).await;
        let servers = three_servers(&cluster, database, BEAT).await;
        let times = eventually("some ticks", || async {
            let times = ticks(&servers["one"]).await;
            (times.len() >= 6).then_some(times)
        })
        .await;
        for pair in times.windows(2) {
            assert_eq!((pair[1] - pair[0]).num_milliseconds(), 1_000, "{times:?}");
        }
        for server in servers.values() {
            let last = eventually("a run has ended", || async {
                let last = last_run(server).await;
                (last["outcome"] == "ok").then_some(last)
            })
            .await;
            let node = last["node"].as_str().expect("a name");
            assert!(servers.contains_key(node), "{last}");
            let due = last["due"].as_str().expect("a time");
            let due: DateTime<Utc> = due.parse().expect("a time");
            assert!(due >= times[0], "{last}");
        }
        for server in servers.into_values() {
            server.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_server_was_there_for_is_made_up_for_once_by_one_of_three() {
    for database in DATABASES {
        let cluster = Cluster::on(database).await;
        let servers = three_servers(&cluster, database, NEW_YEAR).await;
        eventually("the job is waited for", || async {
            let sql = "UPDATE cron_jobs SET since = '2020-01-01T00:00:00.000Z'";
            let changed = Db::execute(servers["one"].server().database(), sql, &[]).await;
            (changed.expect("it is changed") == 1).then_some(())
        })
        .await;
        for server in servers.into_values() {
            server.stop().await;
        }
        // All of them find that it was missed.
        let servers = three_servers(&cluster, database, NEW_YEAR).await;
        let last = eventually("it has run", || async {
            let last = last_run(&servers["one"]).await;
            last["ended_at"].is_string().then_some(last)
        })
        .await;
        let new_year = format!("{}-01-01T00:00:00.000Z", Utc::now().format("%Y"));
        assert_eq!(
            (&last["due"], &last["by_hand"]),
            (&json!(new_year), &json!(false))
        );
        // The runs that are in progress end before a server has stopped.
        let mut servers = servers.into_values();
        let one = servers.next().expect("three");
        for server in servers {
            server.stop().await;
        }
        assert_eq!(ticks(&one).await.len(), 1, "on {database:?}");
        assert_eq!(last_run(&one).await, last);
        one.stop().await;
    }
}
