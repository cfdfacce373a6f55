//! What can go wrong with the database.

use std::path::PathBuf;

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

use crate::failure::{is_busy, is_full};

/// Why the database could not be opened, brought up to date, or asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A file's path stands where a URL is expected.
    #[error(
        "`{path}` is a path, and a database is named by a URL: write `sqlite://{path}?mode=rwc`; check DATABASE_URL"
    )]
    Path {
        /// The path.
        path: String,
    },
    /// The database's file is not there, and the URL does not say that it is to be made.
    #[error(
        "there is no database at {}: to have it made, end the URL with `?mode=rwc`; check DATABASE_URL",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The folder of the database's file is not there.
    #[error("there is no folder {} for the database's file: make it first; check DATABASE_URL", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The database's file cannot be made.
    #[error("cannot make the database's file {}: {source}; check that this user may write to its folder", path.display())]
    Make {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The URL is not one that this build understands.
    #[error(
        "{found} is not a database URL that this server knows: it expects \
         `sqlite://path/to/file?mode=rwc`, `sqlite::memory:`, `postgres://user:password@host/database` \
         or `mysql://user:password@host/database`; check DATABASE_URL"
    )]
    Url {
        /// The URL's scheme, in words. The rest may hold a password and is not kept.
        found: String,
    },
    /// The database's server could not be reached, or does not let this one in.
    #[error(
        "cannot connect to the database: {source}; check that its server runs, and host, user, \
         password and database in DATABASE_URL"
    )]
    Connect {
        /// What the driver says.
        source: sea_orm::sqlx::Error,
    },
    /// The database's file could not be opened.
    #[error(
        "cannot open the database: {source}; check that its folder exists and that this user may \
         write to it"
    )]
    Open {
        /// What the driver says.
        source: sea_orm::sqlx::Error,
    },
    /// The schema could not be brought up to date.
    #[error(
        "cannot bring the database's schema up to date: {source}; the database is unchanged since \
         the last finished migration"
    )]
    Migrate {
        /// What the migration says.
        source: sea_orm::DbErr,
    },
    /// A statement of the server failed.
    #[error("the database refused a statement of the server: {0}")]
    Statement(#[from] sea_orm::DbErr),
}

impl DbError {
    /// A URL that is not understood. Only its scheme is kept.
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

    /// Whether somebody else holds the database, or all connections to it: the same statement may
    /// succeed a moment later.
    pub fn is_busy(&self) -> bool {
        matches!(
            self,
            Self::Statement(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
        ) || self.cause().is_some_and(is_busy)
    }

    /// Whether the disk, or what the database may have of it, is full: nothing was written.
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
