//! What is particular to SQLite: how connections are opened, what a value is, what an error means.
//!
//! Three pools look at one database:
//!
//! - `server`: the server's own statements, through sea-orm.
//! - `plugin_reads`: connections that SQLite itself opens read-only, so that a query which got past
//!   the gate could still change nothing.
//! - `plugin_writes`: a single connection. SQLite has one writer at a time; plugins queue for it
//!   here, in order, and not by polling the file's lock.

mod error;
mod row;

use std::time::Duration;

pub(crate) use error::{api_error, is_busy};
pub(crate) use row::{bind, read_row};
use sea_orm::{
    DatabaseConnection, SqlxSqliteConnector,
    sqlx::{
        self, ConnectOptions, Connection, SqlitePool,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    },
};
use uuid::Uuid;

use crate::DbError;

/// How long a writer waits for the one before it.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a statement waits for an idle connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const SERVER_CONNECTIONS: u32 = 8;
const PLUGIN_READ_CONNECTIONS: u32 = 4;

/// The pools of one SQLite database.
#[derive(Clone)]
pub(crate) struct Sqlite {
    server: SqlitePool,
    pub(crate) plugin_reads: SqlitePool,
    pub(crate) plugin_writes: SqlitePool,
}

impl Sqlite {
    pub(crate) async fn open(url: &str) -> Result<Self, DbError> {
        let options = connect_options(url)?;
        let open = |source| DbError::Open { source };
        // One connection alone makes the file and switches it to WAL: the switch waits for nobody, and a
        // pool may open two connections at once.
        let first = options.connect().await.map_err(open)?;
        let server = pool(SERVER_CONNECTIONS)
            .connect_with(options.clone())
            .await
            .map_err(open)?;
        let plugin_reads = pool(PLUGIN_READ_CONNECTIONS)
            .connect_with(read_only(options.clone()))
            .await
            .map_err(open)?;
        let plugin_writes = pool(1).connect_with(options).await.map_err(open)?;
        first.close().await.map_err(open)?;
        Ok(Self {
            server,
            plugin_reads,
            plugin_writes,
        })
    }

    pub(crate) fn connection(&self) -> DatabaseConnection {
        SqlxSqliteConnector::from_sqlx_sqlite_pool(self.server.clone())
    }

    pub(crate) async fn close(&self) {
        self.plugin_writes.close().await;
        self.plugin_reads.close().await;
        self.server.close().await;
    }
}

/// At least one connection stays open for good: a database in memory lives as long as somebody
/// holds it.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
}

fn connect_options(url: &str) -> Result<SqliteConnectOptions, DbError> {
    let unknown = || DbError::Url {
        found: url
            .split_once(':')
            .map_or("", |(scheme, _)| scheme)
            .to_owned(),
    };
    if !url.starts_with("sqlite:") {
        return Err(unknown());
    }
    let options = if is_in_memory(url) {
        // SQLite's own `memdb` file system: connections share a named database with proper locks,
        // which a private `:memory:` cannot and a shared cache does not.
        SqliteConnectOptions::new()
            .filename(format!("/raisfast-{}", Uuid::now_v7()))
            .vfs("memdb")
    } else {
        url.parse::<SqliteConnectOptions>()
            .map_err(|_| unknown())?
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
    };
    Ok(options.foreign_keys(true).busy_timeout(BUSY_TIMEOUT))
}

fn is_in_memory(url: &str) -> bool {
    url.contains(":memory:") || url.contains("mode=memory")
}

fn read_only(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .read_only(true)
        .create_if_missing(false)
        .pragma("query_only", "1")
}

/// A plugin's statement, which the gate has parsed and let through.
pub(crate) fn gated(sql: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(sql.to_owned())
}
