//! A pool of the server's own connections, whoever is behind them.
//!
//! A pooler that gives out connections by the transaction, such as `pgbouncer`, takes one back
//! after each statement that is in none: what was prepared on it is then another one's, and what
//! others have prepared is still there. So behind one each statement is a transaction, which begins
//! by forgetting what was prepared before it.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement, TransactionOptions, TransactionTrait,
};

/// The statements with which a transaction begins behind a pooler. A setting of a connection would
/// be another one's with the next transaction.
pub(crate) const AFRESH: &str = "DEALLOCATE ALL; SET LOCAL lock_timeout = '5s'; \
                                 SET LOCAL standard_conforming_strings = on; \
                                 SET LOCAL idle_in_transaction_session_timeout = '4s'";

/// A pool of connections to one database. Clones are the same pool.
#[derive(Debug, Clone)]
pub struct Connection {
    pool: DatabaseConnection,
    /// True if a pooler lends the database's connections for one transaction each.
    is_lent: bool,
}

impl From<DatabaseConnection> for Connection {
    fn from(pool: DatabaseConnection) -> Self {
        Self {
            pool,
            is_lent: false,
        }
    }
}

impl Connection {
    /// A pool whose connections a pooler lends for one transaction each.
    pub(crate) fn lent(pool: DatabaseConnection) -> Self {
        Self {
            pool,
            is_lent: true,
        }
    }

    /// Returns true if a pooler lends the connections for one transaction each.
    pub(crate) fn is_lent(&self) -> bool {
        self.is_lent
    }

    pub(crate) fn pool(&self) -> &DatabaseConnection {
        &self.pool
    }

    /// Begins a transaction; dropping it rolls back.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.begin_with_options(TransactionOptions::default()).await
    }

    pub(crate) async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<DatabaseTransaction, DbErr> {
        let transaction = self.pool.begin_with_options(options).await?;
        if self.is_lent {
            transaction.execute_unprepared(AFRESH).await?;
        }
        Ok(transaction)
    }

    /// Asks the database if it is there.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.pool.ping().await
    }

    /// Closes all connections once they are idle.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.pool.close_by_ref().await
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Connection {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        if !self.is_lent {
            return self.pool.execute_raw(statement).await;
        }
        let transaction = self.begin().await?;
        let done = transaction.execute_raw(statement).await?;
        transaction.commit().await?;
        Ok(done)
    }

    /// Nothing is prepared for it.
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.pool.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        if !self.is_lent {
            return self.pool.query_one_raw(statement).await;
        }
        let transaction = self.begin().await?;
        let row = transaction.query_one_raw(statement).await?;
        transaction.commit().await?;
        Ok(row)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        if !self.is_lent {
            return self.pool.query_all_raw(statement).await;
        }
        let transaction = self.begin().await?;
        let rows = transaction.query_all_raw(statement).await?;
        transaction.commit().await?;
        Ok(rows)
    }
}
