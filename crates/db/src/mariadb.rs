//! The particulars of MariaDB: its connections, its values and its errors.

pub(crate) mod clock;
pub(crate) mod failure;
mod value;

use std::{str::FromStr, sync::Arc};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use raisfast_host_api::capability::{Dialect, Row, RowLimits, Scalar};
use sea_orm::{
    SqlxMySqlConnector,
    sqlx::{
        self, Column, ConnectOptions, Connection as _, Either, Executor, MySql, MySqlConnection,
        Row as _,
        mysql::{MySqlArguments, MySqlConnectOptions, MySqlPoolOptions, MySqlRow},
        query::Query,
    },
};

use crate::{
    Connection, DbError,
    connections::{ACQUIRE_TIMEOUT, PLUGIN_READ_CONNECTIONS, Pools, SERVER_CONNECTIONS},
    release::only_settled,
    rows::{QueryError, RowReader, SizedRow, collect},
    runaways::Runaways,
    statements::gated,
    transaction::{Leftover, Savepoint, Server, ServerStatements},
};

/// Each connection's settings. The mode is that of the gate: double quotes are for text, a
/// backslash escapes, and what does not fit into a column is an error. Of a transaction's isolation
/// the last line says that it cannot change what somebody else has changed since it began; a
/// MariaDB that is too old for it takes the line for a comment. A process that stands still in a
/// transaction, or is gone with its machine, keeps its locks for less time than others wait for
/// one.
const SETTINGS: &str = "
    SET SESSION
        sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT',
        time_zone = '+00:00',
        autocommit = 1,
        tx_isolation = 'READ-COMMITTED',
        lock_wait_timeout = 5,
        innodb_lock_wait_timeout = 5,
        idle_transaction_timeout = 4
        /*M!101108 , innodb_snapshot_isolation = ON */";

/// A plugin may do something else in its transaction for as long as a call may take.
const PATIENCE: &str = "SET SESSION idle_transaction_timeout = 60";

/// The connections of queries. A transaction that reads only would not be enough: a statement that
/// changes the schema ends it first.
const READ_ONLY: &str = "SET SESSION tx_read_only = ON";

/// Limits on what a plugin's statement may write beside the tables, and on the length of what
/// `GROUP_CONCAT` makes. Only the version from 11.5 on counts what a sort writes.
const LIMITS: &str = "
    SET SESSION
        tmp_disk_table_size = 20971520,
        group_concat_max_len = 1048576
        /*M!110500 , max_tmp_session_space_usage = 20971520 */";

/// The query for the names of all tables.
pub(crate) const TABLES: &str =
    "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()";

struct Mariadb;

/// Opens the pools of one database.
pub(crate) async fn open(url: &str) -> Result<Pools, DbError> {
    let options = reachable(url).await?;
    let open = |source| DbError::Connect { source };
    let pool = |connections, more: &'static [&str]| {
        only_settled(MySqlPoolOptions::new())
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    for settings in [&[SETTINGS], more].concat() {
                        connection.execute(settings).await?;
                    }
                    Ok(())
                })
            })
    };
    let server = pool(SERVER_CONNECTIONS, &[])
        .connect_with(options.clone())
        .await
        .map_err(open)?;
    let server = Connection::from(SqlxMySqlConnector::from_sqlx_mysql_pool(server));
    let statements = ServerStatements::<Mariadb> {
        server: server.clone(),
        reads: pool(PLUGIN_READ_CONNECTIONS, &[LIMITS, PATIENCE, READ_ONLY])
            .connect_lazy_with(options.clone()),
        writes: pool(1, &[LIMITS, PATIENCE]).connect_lazy_with(options),
        runaways: Runaways::default(),
    };
    Ok(Pools {
        changes: server.clone(),
        server,
        plugins: Arc::new(statements),
    })
}

/// Returns the way to a database that can be reached. One connection alone says at once why there
/// is none; a pool tries again until its time is up, and says that.
async fn reachable(url: &str) -> Result<MySqlConnectOptions, DbError> {
    let options = MySqlConnectOptions::from_str(url).map_err(|_| DbError::url(url))?;
    let open = |source| DbError::Connect { source };
    match tokio::time::timeout(ACQUIRE_TIMEOUT, options.connect()).await {
        Ok(first) => first.map_err(open)?.close().await.map_err(open)?,
        Err(_) => return Err(open(sqlx::Error::PoolTimedOut)),
    }
    Ok(options)
}

/// Opens a database for one who only reads.
pub(crate) async fn open_read_only(url: &str) -> Result<Connection, DbError> {
    let options = reachable(url).await?;
    let pool = MySqlPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
        .map_err(|source| DbError::Connect { source })?;
    Ok(SqlxMySqlConnector::from_sqlx_mysql_pool(pool).into())
}

#[async_trait]
impl Server for Mariadb {
    type Driver = MySql;

    const DIALECT: Dialect = Dialect::Mysql;
    const COLUMNS: &str = "\
        SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type FROM information_schema.COLUMNS \
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?";
    const BEGIN_QUERY: &str = "START TRANSACTION READ ONLY; SELECT CONNECTION_ID()";
    const BEGIN_CHANGE: &str = "START TRANSACTION; SELECT CONNECTION_ID()";
    const BEGIN: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; \
                         START TRANSACTION WITH CONSISTENT SNAPSHOT; SELECT CONNECTION_ID()";
    /// A statement that fails undoes itself and nothing else.
    const SAVEPOINT: Option<Savepoint> = None;
    const COMMITS_SCHEMA: bool = true;

    async fn begin(
        connection: &mut MySqlConnection,
        sql: &'static str,
    ) -> Result<i64, sqlx::Error> {
        let rows = sqlx::raw_sql(sql).fetch_all(connection).await?;
        let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        row.try_get_unchecked::<i64, _>(0)
    }

    async fn run(connection: &mut MySqlConnection, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(sql).execute(connection).await?;
        Ok(())
    }

    async fn query(
        connection: &mut MySqlConnection,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
        leftover: Leftover,
    ) -> Result<Vec<Row>, QueryError> {
        let mut rows = bound(sql, params)
            .fetch(connection)
            .map(|row| read_row(&row.map_err(QueryError::Database)?));
        let answer = collect(&mut rows, limits).await;
        if leftover == Leftover::Drain && matches!(answer, Err(QueryError::Answer(_))) {
            while rows.next().await.is_some() {}
        }
        answer
    }

    async fn execute(
        connection: &mut MySqlConnection,
        sql: &str,
        params: &[Scalar],
    ) -> Result<u64, QueryError> {
        // With RETURNING the server answers with rows and not with their number.
        let mut steps = connection.fetch_many(bound(sql, params));
        let mut affected = 0;
        while let Some(step) = steps.try_next().await.map_err(QueryError::Database)? {
            affected += match step {
                Either::Left(done) => done.rows_affected(),
                Either::Right(_) => 1,
            };
        }
        Ok(affected)
    }

    async fn forget(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
        connection.clear_cached_statements().await
    }

    fn kill(connection: i64) -> String {
        format!("KILL {connection}")
    }

    fn find(connection: i64) -> String {
        format!("SELECT id FROM information_schema.processlist WHERE id = {connection}")
    }
}

/// The statement with its parameters. The server makes of them what it needs.
fn bound(sql: &str, params: &[Scalar]) -> Query<'static, MySql, MySqlArguments> {
    params
        .iter()
        .fold(sqlx::query(gated(sql)), |query, param| match param {
            Scalar::Null => query.bind(None::<String>),
            Scalar::Bool(value) => query.bind(*value),
            Scalar::Integer(value) => query.bind(*value),
            Scalar::Real(value) => query.bind(*value),
            Scalar::Text(value) => query.bind(value.clone()),
            Scalar::Bytes(value) => query.bind(value.clone()),
        })
}

fn read_row(row: &MySqlRow) -> Result<SizedRow, QueryError> {
    let mut reader = RowReader::default();
    for column in row.columns() {
        let value = row
            .try_get_raw(column.ordinal())
            .map_err(Into::into)
            .and_then(value::read);
        reader.column(column.name(), value)?;
    }
    Ok(reader.finish())
}
