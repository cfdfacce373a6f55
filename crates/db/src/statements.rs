//! The connections on which plugins' statements run.

use async_trait::async_trait;
use raisfast_host_api::capability::Db;
use sea_orm::sqlx;

/// Plugins' statements on one database, on connections of their own.
#[async_trait]
pub(crate) trait PluginStatements: Db {
    /// Closes the connections once they are idle.
    async fn close(&self);
}

/// A plugin's statement, which the gate has parsed and let through.
pub(crate) fn gated(sql: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(sql.to_owned())
}
