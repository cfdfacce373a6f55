//! The open database.

use std::{collections::BTreeSet, fmt, path::PathBuf, sync::Arc, time::Duration};

use raisfast_host_api::capability::Dialect;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::{
    DbError, columns::KnownColumns, mariadb, migration::Migrator, postgres, sqlite,
    statements::PluginStatements,
};

/// How long a statement waits for an idle connection.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// The server's own connections.
pub(crate) const SERVER_CONNECTIONS: u32 = 8;
/// The connections of plugins' queries. Their changes have one connection, for which they queue in order:
/// a transaction that reads and then writes what it has read is right on every database.
pub(crate) const PLUGIN_READ_CONNECTIONS: u32 = 4;

/// How long connections may take to be idle when the database is closed.
const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

/// The statements of plugins that their database does not end, though it was told to. Their connections are
/// replaced, but only so many: what goes on there is work for nobody.
#[derive(Clone)]
pub(crate) struct Strays(Arc<Semaphore>);

impl Strays {
    const MOST: usize = 8;

    /// Whether there are as many as there may be.
    pub(crate) fn are_too_many(&self) -> bool {
        self.0.available_permits() == 0
    }

    /// One more, for as long as the answer is held; none if there are too many already.
    pub(crate) fn one_more(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }
}

impl Default for Strays {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(Self::MOST)))
    }
}

/// The server's database, open and up to date. Cloning is cheap; the clones share their
/// connections.
#[derive(Clone)]
pub struct Database {
    connection: DatabaseConnection,
    /// Where a commit is on the disk when it returns.
    changes: DatabaseConnection,
    pub(crate) plugins: Arc<dyn PluginStatements>,
    pub(crate) columns: Arc<KnownColumns>,
}

impl Database {
    /// Opens the database and brings its schema up to date; both are safe to do again.
    ///
    /// - `sqlite://data/raisfast.db?mode=rwc` is a file, made when it is not there; its folder must be.
    /// - `sqlite::memory:` is a database of its own for each call, gone with its last clone, for tests.
    /// - `postgres://user:password@host/database` is PostgreSQL, 15 or later; the database must be there.
    /// - `mysql://user:password@host/database` is MariaDB, 10.11 or later; the database must be there.
    pub async fn connect(url: &str) -> Result<Self, DbError> {
        let (connection, changes, plugins): (_, _, Arc<dyn PluginStatements>) =
            match Self::dialect_of(url)? {
                Dialect::Sqlite => {
                    let pools = Box::pin(sqlite::open(url)).await?;
                    (pools.server, pools.changes, pools.plugins)
                }
                Dialect::Postgres => {
                    let (connection, plugins) = Box::pin(postgres::open(url)).await?;
                    (connection.clone(), connection, plugins)
                }
                Dialect::Mysql => {
                    let (connection, plugins) = Box::pin(mariadb::open(url)).await?;
                    (connection.clone(), connection, plugins)
                }
            };
        Migrator::up(&connection, None)
            .await
            .map_err(|source| DbError::Migrate { source })?;
        Ok(Self {
            connection,
            changes,
            plugins,
            columns: Arc::default(),
        })
    }

    /// The dialect of the database to which a URL leads.
    pub fn dialect_of(url: &str) -> Result<Dialect, DbError> {
        match url.split_once(':').map_or("", |(scheme, _)| scheme) {
            "sqlite" => Ok(Dialect::Sqlite),
            "postgres" | "postgresql" => Ok(Dialect::Postgres),
            "mysql" | "mariadb" => Ok(Dialect::Mysql),
            _ => Err(DbError::url(url)),
        }
    }

    /// The file to which a URL leads, where it leads to one.
    pub fn file_of(url: &str) -> Option<PathBuf> {
        match Self::dialect_of(url) {
            Ok(Dialect::Sqlite) => sqlite::file_of(url),
            _ => None,
        }
    }

    /// The names of the tables that a database has now. Nothing in it changes, and an SQLite file that is
    /// not there is not made: its absence is an error.
    pub async fn tables(url: &str) -> Result<BTreeSet<String>, DbError> {
        let dialect = Self::dialect_of(url)?;
        let connection = match dialect {
            Dialect::Sqlite => sqlite::open_to_look(url).await?,
            Dialect::Postgres => postgres::open_to_look(url).await?,
            Dialect::Mysql => mariadb::open_to_look(url).await?,
        };
        let sql = match dialect {
            Dialect::Sqlite => "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')",
            Dialect::Postgres => {
                "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'"
            }
            Dialect::Mysql => {
                "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
            }
        };
        let query = Statement::from_string(connection.get_database_backend(), sql);
        let rows = connection.query_all_raw(query).await?;
        let names = rows.iter().map(|row| row.try_get_by_index(0));
        let names = names.collect::<Result<_, DbErr>>()?;
        connection.close().await?;
        Ok(names)
    }

    /// The connections that the server itself uses.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Begins a transaction that will write; dropping it rolls back. On SQLite it waits for other writers
    /// now, at most 5 seconds, rather than fail in the middle. What is committed survives a power cut; what is
    /// written without a transaction of this kind may not, on SQLite.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.changes.begin_with_options(options).await?)
    }

    /// Closes all connections once they are idle. What still runs after 5 seconds is left behind: a database may
    /// not end a statement that it was told to end.
    pub async fn close(&self) {
        let closed = async {
            // The server's own first: they cannot fail, and wait for nobody's statement but the server's.
            let _ = self.changes.close_by_ref().await;
            let _ = self.connection.close_by_ref().await;
            self.plugins.close().await;
        };
        if timeout(CLOSE_DEADLINE, closed).await.is_err() {
            tracing::warn!("a statement still runs in the database; its connection is left behind");
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}
