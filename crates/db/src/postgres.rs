//! The particulars of PostgreSQL: its connections, its values and its errors.
//!
//! Each statement runs as a prepared one. The server answers to that with the types that it expects
//! of the parameters, and JSON's scalars are made into those.

pub(crate) mod clock;
pub(crate) mod failure;
pub(crate) mod notifications;
mod numeric;
mod parameter;
mod time;
mod value;

use std::{borrow::Cow, str::FromStr, sync::Arc};

use async_trait::async_trait;
use failure::ROW_TOO_LARGE;
use futures::StreamExt;
use parameter::Parameter;
use raisfast_host_api::capability::{Dialect, Row, RowLimits, Scalar};
use sea_orm::{
    SqlxPostgresConnector,
    sqlx::{
        self, Column, ConnectOptions, Connection as _, Either, Executor, PgConnection, Row as _,
        Statement,
        postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow},
        query::Query,
    },
};

use crate::{
    Connection, DbError,
    connection::AFRESH,
    connections::{ACQUIRE_TIMEOUT, PLUGIN_READ_CONNECTIONS, Pools, SERVER_CONNECTIONS},
    release::only_settled,
    rows::{QueryError, RowReader, SizedRow, collect},
    runaways::Runaways,
    statements::gated,
    transaction::{Leftover, Savepoint, Server, ServerStatements, unfit},
};

/// Limits what a plugin's sort may write beside the tables.
const TEMPORARY_FILES: &str = "SET temp_file_limit = '20MB'";

/// The query for the names of all tables.
pub(crate) const TABLES: &str =
    "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";

/// The time for which a statement waits for a lock.
const LOCK_TIMEOUT: &str = "5s";

/// A plugin may do something else in its transaction for as long as a call may take.
const PATIENCE: (&str, &str) = ("idle_in_transaction_session_timeout", "60s");

/// PostgreSQL itself, or a pooler before it that lends a connection for one transaction.
struct Postgres<const LENT: bool>;

/// The way to one database.
struct Way {
    options: PgConnectOptions,
    /// True if a pooler lends the connections.
    is_lent: bool,
}

impl Way {
    /// Finds the way: it tries one connection, which says at once why there is none, while a pool
    /// tries again until its time is up, and says that.
    ///
    /// A pooler cannot give its clients settings of their own: it refuses them, or it drops them.
    async fn find(url: &str) -> Result<Self, DbError> {
        let plain = PgConnectOptions::from_str(url)
            .map_err(|_| DbError::url(url))?
            .application_name("raisfast");
        let direct = plain.clone().options([
            // A backslash in a string is a character to the gate, and must be one to the database.
            ("standard_conforming_strings", "on"),
            ("lock_timeout", LOCK_TIMEOUT),
            // A process that stands still in a transaction, or is gone with its machine, keeps its
            // locks for less time than others wait for one.
            ("idle_in_transaction_session_timeout", "4s"),
        ]);
        match tried(&direct).await {
            Ok(true) => {
                return Ok(Self {
                    options: direct,
                    is_lent: false,
                });
            }
            Ok(false) => {}
            Err(error) if refuses_settings(&error) => {}
            Err(source) => return Err(DbError::Connect { source }),
        }
        let options = plain.extra_float_digits(None).statement_cache_capacity(0);
        tried(&options)
            .await
            .map_err(|source| DbError::Connect { source })?;
        tracing::info!(
            "a pooler stands before the database: servers look every 2 s instead of waking each other"
        );
        Ok(Self {
            options,
            is_lent: true,
        })
    }

    fn connection(&self, pool: PgPool) -> Connection {
        let pool = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        if self.is_lent {
            Connection::lent(pool)
        } else {
            pool.into()
        }
    }
}

/// Opens a connection, and returns true if it has the lock timeout that it has asked for.
async fn tried(options: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let connect = async {
        let mut connection = options.connect().await?;
        let row = sqlx::raw_sql("SHOW lock_timeout")
            .fetch_one(&mut connection)
            .await?;
        let is_kept = row.try_get::<&str, _>(0)? == LOCK_TIMEOUT;
        connection.close().await?;
        Ok(is_kept)
    };
    let tried = tokio::time::timeout(ACQUIRE_TIMEOUT, connect).await;
    tried.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// Returns true if the other side takes no settings, as poolers do. PostgreSQL knows those that are
/// sent.
fn refuses_settings(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.message().contains("startup parameter"))
}

/// Opens the pools of one database.
pub(crate) async fn open(url: &str) -> Result<Pools, DbError> {
    let way = Way::find(url).await?;
    if way.is_lent {
        open_by::<true>(way).await
    } else {
        open_by::<false>(way).await
    }
}

async fn open_by<const LENT: bool>(way: Way) -> Result<Pools, DbError> {
    let options = way.options.clone();
    let open = |source| DbError::Connect { source };
    let pool = |connections| {
        only_settled(PgPoolOptions::new())
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
    };
    let server = pool(SERVER_CONNECTIONS)
        .connect_with(options.clone())
        .await
        .map_err(open)?;
    let server = way.connection(server);
    let (mut writes, mut reads) = (options.clone(), options);
    if !LENT {
        writes = writes.options([PATIENCE]);
        reads = reads.options([PATIENCE, ("default_transaction_read_only", "on")]);
    }
    let for_plugins = |connections| {
        pool(connections).after_connect(|connection, _| {
            Box::pin(async move {
                if LENT {
                    // It would be a setting of whoever has the connection next.
                    return Ok(());
                }
                // Only a superuser may set it; another one's role may have it from one.
                if let Err(error) = connection.execute(TEMPORARY_FILES).await {
                    tracing::debug!(%error, "plugins' queries have no limit of their own for temporary files");
                }
                Ok(())
            })
        })
    };
    let statements = ServerStatements::<Postgres<LENT>> {
        server: server.clone(),
        reads: for_plugins(PLUGIN_READ_CONNECTIONS).connect_lazy_with(reads),
        writes: for_plugins(1).connect_lazy_with(writes),
        runaways: Runaways::default(),
    };
    Ok(Pools {
        changes: server.clone(),
        server,
        plugins: Arc::new(statements),
    })
}

/// Opens a database for one who only reads.
pub(crate) async fn open_read_only(url: &str) -> Result<Connection, DbError> {
    let way = Way::find(url).await?;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(way.options.clone())
        .await
        .map_err(|source| DbError::Connect { source })?;
    Ok(way.connection(pool))
}

#[async_trait]
impl<const LENT: bool> Server for Postgres<LENT> {
    type Driver = sqlx::Postgres;

    const DIALECT: Dialect = Dialect::Postgres;
    /// A domain counts as what it is made of.
    const COLUMNS: &str = "\
        SELECT a.attname::text AS name, \
               CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) \
                    ELSE format_type(a.atttypid, a.atttypmod) END AS type \
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid \
        WHERE c.relname = $1 AND pg_table_is_visible(c.oid) AND a.attnum > 0 AND NOT a.attisdropped";
    const BEGIN_QUERY: &str = "BEGIN READ ONLY; SELECT pg_backend_pid()";
    const BEGIN_CHANGE: &str = "BEGIN; SELECT pg_backend_pid()";
    const BEGIN: &str =
        "BEGIN ISOLATION LEVEL REPEATABLE READ; SAVEPOINT statement; SELECT pg_backend_pid()";
    const SAVEPOINT: Option<Savepoint> = Some(Savepoint {
        renew: "RELEASE SAVEPOINT statement; SAVEPOINT statement",
        undo: "ROLLBACK TO SAVEPOINT statement",
    });
    const COMMITS_SCHEMA: bool = false;

    async fn begin(connection: &mut PgConnection, sql: &'static str) -> Result<i64, sqlx::Error> {
        let (setting, value) = PATIENCE;
        let afresh = format!("; {AFRESH}; SET LOCAL {setting} = '{value}';");
        let sql = if LENT {
            Cow::Owned(sql.replacen(';', &afresh, 1))
        } else {
            Cow::Borrowed(sql)
        };
        let rows = sqlx::raw_sql(gated(&sql)).fetch_all(connection).await?;
        let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        row.try_get::<i32, _>(0).map(i64::from)
    }

    async fn run(connection: &mut PgConnection, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(sql).execute(connection).await?;
        Ok(())
    }

    async fn query(
        connection: &mut PgConnection,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
        leftover: Leftover,
    ) -> Result<Vec<Row>, QueryError> {
        let query = bound(connection, &with_bounded_rows(sql, limits), params).await?;
        let mut rows = query
            .fetch(connection)
            .map(|row| read_row(&row.map_err(QueryError::Database)?));
        let answer = collect(&mut rows, limits).await;
        if leftover == Leftover::Drain && matches!(answer, Err(QueryError::Answer(_))) {
            while rows.next().await.is_some() {}
        }
        answer
    }

    async fn execute(
        connection: &mut PgConnection,
        sql: &str,
        params: &[Scalar],
    ) -> Result<u64, QueryError> {
        let query = bound(connection, sql, params).await?;
        let done = query
            .execute(connection)
            .await
            .map_err(QueryError::Database)?;
        Ok(done.rows_affected())
    }

    fn is_stale(error: &sqlx::Error) -> bool {
        error.as_database_error().is_some_and(|error| {
            error.code().as_deref() == Some("0A000") && error.message().contains("cached plan")
        })
    }

    async fn forget(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        connection.clear_cached_statements().await
    }

    fn kill(connection: i64) -> String {
        format!("SELECT pg_terminate_backend({connection})")
    }

    fn find(connection: i64) -> String {
        format!("SELECT pid FROM pg_stat_activity WHERE pid = {connection}")
    }
}

/// The query, which fails at a row that is larger than the answer may be. The driver would else
/// collect the whole of a row, up to a gigabyte, before anybody can look at its size.
fn with_bounded_rows(sql: &str, limits: RowLimits) -> String {
    let first = sql.split_ascii_whitespace().next().unwrap_or_default();
    if !["select", "with", "values"].contains(&first.to_ascii_lowercase().as_str()) {
        return sql.to_owned();
    }
    // As text a row is longer than as JSON in places, never twice as long.
    let most = limits.bytes.min(limits.memory).min(LARGEST_ANSWER) * 2 + 1_024;
    let size = "octet_length((raisfast_row.*)::text)";
    format!(
        "SELECT raisfast_row.* FROM ({sql}) AS raisfast_row WHERE CASE WHEN {size} <= {most} THEN true \
         ELSE ('{ROW_TOO_LARGE}: ' || {size} || ' bytes')::boolean END"
    )
}

/// Bytes of a row that anybody may receive.
const LARGEST_ANSWER: u64 = 256 << 20;

/// The statement with its parameters, each of the type that the database expects there.
async fn bound(
    connection: &mut PgConnection,
    sql: &str,
    params: &[Scalar],
) -> Result<Query<'static, sqlx::Postgres, sqlx::postgres::PgArguments>, QueryError> {
    let mut query = sqlx::query(gated(sql));
    if params.is_empty() {
        return Ok(query);
    }
    let prepared = (&mut *connection)
        .prepare(sqlx::SqlSafeStr::into_sql_str(gated(sql)))
        .await
        .map_err(QueryError::Database)?;
    let expected = match prepared.parameters() {
        Some(Either::Left(types)) => types,
        _ => &[],
    };
    for (index, (scalar, expected)) in params.iter().zip(expected).enumerate() {
        let parameter = Parameter::new(scalar, expected)
            .map_err(|expected| unfit(index + 1, &expected, scalar))?;
        query = query.bind(parameter);
    }
    Ok(query)
}

fn read_row(row: &PgRow) -> Result<SizedRow, QueryError> {
    let mut reader = RowReader::default();
    for column in row.columns() {
        let value = row
            .try_get_raw(column.ordinal())
            .map_err(Into::into)
            .and_then(|value| value::read(&value));
        reader.column(column.name(), value)?;
    }
    Ok(reader.finish())
}
