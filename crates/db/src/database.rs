//! The open database.

use std::{collections::BTreeSet, fmt, path::PathBuf, sync::Arc, time::Duration};

use raisfast_host_api::capability::{Db as _, Dialect};
#[cfg(feature = "mariadb")]
use sea_orm::SqlxMySqlConnector;
#[cfg(feature = "postgres")]
use sea_orm::SqlxPostgresConnector;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions,
};
use tokio::{sync::Mutex, time::timeout};

#[cfg(any(feature = "mariadb", feature = "postgres"))]
use crate::connections::apart;
#[cfg(feature = "mariadb")]
use crate::mariadb;
#[cfg(feature = "postgres")]
use crate::postgres;
#[cfg(feature = "sqlite")]
use crate::sqlite;
use crate::{
    Connection, DbError,
    columns::KnownColumns,
    connections::Pools,
    entity::plugin_data_locks,
    statements::PluginStatements,
    upgrade::{Turn, bring_up_to_date},
};

/// The time that connections may take to be idle when the database is closed.
const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

/// The server's database, open and up to date. Cloning is cheap; the clones share their
/// connections.
#[derive(Clone)]
pub struct Database {
    connection: Connection,
    /// The connections on which a commit is on the disk when it returns.
    changes: Connection,
    pub(crate) plugins: Arc<dyn PluginStatements>,
    pub(crate) columns: Arc<KnownColumns>,
    /// For each row of `plugin_data_locks`, the turn of this process to wait for it.
    pub(crate) turns: Arc<[Mutex<()>]>,
}

impl Database {
    /// Opens the database and brings its schema up to date; both are safe to do again.
    ///
    /// - `sqlite://data/raisfast.db?mode=rwc` is a file, made when it is not there; its folder must
    ///   be.
    /// - `sqlite::memory:` is a database of its own for each call, gone with its last clone, for
    ///   tests.
    /// - `postgres://user:password@host/database` is PostgreSQL, 15 or later; the database must be
    ///   there.
    /// - `mysql://user:password@host/database` is MariaDB, 10.11 or later; the database must be
    ///   there.
    pub async fn connect(url: &str) -> Result<Self, DbError> {
        // Held by the futures of a whole start: it is in a box of its own.
        let turn = Box::pin(Turn::take(url)).await?;
        let Pools {
            server: connection,
            changes,
            plugins,
        } = open(url).await?;
        bring_up_to_date(&connection).await?;
        turn.end().await?;
        Ok(Self {
            connection,
            changes,
            plugins,
            columns: Arc::default(),
            turns: (0..plugin_data_locks::ROWS)
                .map(|_| Mutex::default())
                .collect(),
        })
    }

    /// Returns the dialect of the database to which a URL leads, whether or not this build has it.
    pub fn dialect_of(url: &str) -> Result<Dialect, DbError> {
        match url.split_once(':').map_or("", |(scheme, _)| scheme) {
            "sqlite" => Ok(Dialect::Sqlite),
            "postgres" | "postgresql" => Ok(Dialect::Postgres),
            "mysql" | "mariadb" => Ok(Dialect::Mysql),
            _ => Err(DbError::url(url)),
        }
    }

    /// Returns the file to which a URL leads, where it leads to one.
    pub fn file_of(url: &str) -> Option<PathBuf> {
        match Self::dialect_of(url) {
            #[cfg(feature = "sqlite")]
            Ok(Dialect::Sqlite) => sqlite::file_of(url),
            _ => None,
        }
    }

    /// Returns the names of the tables that a database has now. Nothing in it changes, and an
    /// SQLite file that is not there is not made: its absence is an error.
    pub async fn tables(url: &str) -> Result<BTreeSet<String>, DbError> {
        let (connection, sql) = open_read_only(url).await?;
        let query = Statement::from_string(connection.get_database_backend(), sql);
        let rows = connection.query_all_raw(query).await?;
        let names = rows.iter().map(|row| row.try_get_by_index(0));
        let names = names.collect::<Result<_, DbErr>>()?;
        connection.close().await?;
        Ok(names)
    }

    /// The connections that the server itself uses.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Returns one connection apart from the others, which is opened with its first statement and
    /// waited for no longer than this: who has to be in time does not queue. On SQLite, where there
    /// is one writer anyway, it is the server's own.
    pub fn apart(&self, patience: Duration) -> Connection {
        match self.dialect() {
            #[cfg(feature = "postgres")]
            Dialect::Postgres => {
                let pool = self.connection.pool().get_postgres_connection_pool();
                let pool = apart(pool, patience);
                let pool = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
                if self.connection.is_lent() {
                    Connection::lent(pool)
                } else {
                    pool.into()
                }
            }
            #[cfg(feature = "mariadb")]
            Dialect::Mysql => {
                let pool = self.connection.pool().get_mysql_connection_pool();
                SqlxMySqlConnector::from_sqlx_mysql_pool(apart(pool, patience)).into()
            }
            Dialect::Sqlite => self.connection.clone(),
            #[cfg(not(all(feature = "postgres", feature = "mariadb")))]
            missing => unreachable!("this build has opened no {missing:?} for {patience:?}"),
        }
    }

    /// Begins a transaction that will write; dropping it rolls back. On SQLite it waits for other
    /// writers now, at most 5 seconds, rather than fail in the middle. What is committed survives a
    /// power cut; what is written without a transaction of this kind may not, on SQLite.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.changes.begin_with_options(options).await?)
    }

    /// Closes all connections once they are idle. What still runs after 5 seconds is left behind: a
    /// database may not end a statement that it was told to end.
    pub async fn close(&self) {
        let closed = async {
            // The server's own first: they cannot fail, and wait for nobody's statement but the
            // server's.
            let _ = self.changes.close().await;
            let _ = self.connection.close().await;
            self.plugins.close().await;
        };
        if timeout(CLOSE_DEADLINE, closed).await.is_err() {
            tracing::warn!("a statement still runs in the database; its connection is left behind");
        }
    }
}

/// Opens the pools of the database to which a URL leads, if this build has it.
async fn open(url: &str) -> Result<Pools, DbError> {
    match Database::dialect_of(url)? {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => Box::pin(sqlite::open(url)).await,
        #[cfg(feature = "postgres")]
        Dialect::Postgres => Box::pin(postgres::open(url)).await,
        #[cfg(feature = "mariadb")]
        Dialect::Mysql => Box::pin(mariadb::open(url)).await,
        #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mariadb")))]
        missing => Err(DbError::not_built(missing)),
    }
}

/// Opens one connection that only reads, with the query for the names of all tables.
pub(crate) async fn open_read_only(url: &str) -> Result<(Connection, &'static str), DbError> {
    match Database::dialect_of(url)? {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => Ok((sqlite::open_read_only(url).await?, sqlite::TABLES)),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => Ok((postgres::open_read_only(url).await?, postgres::TABLES)),
        #[cfg(feature = "mariadb")]
        Dialect::Mysql => Ok((mariadb::open_read_only(url).await?, mariadb::TABLES)),
        #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mariadb")))]
        missing => Err(DbError::not_built(missing)),
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "sqlite", not(feature = "postgres")))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_that_the_build_is_without_is_named_with_its_feature() {
        let url = "postgres://cms:hunter2@db/site";
        let refused = Database::connect(url).await.unwrap_err().to_string();
        assert!(refused.contains("feature `postgres`"), "{refused}");
        assert_eq!(
            Database::tables(url).await.unwrap_err().to_string(),
            refused
        );
        Database::connect("sqlite::memory:").await.unwrap();
    }
}
