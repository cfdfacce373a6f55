//! Plugins' statements.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::SeqCst},
};

use async_trait::async_trait;
use futures::StreamExt;
use raisfast_host_api::{
    ApiError, ErrorCode,
    capability::{Columns, Db, Dialect, Row, RowLimits, Scalar, Transaction},
};
use sea_orm::sqlx::{self, SqliteConnection};

use super::{
    limits,
    line::{Line, Watch},
    readers::Readers,
    value::{bind, read_row},
};
use crate::{
    columns,
    driver_error::api_error,
    rows::{QueryError, collect},
    statements::{Pause, PluginStatements, gated},
};

/// The catalogue's query for the columns of a table.
const COLUMNS: &str = "SELECT name, type FROM pragma_table_xinfo(?)";

/// A write transaction takes SQLite's write lock at once: it waits at its beginning, where nothing
/// is lost, and cannot fail in the middle because another has written since its first read.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// The lines of one database.
pub(crate) struct SqliteStatements {
    readers: Readers,
    writer: Line,
    /// Counts up with each change of the schema.
    schema: AtomicU64,
}

impl SqliteStatements {
    pub(super) fn new(readers: Readers, writer: Line) -> Self {
        Self {
            readers,
            writer,
            schema: AtomicU64::default(),
        }
    }

    async fn begin_write(&self) -> Result<OpenTransaction, sqlx::Error> {
        let mut transaction = self.writer.pool.begin_with(BEGIN).await?;
        let watch = self.writer.watch();
        watch.begin();
        // Nobody else changes the schema from here on.
        let schema = self.schema.load(SeqCst);
        self.writer.follow(&mut transaction, schema).await?;
        Ok(OpenTransaction {
            transaction,
            watch,
            _tidy: Tidy,
        })
    }
}

#[async_trait]
impl Db for SqliteStatements {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn columns(&self, table: &str) -> Result<Arc<Columns>, ApiError> {
        columns::read(self, COLUMNS, table).await
    }

    async fn query(
        &self,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
    ) -> Result<Vec<Row>, ApiError> {
        let reader = self
            .readers
            .take()
            .await
            .map_err(|error| api_error(&error))?;
        let line = reader.line();
        let mut connection = line.acquire().await.map_err(|error| api_error(&error))?;
        line.follow(&mut connection, self.schema.load(SeqCst))
            .await
            .map_err(|error| api_error(&error))?;
        let running = line.watch().unless_done();
        let rows = query(&mut connection, sql, params, limits).await;
        // An answer that is too large is left where it is, and its statement goes on.
        if !matches!(rows, Err(QueryError::Answer(_))) {
            running.done();
            drop(connection);
            reader.settled();
        }
        rows.map_err(Into::into)
    }

    async fn execute(&self, sql: &str, params: &[Scalar]) -> Result<u64, ApiError> {
        let mut open = self
            .begin_write()
            .await
            .map_err(|error| api_error(&error))?;
        let affected = open.execute(sql, params).await?;
        open.transaction
            .commit()
            .await
            .map_err(|error| api_error(&error))?;
        Ok(affected)
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, ApiError> {
        let open = self
            .begin_write()
            .await
            .map_err(|error| api_error(&error))?;
        Ok(Box::new(open))
    }
}

#[async_trait]
impl PluginStatements for SqliteStatements {
    /// The writer needs none: whoever changes the schema holds the lock for which it waits.
    async fn pause(&self) -> Result<Pause<'_>, ApiError> {
        let all = self.readers.take_all().await;
        Ok(Box::new(all.map_err(|error| api_error(&error))?))
    }

    fn forget(&self) {
        self.schema.fetch_add(1, SeqCst);
    }

    async fn close(&self) {
        self.writer.pool.close().await;
        self.readers.close().await;
    }
}

/// sqlx rolls back when this is dropped, before anybody else gets the connection.
struct OpenTransaction {
    transaction: sqlx::Transaction<'static, sqlx::Sqlite>,
    watch: Watch,
    _tidy: Tidy,
}

/// The large parts of it are SQLite's to free now.
struct Tidy;

impl Drop for Tidy {
    fn drop(&mut self) {
        limits::tidy();
    }
}

impl OpenTransaction {
    /// Refuses what would run outside of a transaction that SQLite has rolled back by itself.
    fn check(&self) -> Result<(), ApiError> {
        if self.watch.is_rolled_back() {
            return Err(ApiError::new(
                ErrorCode::Transaction,
                "the database has rolled the transaction back as a whole, after a statement that failed; begin it again",
            ));
        }
        Ok(())
    }
}

#[async_trait]
impl Transaction for OpenTransaction {
    async fn columns(&mut self, table: &str) -> Result<Arc<Columns>, ApiError> {
        columns::read_within(self, Dialect::Sqlite, COLUMNS, table).await
    }

    async fn query(
        &mut self,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
    ) -> Result<Vec<Row>, ApiError> {
        self.check()?;
        let running = self.watch.unless_done();
        let rows = query(&mut self.transaction, sql, params, limits).await;
        running.done();
        Ok(rows?)
    }

    async fn execute(&mut self, sql: &str, params: &[Scalar]) -> Result<u64, ApiError> {
        self.check()?;
        let running = self.watch.unless_done();
        let affected = execute(&mut self.transaction, sql, params).await;
        running.done();
        affected
    }

    async fn commit(self: Box<Self>) -> Result<(), ApiError> {
        self.check()?;
        self.transaction
            .commit()
            .await
            .map_err(|error| api_error(&error))
    }

    async fn rollback(self: Box<Self>) -> Result<(), ApiError> {
        if self.watch.is_rolled_back() {
            return Ok(());
        }
        self.transaction
            .rollback()
            .await
            .map_err(|error| api_error(&error))
    }
}

async fn query(
    connection: &mut SqliteConnection,
    sql: &str,
    params: &[Scalar],
    limits: RowLimits,
) -> Result<Vec<Row>, QueryError> {
    let mut rows = bind(sqlx::query(gated(sql)), params)
        .fetch(connection)
        .map(|row| read_row(&row.map_err(QueryError::Database)?));
    collect(&mut rows, limits).await
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
