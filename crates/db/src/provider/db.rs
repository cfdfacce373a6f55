//! Plugins' own statements.
//!
//! Rows are read one at a time, so an answer over the limits ends the query instead of filling
//! memory.

use async_trait::async_trait;
use futures::TryStreamExt;
use raisfast_host_api::{
    ApiError, ErrorCode,
    capability::{Db, Dialect, Row, RowLimits, Scalar, Transaction},
};
use sea_orm::sqlx::{self, SqliteConnection};

use crate::{
    Database,
    sqlite::{api_error, bind, gated, read_row},
};

/// A write transaction takes SQLite's write lock at once: it waits at its beginning, where nothing
/// is lost, and cannot fail in the middle because another has written since its first read.
const BEGIN: &str = "BEGIN IMMEDIATE";

#[async_trait]
impl Db for Database {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn query(
        &self,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
    ) -> Result<Vec<Row>, ApiError> {
        let mut connection = self
            .sqlite
            .plugin_reads
            .acquire()
            .await
            .map_err(|error| api_error(&error))?;
        query(&mut connection, sql, params, limits).await
    }

    async fn execute(&self, sql: &str, params: &[Scalar]) -> Result<u64, ApiError> {
        let mut transaction = self.begin_write().await?;
        let affected = execute(&mut transaction, sql, params).await?;
        transaction
            .commit()
            .await
            .map_err(|error| api_error(&error))?;
        Ok(affected)
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, ApiError> {
        Ok(Box::new(OpenTransaction(self.begin_write().await?)))
    }
}

impl Database {
    async fn begin_write(&self) -> Result<sqlx::Transaction<'static, sqlx::Sqlite>, ApiError> {
        self.sqlite
            .plugin_writes
            .begin_with(BEGIN)
            .await
            .map_err(|error| api_error(&error))
    }
}

/// sqlx rolls back when this is dropped, before anybody else gets the connection.
struct OpenTransaction(sqlx::Transaction<'static, sqlx::Sqlite>);

#[async_trait]
impl Transaction for OpenTransaction {
    async fn query(
        &mut self,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
    ) -> Result<Vec<Row>, ApiError> {
        query(&mut self.0, sql, params, limits).await
    }

    async fn execute(&mut self, sql: &str, params: &[Scalar]) -> Result<u64, ApiError> {
        execute(&mut self.0, sql, params).await
    }

    async fn commit(self: Box<Self>) -> Result<(), ApiError> {
        self.0.commit().await.map_err(|error| api_error(&error))
    }

    async fn rollback(self: Box<Self>) -> Result<(), ApiError> {
        self.0.rollback().await.map_err(|error| api_error(&error))
    }
}

async fn query(
    connection: &mut SqliteConnection,
    sql: &str,
    params: &[Scalar],
    limits: RowLimits,
) -> Result<Vec<Row>, ApiError> {
    let mut stream = bind(sqlx::query(gated(sql)), params).fetch(connection);
    let mut rows = Vec::new();
    let mut bytes = 0;
    while let Some(row) = stream.try_next().await.map_err(|error| api_error(&error))? {
        let (row, size) = read_row(&row)?;
        bytes += size;
        if rows.len() as u64 == limits.rows || bytes > limits.bytes {
            return Err(too_large(limits));
        }
        rows.push(row);
    }
    Ok(rows)
}

async fn execute(
    connection: &mut SqliteConnection,
    sql: &str,
    params: &[Scalar],
) -> Result<u64, ApiError> {
    let done = bind(sqlx::query(gated(sql)), params)
        .execute(connection)
        .await
        .map_err(|error| api_error(&error))?;
    Ok(done.rows_affected())
}

fn too_large(limits: RowLimits) -> ApiError {
    let RowLimits { rows, bytes } = limits;
    ApiError::new(
        ErrorCode::TooLarge,
        format!("the answer is over {rows} rows or {bytes} bytes; select less, or page with LIMIT"),
    )
}
