//! The database.

use std::sync::Arc;

use async_trait::async_trait;
pub use raisfast_sql_gate::Dialect;
pub use raisfast_statement::{ColumnType, Columns, Digits, Scalar};

use super::Row;
use crate::ApiError;

/// The most that one query may answer; over it is an error with [`crate::ErrorCode::TooLarge`], not
/// a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowLimits {
    /// Rows.
    pub rows: u64,
    /// Bytes of the rows as JSON, roughly.
    pub bytes: u64,
    /// Bytes that the rows take in the host's memory, roughly.
    pub memory: u64,
}

/// The server's database. Statements reach it only after the gate has let them through.
///
/// Values come back as what they are: see [`ColumnValue`](super::ColumnValue).
#[async_trait]
pub trait Db: Send + Sync {
    /// The dialect that the gate must parse; placeholders arrive in that dialect's own form.
    fn dialect(&self) -> Dialect;

    /// The columns that a table is declared with; none where there is no such table.
    async fn columns(&self, table: &str) -> Result<Arc<Columns>, ApiError>;

    /// Runs one query, outside of any transaction of the plugin.
    async fn query(
        &self,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
    ) -> Result<Vec<Row>, ApiError>;

    /// Runs one change, in a transaction of its own. Returns the number of rows affected.
    async fn execute(&self, sql: &str, params: &[Scalar]) -> Result<u64, ApiError>;

    /// Begins a transaction.
    async fn begin(&self) -> Result<Box<dyn Transaction>, ApiError>;
}

/// An open transaction. Dropping it rolls it back.
#[async_trait]
pub trait Transaction: Send + Sync {
    /// As [`Db::columns`], for as long as this transaction is open.
    async fn columns(&mut self, table: &str) -> Result<Arc<Columns>, ApiError>;

    /// As [`Db::query`], seeing what this transaction has written.
    async fn query(
        &mut self,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
    ) -> Result<Vec<Row>, ApiError>;

    /// As [`Db::execute`], within this transaction.
    async fn execute(&mut self, sql: &str, params: &[Scalar]) -> Result<u64, ApiError>;

    /// Makes the changes permanent.
    async fn commit(self: Box<Self>) -> Result<(), ApiError>;

    /// Undoes the changes.
    async fn rollback(self: Box<Self>) -> Result<(), ApiError>;
}
