//! Servers know each other: leases, fences, refusals.

use std::time::Duration;

use raisfast::{Config, Secret, Server, Timing};
use raisfast_db::{Database, Timestamp, entity::nodes};
use raisfast_tests::{Client, Cluster, DatabaseServer, TestServer, eventually, eventually_within};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Statement, sea_query::Expr,
};
use serde_json::Value;

use crate::SERVER;

const NODES: &str = "/api/v1/admin/nodes";
/// The time for which a lease lasts, and what a test may need to see its end.
const LEASE: Duration = Duration::from_secs(11);

/// Returns the rows that a server lists.
async fn listed(client: &Client) -> Vec<Value> {
    let list = client.get(NODES).await.expect(200);
    list["items"].as_array().expect("a list").clone()
}

/// Returns `name state` of each.
fn states(nodes: &[Value]) -> Vec<String> {
    let of = |node: &Value| {
        let [name, state] = ["name", "state"].map(|key| node[key].as_str().expect("a text"));
        format!("{name} {state}")
    };
    nodes.iter().map(of).collect()
}

/// Returns the ends of all leases, unless its connection has just been cut.
async fn ends(database: &Database) -> Option<Vec<Timestamp>> {
    let rows = nodes::Entity::find().order_by_asc(nodes::Column::Id);
    let rows = rows.all(database.connection()).await.ok()?;
    Some(rows.into_iter().map(|row| row.alive_until).collect())
}

/// Returns the id that a server says it has.
async fn own_id(client: &Client) -> Option<String> {
    let nodes = listed(client).await;
    let own = nodes.iter().find(|node| node["is_this"] == true)?;
    Some(own["id"].as_str().expect("an id").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_list_each_other_and_one_that_is_killed_is_gone_within_its_lease() {
    for database in [DatabaseServer::Postgres, DatabaseServer::Mariadb] {
        let cluster = Cluster::on(database).await;
        let one = cluster.server("one").start().await;
        let two = cluster.process("two").start_child(SERVER, "").await;
        let nodes = listed(&one.admin).await;
        assert_eq!(states(&nodes), ["one alive", "two alive"]);
        let address = one.server().addr().to_string();
        let expected = [
            ("address", address.as_str()),
            ("files", "shared"),
            ("version", env!("CARGO_PKG_VERSION")),
        ];
        for (key, value) in expected {
            assert_eq!(nodes[0][key], value);
        }
        assert_eq!(
            (&nodes[0]["is_this"], &nodes[1]["is_this"]),
            (&true.into(), &false.into())
        );
        assert_eq!(
            own_id(&two.admin).await.as_ref(),
            nodes[1]["id"].as_str().map(str::to_owned).as_ref()
        );

        two.signal("KILL");
        eventually_within(LEASE, "it is gone", || async {
            (states(&listed(&one.admin).await) == ["one alive", "two gone"]).then_some(())
        })
        .await;
        // Who stops in good order leaves nothing.
        let three = cluster.server("three").start().await;
        one.stop().await;
        assert_eq!(
            states(&listed(&three.admin).await),
            ["two gone", "three alive"]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stood_still_for_longer_than_its_lease_never_has_its_id_again() {
    let cluster = Cluster::on(DatabaseServer::Postgres).await;
    let one = cluster.server("one").start().await;
    let two = cluster.process("two").start_child(SERVER, "").await;
    let former = own_id(&two.admin).await.expect("it has joined");
    two.signal("STOP");
    eventually_within(LEASE, "it is gone", || async {
        (states(&listed(&one.admin).await) == ["one alive", "two gone"]).then_some(())
    })
    .await;
    two.signal("CONT");
    // Its first answer already.
    let next = eventually("it has joined anew", || async {
        let id = own_id(&two.admin).await;
        assert_ne!(id.as_ref(), Some(&former));
        id
    })
    .await;
    let nodes = listed(&one.admin).await;
    assert_eq!(states(&nodes), ["one alive", "two gone", "two alive"]);
    assert_eq!(
        (&nodes[1]["id"], &nodes[2]["id"]),
        (&former.into(), &next.into())
    );
    assert!(
        two.log().contains("the lease of this server is over"),
        "{}",
        two.log()
    );
    let record = "this server has a lease again";
    let log = two.log();
    let line = log
        .lines()
        .find(|line| line.contains(record))
        .expect("it is logged");
    assert!(line.ends_with(" node=two"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_whose_connections_are_cut_go_on_under_their_ids() {
    let cluster = Cluster::on(DatabaseServer::Postgres).await;
    let one = cluster.server("one").start().await;
    let two = cluster.server("two").start().await;
    let ids = [one.server().node().id(), two.server().node().id()];
    let database = Database::connect(cluster.database_url()).await.unwrap();
    let connection = database.connection();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    // For longer than a lease lasts.
    for _ in 0..6 {
        let before = eventually("the leases are read", || ends(&database)).await;
        let cut = Statement::from_string(connection.get_database_backend(), cut);
        connection.execute_raw(cut).await.unwrap();
        eventually("both have renewed their leases", || async {
            let now = ends(&database).await?;
            now.iter()
                .zip(&before)
                .all(|(now, before)| now > before)
                .then_some(())
        })
        .await;
    }
    assert_eq!([one.server().node().id(), two.server().node().id()], ids);
    let nodes = eventually("the database answers", || async {
        let answer = one.admin.get(NODES).await;
        (answer.status == 200).then_some(answer.body)
    });
    assert_eq!(
        states(nodes.await["items"].as_array().unwrap()),
        ["one alive", "two alive"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_lease_is_not_ready_and_says_whose_its_figures_are() {
    let cluster = Cluster::on(DatabaseServer::Postgres).await;
    let timing = Timing {
        lease: Duration::from_secs(4),
        margin: Duration::from_secs(1),
        renewal: Duration::from_millis(400),
        patience: Duration::from_millis(380),
        ..Timing::default()
    };
    let server = cluster
        .server("one")
        .config(move |config| config.node.timing = timing)
        .start()
        .await;
    assert_eq!(server.visitor.get("/readyz").await.status, 200);
    let figures = server.admin.get("/metrics").await.expect(200);
    let figures = figures.as_str().expect("text");
    let samples: Vec<_> = figures
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    assert!(samples.len() > 10, "{figures}");
    for sample in samples {
        assert!(sample.contains("node=\"one\""), "{sample}");
    }

    let database = Database::connect(cluster.database_url()).await.unwrap();
    let holder = database.begin().await.unwrap();
    let patient = "SET LOCAL idle_in_transaction_session_timeout = 0";
    holder.execute_unprepared(patient).await.unwrap();
    let id = server.server().node().id().expect("an id").to_string();
    nodes::Entity::update_many()
        .col_expr(nodes::Column::Version, Expr::value("held"))
        .filter(nodes::Column::Id.eq(id))
        .exec(&holder)
        .await
        .unwrap();
    let refusal = eventually("it is not ready", || async {
        let answer = server.visitor.get("/readyz").await;
        (answer.status == 503).then_some(answer.body)
    })
    .await;
    assert!(
        refusal
            .to_string()
            .contains("lease of this server has run out"),
        "{refusal}"
    );
    holder.rollback().await.unwrap();
    eventually("it is ready again", || async {
        (server.visitor.get("/readyz").await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_with_local_files_is_refused_with_the_line_to_change() {
    let cluster = Cluster::on(DatabaseServer::Postgres).await;
    let one = cluster.server("one").start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::with_data_dir(folder.path().join("data"));
    config.addr.set_port(0);
    config.database_url = Secret::new(cluster.database_url());
    config.plugins.dir = folder.path().join("plugins");
    let refused = Server::start(config.clone())
        .await
        .err()
        .expect("it is refused")
        .to_string();
    let first = format!("one at {}", one.server().addr());
    for expected in [
        first.as_str(),
        "PLUGIN_VFS_URI",
        "`vfs_uri` under [plugins]",
        "s3://",
    ] {
        assert!(refused.contains(expected), "{refused}");
    }
    // Alone it may; and who is killed then is not in its own way.
    one.stop().await;
    let alone = Server::start(config.clone()).await.expect("it is alone");
    drop(alone);
    let again = Server::start(config).await.expect("the same, again");
    again.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_the_servers_in_a_terminal() {
    let cluster = Cluster::on(DatabaseServer::Postgres).await;
    let one = cluster.server("one").start().await;
    let two = cluster.server("two").start().await;
    let (is_done, text) = two.command(SERVER, &["nodes"]).await;
    assert!(is_done, "{text}");
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("NAME  ADDRESS "), "{text}");
    let address = one.server().addr();
    assert!(lines[1].starts_with(&format!("one   {address}")), "{text}");
    assert!(lines[1].contains("  shared  alive  20"), "{text}");
    assert!(lines.iter().all(|line| line.len() <= 80), "{text}");
    assert_eq!(lines.len(), 3, "{text}");
    let (is_done, text) = two.command(SERVER, &["nodes", "--json"]).await;
    assert!(is_done, "{text}");
    let list: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        states(list["items"].as_array().unwrap()),
        ["one alive", "two alive"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_can_have_no_other_lists_itself() {
    let server = TestServer::with()
        .config(|config| {
            let file = config.data_dir.join("alone.db");
            config.database_url = Secret::new(format!("sqlite://{}?mode=rwc", file.display()));
        })
        .start()
        .await;
    let nodes = listed(&server.admin).await;
    assert_eq!(nodes.len(), 1);
    assert_eq!(
        (&nodes[0]["is_this"], &nodes[0]["alive_until"]),
        (&true.into(), &Value::Null)
    );
    let figures = server.admin.get("/metrics").await.expect(200);
    assert!(!figures.to_string().contains("node="), "{figures}");
}
