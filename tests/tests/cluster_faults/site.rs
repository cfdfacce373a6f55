//! Three servers on one database, each with a user of its own there, so that its connections can be
//! told from the others'.

use std::{fs, sync::Arc, time::Duration};

use raisfast_db::Database;
use raisfast_tests::{
    ChildServer, Cluster, DatabaseServer, WITNESS, eventually_within, guest, witness_manifest,
    witness_migration,
};
use reqwest::Method;
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use serde_json::{Value, json};

use crate::{SERVER, front::Front};

pub(crate) const SERVERS: usize = 3;
/// The time that everything may take to come to rest.
const REST: Duration = Duration::from_secs(90);
const MANIFEST: &str = "[limits]\nkv_keys = 1000000\n\
                        [[cron]]\nlabel = \"Beat\"\njob_type = \"beat\"\ncron_expr = \"* * * * * *\"";
const OUTBOX: &str = "/api/v1/admin/outbox";

/// The servers, and what is in front of and behind them.
pub(crate) struct Site {
    pub(crate) database: DatabaseServer,
    pub(crate) servers: Vec<ChildServer>,
    pub(crate) front: Arc<Front>,
    connection: Database,
    cluster: Cluster,
}

impl Site {
    /// Starts the servers, and installs the plugin through one of them.
    pub(crate) async fn start(database: DatabaseServer) -> Self {
        let cluster = Cluster::on(database).await;
        let connection = Database::connect(cluster.database_url()).await;
        let mut site = Self {
            database,
            servers: Vec::new(),
            front: Arc::default(),
            connection: connection.expect("the database"),
            cluster,
        };
        for server in 0..SERVERS {
            let user = user(server);
            for sql in user_made(database, &user) {
                site.query(&sql).await;
            }
            let url = as_user(site.cluster.database_url(), &user);
            let settings = site.cluster.process(&user).variable("DATABASE_URL", &url);
            site.servers.push(settings.start_child(SERVER, "").await);
        }
        site.install().await;
        for server in 0..SERVERS {
            site.serves(server).await;
        }
        site
    }

    async fn install(&self) {
        let folder = tempfile::tempdir().expect("a folder");
        let (name, sql) = witness_migration(self.database);
        let manifest = witness_manifest().with(MANIFEST);
        let migrations = folder.path().join("migrations");
        fs::create_dir(&migrations).expect("a folder");
        fs::write(migrations.join(name), sql).expect("a migration");
        fs::write(folder.path().join("plugin.wasm"), guest("witness")).expect("a wasm");
        fs::write(folder.path().join("manifest.toml"), manifest.text()).expect("a manifest");
        let path = folder.path().to_str().expect("UTF-8");
        let (is_done, said) = self.servers[0]
            .command(SERVER, &["plugin", "install", path])
            .await;
        assert!(is_done, "{said}");
    }

    /// Returns the login that every server knows.
    pub(crate) fn token(&self) -> String {
        self.servers[0].admin.token().to_owned()
    }

    /// Waits until a server is ready, and lets it have requests.
    pub(crate) async fn serves(&self, server: usize) {
        let child = &self.servers[server];
        let what = format!("server {server} is ready");
        eventually_within(REST, &what, || async {
            // A connection may be left from before the server was killed.
            let asked = child.visitor.request(Method::GET, "/readyz");
            let ready = asked.send().await.ok()?;
            (ready.status() == 200).then_some(())
        })
        .await;
        self.front
            .add(server, format!("http://{}", child.address()));
    }

    /// Runs a statement as the database's owner; again, where its connection has just been cut.
    pub(crate) async fn query(&self, sql: &str) -> Vec<QueryResult> {
        let connection = self.connection.connection();
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        eventually_within(REST, sql, || async {
            connection.query_all_raw(statement.clone()).await.ok()
        })
        .await
    }

    /// Ends all connections of a server.
    pub(crate) async fn cut(&self, server: usize) {
        let user = user(server);
        let sql = match self.database {
            DatabaseServer::Postgres => format!(
                "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE usename = '{user}'"
            ),
            DatabaseServer::Mariadb => format!("KILL USER {user}"),
        };
        let connection = self.connection.connection();
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        connection.execute_raw(statement).await.expect("it is cut");
    }

    /// Waits until nothing is left to deliver. Plugins that are paused because the database was
    /// away are called again, and what has failed is tried again, as an operator would do it.
    pub(crate) async fn settle(&self) {
        let admin = &self.servers[0].admin;
        let reset = format!("/api/v1/admin/plugins/{WITNESS}/reset");
        eventually_within(REST, "all is delivered", || async {
            admin.post(&reset, &Value::Null).await.expect(200);
            let retry = admin.post(&format!("{OUTBOX}/retry"), &Value::Null).await;
            retry.expect(200);
            let dead = admin.get(&format!("{OUTBOX}?state=dead")).await.expect(200);
            assert_eq!(dead["items"], json!([]), "a fault makes no dead letter");
            let waiting = admin.get(OUTBOX).await.expect(200);
            (waiting["items"] == json!([])).then_some(())
        })
        .await;
    }

    /// Returns what the servers have warned of.
    pub(crate) fn warnings(&self) -> String {
        let is_one = |line: &&str| {
            ["WARN", "ERROR", "lease"]
                .iter()
                .any(|it| line.contains(it))
        };
        let mut warnings = Vec::new();
        for (number, server) in self.servers.iter().enumerate() {
            let log = server.log();
            let lines = log.lines().filter(is_one);
            warnings.extend(lines.map(|line| format!("{number}: {line}")));
        }
        warnings.join("\n")
    }
}

fn user(server: usize) -> String {
    format!("node_{server}")
}

fn user_made(database: DatabaseServer, user: &str) -> Vec<String> {
    match database {
        DatabaseServer::Postgres => vec![format!("CREATE ROLE {user} SUPERUSER LOGIN")],
        DatabaseServer::Mariadb => vec![
            format!("CREATE USER {user}@localhost"),
            format!("GRANT ALL ON *.* TO {user}@localhost"),
        ],
    }
}

/// Returns the URL with another user in it.
fn as_user(url: &str, user: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (_, place) = rest.split_once('@').expect("a URL with a user");
    format!("{scheme}://{user}@{place}")
}
