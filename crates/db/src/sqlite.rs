//! The particulars of SQLite: its connections, its values and its errors.
//!
//! Three pools look at one database:
//!
//! - the server's: the server's own statements, through sea-orm.
//! - the plugins' reads: connections that SQLite itself opens read-only, so that a query which got
//!   past
//!   the gate could still change nothing.
//! - the plugins' writes: a single connection. SQLite has one writer at a time; plugins queue for
//!   it
//!   here, in order, and not by polling the file's lock.

pub(crate) mod clock;
pub(crate) mod copy;
pub(crate) mod failure;
mod functions;
mod limits;
mod line;
mod readers;
mod statements;
mod value;

use std::{
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use line::Line;
use readers::Readers;
use sea_orm::{
    SqlxSqliteConnector,
    sqlx::{
        ConnectOptions, Connection as _,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    },
};
use statements::SqliteStatements;
use uuid::Uuid;

use crate::{
    Connection, DbError,
    connections::{ACQUIRE_TIMEOUT, PLUGIN_READ_CONNECTIONS, Pools, SERVER_CONNECTIONS},
    release::only_settled,
};

/// The time that a writer waits for the one before it.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Rows of a plugin's query that wait to be read. Each may be as large as a value.
const ROWS_AHEAD: usize = 4;

/// The query for the names of all tables.
pub(crate) const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')";

/// The part of the file that each of plugins' connections keeps, in SQLite's own notation: 1 MiB.
/// The system keeps the rest.
const PAGES_KEPT: &str = "-1024";

/// Opens the pools of one database.
pub(crate) async fn open(url: &str) -> Result<Pools, DbError> {
    let options = connect_options(url)?;
    if let Some(file) = file_of(url) {
        make(&file, url)?;
    }
    limits::keep_nothing_large();
    let open = |source| DbError::Open { source };
    // One connection alone makes the file and switches it to WAL: the switch waits for nobody, and
    // a pool may open two connections at once.
    let first = options.connect().await.map_err(open)?;
    let server = pool()
        .max_connections(SERVER_CONNECTIONS)
        .connect_with(options.clone())
        .await
        .map_err(open)?;
    // One: SQLite has one writer at a time, and who queues for a connection is served in order.
    let changes = pool()
        .max_connections(1)
        .connect_with(options.clone().synchronous(SqliteSynchronous::Full))
        .await
        .map_err(open)?;
    let mut readers = Vec::new();
    let for_plugins = for_plugins(options);
    for _ in 0..PLUGIN_READ_CONNECTIONS {
        let options = read_only(for_plugins.clone());
        readers.push(Line::open(options).await.map_err(open)?);
    }
    let writer = Line::open(for_plugins).await.map_err(open)?;
    first.close().await.map_err(open)?;
    Ok(Pools {
        server: SqlxSqliteConnector::from_sqlx_sqlite_pool(server).into(),
        changes: SqlxSqliteConnector::from_sqlx_sqlite_pool(changes).into(),
        plugins: Arc::new(SqliteStatements::new(Readers::new(readers), writer)),
    })
}

/// Opens a database for one who only reads.
pub(crate) async fn open_read_only(url: &str) -> Result<Connection, DbError> {
    let pool = pool()
        .max_connections(1)
        .connect_with(read_only(connect_options(url)?))
        .await
        .map_err(|source| DbError::Open { source })?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool).into())
}

/// At least one connection stays open for good: a database in memory lives as long as somebody
/// holds it.
fn pool() -> SqlitePoolOptions {
    only_settled(SqlitePoolOptions::new())
        // What comes back is looked at, and nobody else can close it meanwhile.
        .test_before_acquire(false)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
}

fn connect_options(url: &str) -> Result<SqliteConnectOptions, DbError> {
    let options = if is_in_memory(url) {
        // SQLite's own `memdb` file system: connections share a named database with proper locks,
        // which a private `:memory:` cannot and a shared cache does not.
        SqliteConnectOptions::new()
            .filename(format!("/raisfast-{}", Uuid::now_v7()))
            .vfs("memdb")
    } else {
        url.parse::<SqliteConnectOptions>()
            .map_err(|_| DbError::url(url))?
            .journal_mode(SqliteJournalMode::Wal)
            // For the whole process. A database in memory would count in it.
            .pragma("hard_heap_limit", limits::HEAP.to_string())
            // Enough for what may be lost with the machine's power, such as a counted view.
            .synchronous(SqliteSynchronous::Normal)
    };
    Ok(options.foreign_keys(true).busy_timeout(BUSY_TIMEOUT))
}

/// See [`limits`].
fn for_plugins(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .pragma("temp_store", "memory")
        .pragma("cache_size", PAGES_KEPT)
        .row_buffer_size(ROWS_AHEAD)
}

/// The file of a database that is not in memory.
pub(crate) fn file_of(url: &str) -> Option<PathBuf> {
    if is_in_memory(url) {
        return None;
    }
    let options = url.parse::<SqliteConnectOptions>().ok()?;
    Some(options.get_filename().to_owned())
}

/// Makes a file that is not there, for this user alone: SQLite would let all users of the machine
/// read it, and it holds the hashes of passwords. Its other files get the same rights.
fn make(file: &Path, url: &str) -> Result<(), DbError> {
    if file.exists() {
        return Ok(());
    }
    let path = file.to_owned();
    if let Some(folder) = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        && !folder.exists()
    {
        return Err(DbError::NoFolder {
            path: folder.to_owned(),
        });
    }
    if !url.contains("mode=rwc") {
        return Err(DbError::Missing { path });
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(_) => Ok(()),
        // Another server on the same database was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(DbError::Make { path, source }),
    }
}

fn is_in_memory(url: &str) -> bool {
    url.contains(":memory:") || url.contains("mode=memory")
}

fn read_only(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .read_only(true)
        .create_if_missing(false)
        .pragma("query_only", "1")
}
