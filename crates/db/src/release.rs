//! The condition for a connection to go back to its pool.
//!
//! A database may roll a transaction back by itself: SQLite does after a full disk, a failed read
//! or write, and a statement that was interrupted; MariaDB after a deadlock. The ROLLBACK that
//! follows fails there, and the driver goes on counting a transaction that is over: the next one
//! would be a savepoint in nothing, whose commit is acknowledged and lost (transact-rs/sqlx#3742).
//! So a connection on which anything is still open goes back to no pool. It is closed, and the pool
//! opens another.

use sea_orm::sqlx::{Connection, Database, pool::PoolOptions};

/// Makes a pool take back only connections on which no transaction is open.
pub(crate) fn only_settled<D: Database>(pool: PoolOptions<D>) -> PoolOptions<D> {
    pool.after_release(|connection, _| {
        Box::pin(async move {
            // A rollback may still be on its way to it; this one waits for it.
            connection.ping().await?;
            let is_open = connection.is_in_transaction();
            if is_open {
                tracing::debug!("a connection on which a transaction is open is closed");
            }
            Ok(!is_open)
        })
    })
}
