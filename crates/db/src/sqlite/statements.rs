//! Plugins' statements.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering::SeqCst},
};

use async_trait::async_trait;
use futures::StreamExt;
use raisfast_host_api::{
    ApiError,
    capability::{Db, Dialect, Row, RowLimits, Scalar, Transaction},
};
use sea_orm::sqlx::{self, SqliteConnection};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use super::{
    line::{Line, Stop},
    value::{bind, read_row},
};
use crate::{
    database::ACQUIRE_TIMEOUT,
    failure::api_error,
    rows::{QueryError, collect},
    statements::{Pause, PluginStatements, gated},
};

/// A write transaction takes SQLite's write lock at once: it waits at its beginning, where nothing
/// is lost, and cannot fail in the middle because another has written since its first read.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// The lines of one database.
pub(crate) struct SqliteStatements {
    readers: Vec<Line>,
    /// Readers that nobody uses, by their place in the list.
    idle: Mutex<Vec<usize>>,
    /// As many permits as there are idle readers. Whoever waits for one is served in order.
    permits: Semaphore,
    writer: Line,
    /// Counts up with each change of the schema.
    schema: AtomicU64,
}

impl SqliteStatements {
    pub(super) fn new(readers: Vec<Line>, writer: Line) -> Self {
        Self {
            idle: Mutex::new((0..readers.len()).collect()),
            permits: Semaphore::new(readers.len()),
            readers,
            writer,
            schema: AtomicU64::default(),
        }
    }

    async fn reader(&self) -> Result<Reader<'_>, sqlx::Error> {
        let permit = timeout(ACQUIRE_TIMEOUT, self.permits.acquire())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let place = self.idle().pop().expect("each permit stands for one");
        Ok(Reader {
            statements: self,
            place,
            _permit: permit,
        })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<usize>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn begin_write(&self) -> Result<OpenTransaction, sqlx::Error> {
        let mut transaction = self.writer.pool.begin_with(BEGIN).await?;
        // Nobody else changes the schema from here on.
        let schema = self.schema.load(SeqCst);
        self.writer.follow(&mut transaction, schema).await?;
        Ok(OpenTransaction {
            transaction,
            stop: self.writer.stop(),
        })
    }
}

/// A reader that is in use.
struct Reader<'a> {
    statements: &'a SqliteStatements,
    place: usize,
    // Given back after the place: see the order of drops.
    _permit: SemaphorePermit<'a>,
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.statements.idle().push(self.place);
    }
}

#[async_trait]
impl Db for SqliteStatements {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn query(
        &self,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
    ) -> Result<Vec<Row>, ApiError> {
        let reader = self.reader().await.map_err(|error| api_error(&error))?;
        let line = &self.readers[reader.place];
        let mut connection = line.acquire().await.map_err(|error| api_error(&error))?;
        line.follow(&mut connection, self.schema.load(SeqCst))
            .await
            .map_err(|error| api_error(&error))?;
        let running = line.stop().unless_done();
        let rows = query(&mut connection, sql, params, limits).await;
        running.done();
        rows
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
        let all = u32::try_from(self.readers.len()).unwrap_or(u32::MAX);
        let permits = timeout(ACQUIRE_TIMEOUT, self.permits.acquire_many(all))
            .await
            .map_err(|_| api_error(&sqlx::Error::PoolTimedOut))?
            .map_err(|_| api_error(&sqlx::Error::PoolClosed))?;
        Ok(Box::new(permits))
    }

    fn forget(&self) {
        self.schema.fetch_add(1, SeqCst);
    }

    async fn close(&self) {
        self.writer.pool.close().await;
        for reader in &self.readers {
            reader.pool.close().await;
        }
    }
}

/// sqlx rolls back when this is dropped, before anybody else gets the connection.
struct OpenTransaction {
    transaction: sqlx::Transaction<'static, sqlx::Sqlite>,
    stop: Stop,
}

#[async_trait]
impl Transaction for OpenTransaction {
    async fn query(
        &mut self,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
    ) -> Result<Vec<Row>, ApiError> {
        let running = self.stop.unless_done();
        let rows = query(&mut self.transaction, sql, params, limits).await;
        running.done();
        rows
    }

    async fn execute(&mut self, sql: &str, params: &[Scalar]) -> Result<u64, ApiError> {
        let running = self.stop.unless_done();
        let affected = execute(&mut self.transaction, sql, params).await;
        running.done();
        affected
    }

    async fn commit(self: Box<Self>) -> Result<(), ApiError> {
        self.transaction
            .commit()
            .await
            .map_err(|error| api_error(&error))
    }

    async fn rollback(self: Box<Self>) -> Result<(), ApiError> {
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
) -> Result<Vec<Row>, ApiError> {
    let mut rows = bind(sqlx::query(gated(sql)), params)
        .fetch(connection)
        .map(|row| read_row(&row.map_err(QueryError::Database)?));
    Ok(collect(&mut rows, limits).await?)
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
