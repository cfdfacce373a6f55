//! The number of connections that the server opens, and the pools that hold them.

use std::{sync::Arc, time::Duration};

#[cfg(any(feature = "mariadb", feature = "postgres"))]
use sea_orm::sqlx::{self, Pool};

use crate::{Connection, statements::PluginStatements};

/// The time for which a statement waits for an idle connection.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// The server's own connections.
pub(crate) const SERVER_CONNECTIONS: u32 = 8;
/// The connections of plugins' queries. Their changes have one connection, for which they queue in
/// order: a transaction that reads and then writes what it has read is right on every database.
pub(crate) const PLUGIN_READ_CONNECTIONS: u32 = 4;

/// The pools of one database.
pub(crate) struct Pools {
    /// The server's own.
    pub(crate) server: Connection,
    /// The server's changes, each on the disk when it is committed.
    pub(crate) changes: Connection,
    /// Those of plugins' statements.
    pub(crate) plugins: Arc<dyn PluginStatements>,
}

/// Returns a pool of one connection beside the others, which is opened with its first statement.
#[cfg(any(feature = "mariadb", feature = "postgres"))]
pub(crate) fn apart<D: sqlx::Database>(pool: &Pool<D>, patience: Duration) -> Pool<D> {
    let options = pool.connect_options();
    pool.options()
        .clone()
        .min_connections(0)
        .max_connections(1)
        .acquire_timeout(patience)
        .connect_lazy_with((*options).clone())
}
