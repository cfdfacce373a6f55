//! Plugins' transactions on a database server, PostgreSQL or MariaDB.
//!
//! A transaction begins with a connection of a pool and ends with COMMIT or ROLLBACK, after which
//! the pool has the connection back. Whatever ends it otherwise (a call that is cut off, a
//! transaction that is forgotten, an answer that is too large) costs the connection: it is closed,
//! which rolls back. If a statement was running, the server is told to end it first, on another
//! connection: it would else keep its locks until it is done, for nobody.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use raisfast_host_api::{
    ApiError, ErrorCode,
    capability::{Columns, Db, Dialect, Row, RowLimits, Scalar, Transaction},
};
use sea_orm::{
    ConnectionTrait, DbErr, Statement,
    sqlx::{self, Pool, pool::PoolConnection},
};

use crate::{
    Connection, columns,
    driver_error::{api_error, failure},
    failure::{Failure, conflict},
    rows::QueryError,
    runaways::Runaways,
    statements::{Pause, PluginStatements},
};

/// The differences between the servers.
#[async_trait]
pub(crate) trait Server: Send + Sync + Sized + 'static {
    type Driver: sqlx::Database<Connection: Sync>;

    const DIALECT: Dialect;
    /// The catalogue's query for the columns of a table.
    const COLUMNS: &str;
    /// Begins a transaction that reads only. This and the next two end with a query for the number
    /// by which the server knows the connection.
    const BEGIN_QUERY: &str;
    /// Begins a transaction of one statement. It changes rows as it finds them.
    const BEGIN_CHANGE: &str;
    /// Begins a transaction of many statements. It sees the database as it was at its beginning,
    /// and cannot change a row that somebody else has changed since.
    const BEGIN: &str;
    /// The statements that keep a transaction usable after a failure, where one ends it otherwise.
    const SAVEPOINT: Option<Savepoint>;
    /// True where a change of the schema commits, and cannot be rolled back.
    const COMMITS_SCHEMA: bool;

    /// Runs one of the above.
    async fn begin(
        connection: &mut DriverConnection<Self>,
        sql: &'static str,
    ) -> Result<i64, sqlx::Error>;

    /// Runs a statement of the host's own that returns nothing.
    async fn run(
        connection: &mut DriverConnection<Self>,
        sql: &'static str,
    ) -> Result<(), sqlx::Error>;

    /// Runs a plugin's query.
    async fn query(
        connection: &mut DriverConnection<Self>,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
        leftover: Leftover,
    ) -> Result<Vec<Row>, QueryError>;

    /// Runs a plugin's change.
    async fn execute(
        connection: &mut DriverConnection<Self>,
        sql: &str,
        params: &[Scalar],
    ) -> Result<u64, QueryError>;

    /// Returns true if a statement failed because its table has changed since it was prepared.
    fn is_stale(_error: &sqlx::Error) -> bool {
        false
    }

    /// Forgets what the connection has prepared.
    async fn forget(connection: &mut DriverConnection<Self>) -> Result<(), sqlx::Error>;

    /// The statement that ends another connection and what it runs.
    fn kill(connection: i64) -> String;

    /// The query that returns a row as long as another connection is there.
    fn find(connection: i64) -> String;
}

pub(crate) type DriverConnection<S> = <<S as Server>::Driver as sqlx::Database>::Connection;

/// See [`Server::SAVEPOINT`]. One is set when a transaction begins.
pub(crate) struct Savepoint {
    /// After a statement that succeeded.
    pub(crate) renew: &'static str,
    /// After one that failed.
    pub(crate) undo: &'static str,
}

/// The rest of an answer that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leftover {
    /// It is read, so that the connection can be used again.
    Drain,
    /// It is left where it is, and the connection is lost.
    Abandon,
}

/// Plugins' statements on one server.
pub(crate) struct ServerStatements<S: Server> {
    /// The server's own connections.
    pub(crate) server: Connection,
    pub(crate) reads: Pool<S::Driver>,
    pub(crate) writes: Pool<S::Driver>,
    pub(crate) runaways: Runaways,
}

#[async_trait]
impl<S: Server> Db for ServerStatements<S> {
    fn dialect(&self) -> Dialect {
        S::DIALECT
    }

    async fn columns(&self, table: &str) -> Result<Arc<Columns>, ApiError> {
        columns::read(self, S::COLUMNS, table).await
    }

    async fn query(
        &self,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
    ) -> Result<Vec<Row>, ApiError> {
        let mut held = self.begin(&self.reads, S::BEGIN_QUERY).await?;
        let mut answer = held.query(sql, params, limits, Leftover::Abandon).await;
        if is_stale::<S, _>(&answer) {
            held.run("ROLLBACK").await?;
            held.forget().await?;
            held.begin(S::BEGIN_QUERY).await?;
            answer = held.query(sql, params, limits, Leftover::Abandon).await;
        }
        match answer {
            Ok(rows) => {
                held.end("COMMIT").await?;
                Ok(rows)
            }
            Err(error) => Err(held.abandon(error).await),
        }
    }

    async fn execute(&self, sql: &str, params: &[Scalar]) -> Result<u64, ApiError> {
        let mut held = self.begin(&self.writes, S::BEGIN_CHANGE).await?;
        let mut answer = held.execute(sql, params).await;
        if is_stale::<S, _>(&answer) {
            held.run("ROLLBACK").await?;
            held.forget().await?;
            held.begin(S::BEGIN_CHANGE).await?;
            answer = held.execute(sql, params).await;
        }
        match answer {
            Ok(affected) => {
                held.end("COMMIT").await?;
                Ok(affected)
            }
            Err(error) => Err(held.abandon(error).await),
        }
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, ApiError> {
        let held = self.begin(&self.writes, S::BEGIN).await?;
        Ok(Box::new(OpenTransaction {
            held,
            is_rolled_back: false,
        }))
    }
}

#[async_trait]
impl<S: Server> PluginStatements for ServerStatements<S> {
    /// Queries see a table before or after its change. Changes wait where the server cannot undo a
    /// change of the schema: what they write meanwhile would be undone with it.
    async fn pause(&self) -> Result<Pause<'_>, ApiError> {
        if !S::COMMITS_SCHEMA {
            return Ok(Box::new(()));
        }
        let only_writer = self
            .writes
            .acquire()
            .await
            .map_err(|error| api_error(&error))?;
        Ok(Box::new(only_writer))
    }

    /// The servers say by themselves when a statement is out of date.
    fn forget(&self) {}

    async fn close(&self) {
        self.writes.close().await;
        self.reads.close().await;
    }
}

impl<S: Server> ServerStatements<S> {
    async fn begin(&self, pool: &Pool<S::Driver>, sql: &'static str) -> Result<Held<S>, ApiError> {
        if self.runaways.are_too_many() {
            return Err(ApiError::new(
                ErrorCode::Busy,
                "the database still works on statements that it was told to end; try again later",
            ));
        }
        let connection = pool.acquire().await.map_err(|error| api_error(&error))?;
        let mut held = Held {
            connection,
            number: None,
            server: self.server.clone(),
            runaways: self.runaways.clone(),
            state: ConnectionState::Working,
        };
        held.begin(sql).await?;
        Ok(held)
    }
}

/// A connection in a transaction.
struct Held<S: Server> {
    connection: PoolConnection<S::Driver>,
    /// The number by which the server knows the connection.
    number: Option<i64>,
    server: Connection,
    runaways: Runaways,
    state: ConnectionState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ConnectionState {
    /// A statement runs, or its answer has not been read to the end.
    Working,
    /// For the next statement.
    Waiting,
    /// Committed or rolled back: the connection may go back to the pool.
    Ended,
}

impl<S: Server> Held<S> {
    async fn begin(&mut self, sql: &'static str) -> Result<(), ApiError> {
        self.state = ConnectionState::Working;
        let number = S::begin(&mut self.connection, sql)
            .await
            .map_err(|error| api_error(&error))?;
        self.number = Some(number);
        self.state = ConnectionState::Waiting;
        Ok(())
    }

    async fn forget(&mut self) -> Result<(), ApiError> {
        self.state = ConnectionState::Working;
        S::forget(&mut self.connection)
            .await
            .map_err(|error| api_error(&error))?;
        self.state = ConnectionState::Waiting;
        Ok(())
    }

    async fn query(
        &mut self,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
        leftover: Leftover,
    ) -> Result<Vec<Row>, QueryError> {
        self.state = ConnectionState::Working;
        let answer = S::query(&mut self.connection, sql, params, limits, leftover).await;
        let is_read = leftover == Leftover::Drain || !matches!(answer, Err(QueryError::Answer(_)));
        if is_read {
            self.state = ConnectionState::Waiting;
        }
        answer
    }

    async fn execute(&mut self, sql: &str, params: &[Scalar]) -> Result<u64, QueryError> {
        self.state = ConnectionState::Working;
        let answer = S::execute(&mut self.connection, sql, params).await;
        self.state = ConnectionState::Waiting;
        answer
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), ApiError> {
        self.state = ConnectionState::Working;
        S::run(&mut self.connection, sql)
            .await
            .map_err(|error| api_error(&error))?;
        self.state = ConnectionState::Waiting;
        Ok(())
    }

    async fn end(mut self, sql: &'static str) -> Result<(), ApiError> {
        self.run(sql).await?;
        self.state = ConnectionState::Ended;
        Ok(())
    }

    /// Ends the transaction of a single statement that failed, and returns the reason.
    async fn abandon(self, error: QueryError) -> ApiError {
        if self.state == ConnectionState::Waiting {
            // The statement's own failure says more; if this fails too, the connection is closed.
            let _ = self.end("ROLLBACK").await;
        }
        error.into()
    }
}

impl<S: Server> Drop for Held<S> {
    fn drop(&mut self) {
        if self.state == ConnectionState::Ended {
            return;
        }
        self.connection.close_on_drop();
        let (ConnectionState::Working, Some(number)) = (self.state, self.number) else {
            return;
        };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let server = self.server.clone();
        let runaway = self.runaways.one_more();
        runtime.spawn(async move {
            if let Err(error) = end::<S>(&server, number).await {
                tracing::warn!(%error, "a plugin's statement that was cut off could not be ended; it runs on");
            }
            drop(runaway);
        });
    }
}

/// Ends a connection and what it runs, and waits until it is gone. A database looks at such an
/// order between two steps of its work, and one step may take long.
async fn end<S: Server>(server: &Connection, number: i64) -> Result<(), DbErr> {
    server.execute_unprepared(&S::kill(number)).await?;
    let mut pause = Duration::from_millis(10);
    loop {
        let find = Statement::from_string(server.get_database_backend(), S::find(number));
        if server.query_one_raw(find).await?.is_none() {
            return Ok(());
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(2));
    }
}

struct OpenTransaction<S: Server> {
    held: Held<S>,
    /// The server has rolled it back as a whole; further statements would be outside of it.
    is_rolled_back: bool,
}

impl<S: Server> OpenTransaction<S> {
    fn check(&self) -> Result<(), ApiError> {
        if self.is_rolled_back {
            return Err(conflict());
        }
        Ok(())
    }

    /// Ends a statement, so that the next one finds a transaction that it can use.
    async fn settle<T>(&mut self, answer: Result<T, QueryError>) -> Result<T, ApiError> {
        let failed = match &answer {
            Err(QueryError::Database(error)) => {
                self.is_rolled_back = failure(error) == Some(Failure::Conflict);
                true
            }
            _ => false,
        };
        if let Some(savepoint) = S::SAVEPOINT {
            let sql = if failed {
                savepoint.undo
            } else {
                savepoint.renew
            };
            self.held.run(sql).await?;
        }
        answer.map_err(Into::into)
    }
}

#[async_trait]
impl<S: Server> Transaction for OpenTransaction<S> {
    async fn columns(&mut self, table: &str) -> Result<Arc<Columns>, ApiError> {
        columns::read_within(self, S::DIALECT, S::COLUMNS, table).await
    }

    async fn query(
        &mut self,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
    ) -> Result<Vec<Row>, ApiError> {
        self.check()?;
        let mut answer = self.held.query(sql, params, limits, Leftover::Drain).await;
        if is_stale::<S, _>(&answer)
            && let Some(savepoint) = S::SAVEPOINT
        {
            self.held.run(savepoint.undo).await?;
            self.held.forget().await?;
            answer = self.held.query(sql, params, limits, Leftover::Drain).await;
        }
        self.settle(answer).await
    }

    async fn execute(&mut self, sql: &str, params: &[Scalar]) -> Result<u64, ApiError> {
        self.check()?;
        let mut answer = self.held.execute(sql, params).await;
        if is_stale::<S, _>(&answer)
            && let Some(savepoint) = S::SAVEPOINT
        {
            self.held.run(savepoint.undo).await?;
            self.held.forget().await?;
            answer = self.held.execute(sql, params).await;
        }
        self.settle(answer).await
    }

    async fn commit(self: Box<Self>) -> Result<(), ApiError> {
        let Self {
            held,
            is_rolled_back,
        } = *self;
        if is_rolled_back {
            held.end("ROLLBACK").await?;
            return Err(conflict());
        }
        held.end("COMMIT").await
    }

    async fn rollback(self: Box<Self>) -> Result<(), ApiError> {
        self.held.end("ROLLBACK").await
    }
}

fn is_stale<S: Server, T>(answer: &Result<T, QueryError>) -> bool {
    matches!(answer, Err(QueryError::Database(error)) if S::is_stale(error))
}

/// A parameter that cannot be what the database expects.
pub(crate) fn unfit(number: usize, expected: &str, found: &Scalar) -> QueryError {
    let found = match found {
        Scalar::Null => "null".to_owned(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Integer(value) => value.to_string(),
        Scalar::Real(value) => value.to_string(),
        Scalar::Text(text) => format!("{:?}", text.chars().take(80).collect::<String>()),
        Scalar::Bytes(bytes) => format!("{} bytes", bytes.len()),
    };
    QueryError::NotSent(ApiError::new(
        ErrorCode::InvalidArgument,
        format!("parameter {number} has to be {expected}, and is {found}"),
    ))
}
