//! Errors of the database.

use std::path::PathBuf;

#[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mariadb")))]
use raisfast_host_api::capability::Dialect;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

use crate::driver_error::{is_busy, is_conflict, is_full};

/// An error in opening the database, bringing it up to date, or asking it.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A file's path stands where a URL is expected.
    #[error(
        "`{path}` is a path, and a database is named by a URL: write `sqlite://{path}?mode=rwc`"
    )]
    Path {
        /// The path.
        path: String,
    },
    /// The database's file is not there, and the URL does not say that it is to be made.
    #[error(
        "no database exists at {}: to have it made, end the URL with `?mode=rwc`",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The folder of the database's file is not there.
    #[error("the folder {} for the database's file does not exist: make it first", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The database's file cannot be made.
    #[error("cannot make the database's file {}: {source}; check that this user may write to its folder", path.display())]
    Make {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The URL is not one that this build understands.
    #[error(
        "{found} is not a database URL that this server knows: it expects \
         `sqlite://path/to/file?mode=rwc`, `sqlite::memory:`, `postgres://user:password@host/database` \
         or `mysql://user:password@host/database`"
    )]
    Url {
        /// The URL's scheme, in words. The rest may hold a password and is not kept.
        found: String,
    },
    /// The URL is one of a database that this build is without.
    #[error(
        "this build is without {database}: build the server with the feature `{feature}`, or name \
         another database"
    )]
    NotBuilt {
        /// The database.
        database: &'static str,
        /// The feature that brings it.
        feature: &'static str,
    },
    /// The database's server could not be reached, or does not let this one in.
    #[error(
        "cannot connect to the database: {source}; check that its server runs, and host, user, \
         password and database in the URL"
    )]
    Connect {
        /// The driver's error.
        source: sea_orm::sqlx::Error,
    },
    /// The database's file could not be opened.
    #[error(
        "cannot open the database: {source}; check that its folder exists and that this user may \
         write to it"
    )]
    Open {
        /// The driver's error.
        source: sea_orm::sqlx::Error,
    },
    /// The database's file could not be copied or looked at from outside the server.
    #[error("cannot read the database {}: {reason}", path.display())]
    Copy {
        /// The file.
        path: PathBuf,
        /// SQLite's reason.
        reason: String,
    },
    /// The schema could not be brought up to date.
    #[error(
        "cannot bring the database's schema up to date: {source}; the database is unchanged since \
         the last finished migration"
    )]
    Migrate {
        /// The migration's error.
        source: sea_orm::DbErr,
    },
    /// A newer version has changed the schema in a way that this one cannot go on with.
    #[error(
        "this database belongs to a newer version of the server: its schema has the step `{step}`; start that \
         version, or restore the backup that was taken before the upgrade"
    )]
    NewerSchema {
        /// The step's name.
        step: String,
    },
    /// A server of a version whose servers know nothing of each other may still run.
    #[error(
        "this database was last used by a version whose servers know nothing of others, and {sessions} other \
         sessions are connected to it: stop that server first, and every other program on this database \
         (`SELECT * FROM pg_stat_activity`, on MariaDB `SHOW PROCESSLIST`, lists them), then start this one again"
    )]
    FormerServer {
        /// The number of sessions.
        sessions: i64,
    },
    /// Another server did not end in time.
    #[error(
        "another server has been changing this database's schema for a minute: wait until it listens, then start \
         this one again"
    )]
    SchemaInUse,
    /// A statement of the server failed.
    #[error("the database refused a statement of the server: {0}")]
    Statement(#[from] sea_orm::DbErr),
}

impl DbError {
    /// Returns the error for a database whose feature is off.
    #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mariadb")))]
    pub(crate) fn not_built(dialect: Dialect) -> Self {
        let (database, feature) = match dialect {
            Dialect::Sqlite => ("SQLite", "sqlite"),
            Dialect::Postgres => ("PostgreSQL", "postgres"),
            Dialect::Mysql => ("MariaDB", "mariadb"),
        };
        Self::NotBuilt { database, feature }
    }

    /// Returns true if another URL may help: the caller knows where the URL comes from.
    pub fn is_about_the_url(&self) -> bool {
        matches!(
            self,
            Self::Path { .. }
                | Self::Missing { .. }
                | Self::NoFolder { .. }
                | Self::Url { .. }
                | Self::NotBuilt { .. }
                | Self::Connect { .. }
        )
    }

    /// Returns the error for a URL that is not understood. Only its scheme is kept.
    pub(crate) fn url(url: &str) -> Self {
        let found = match url.split_once(':') {
            Some((scheme, _)) => format!("what begins with `{scheme}:`"),
            None if url.is_empty() => "an empty text".to_owned(),
            // What has no user in it has no password.
            None if url.contains('/') && !url.contains('@') => {
                return Self::Path {
                    path: url.to_owned(),
                };
            }
            None => "a text without a scheme, such as `sqlite:`,".to_owned(),
        };
        Self::Url { found }
    }

    /// Returns true if somebody else holds the database, or all connections to it: the same
    /// statement may succeed a moment later.
    pub fn is_busy(&self) -> bool {
        matches!(
            self,
            Self::Statement(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
        ) || self.cause().is_some_and(is_busy)
    }

    /// Returns true if somebody else was quicker, and the statement has changed nothing.
    pub(crate) fn is_conflict(&self) -> bool {
        self.cause().is_some_and(is_conflict)
    }

    /// Returns true if the disk, or what the database may have of it, is full: nothing was written.
    pub fn is_full(&self) -> bool {
        self.cause().is_some_and(is_full)
    }

    fn cause(&self) -> Option<&sea_orm::sqlx::Error> {
        match self {
            Self::Statement(
                DbErr::Conn(RuntimeErr::SqlxError(cause))
                | DbErr::Exec(RuntimeErr::SqlxError(cause))
                | DbErr::Query(RuntimeErr::SqlxError(cause)),
            ) => Some(cause),
            _ => None,
        }
    }
}
