//! The open database.

use std::fmt;

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

use crate::{DbError, migration::Migrator, sqlite::Sqlite};

/// The server's database, open and up to date. Cloning is cheap; the clones share their
/// connections.
#[derive(Clone)]
pub struct Database {
    connection: DatabaseConnection,
    pub(crate) sqlite: Sqlite,
}

impl Database {
    /// Opens the database and brings its schema up to date; both are safe to do again.
    ///
    /// `sqlite://data/raisfast.db?mode=rwc` is a file, made when it is not there; its folder must
    /// be. `sqlite::memory:` is a database of its own for each call, gone with its last clone, for
    /// tests.
    pub async fn connect(url: &str) -> Result<Self, DbError> {
        let sqlite = Sqlite::open(url).await?;
        let connection = sqlite.connection();
        Migrator::up(&connection, None)
            .await
            .map_err(|source| DbError::Migrate { source })?;
        Ok(Self { connection, sqlite })
    }

    /// The connections that the server itself uses.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Begins a transaction that will write. It waits for other writers now, at most 5 seconds,
    /// rather than fail in the middle; dropping it rolls back.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.connection.begin_with_options(options).await?)
    }

    /// Closes all connections once they are idle.
    pub async fn close(&self) {
        self.sqlite.close().await;
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}
