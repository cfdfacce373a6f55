//! The connections on which plugins' statements run.

use async_trait::async_trait;
use raisfast_host_api::{ApiError, capability::Db};
use sea_orm::sqlx;

/// Plugins' statements on one database, on connections of their own.
#[async_trait]
pub(crate) trait PluginStatements: Db {
    /// Waits until no statement runs that a change of the schema would disturb, and keeps others
    /// waiting for as long as the answer is held.
    async fn pause(&self) -> Result<Pause<'_>, ApiError>;

    /// Makes the connections forget what they have prepared: its tables may not be as they were.
    fn forget(&self);

    /// Closes the connections once they are idle.
    async fn close(&self);
}

/// See [`PluginStatements::pause`]. Dropping it lets the others go on.
pub(crate) type Pause<'a> = Box<dyn Send + 'a>;

/// A plugin's statement, which the gate has parsed and let through.
pub(crate) fn gated(sql: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(sql.to_owned())
}
