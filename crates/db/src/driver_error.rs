//! The errors of the databases' drivers, which say by their type which database has failed.
//!
//! With [`database`](crate::database) this is the place that names all databases.

use raisfast_host_api::{ApiError, ErrorCode};
use sea_orm::sqlx::{self, error::DatabaseError};

use crate::failure::{Failure, conflict, full};
#[cfg(feature = "mariadb")]
use crate::mariadb;
#[cfg(feature = "postgres")]
use crate::postgres;
#[cfg(feature = "sqlite")]
use crate::sqlite;

/// The databases of this build, each with how it reads its driver's errors; none where the error is
/// another driver's.
const READERS: &[fn(&dyn DatabaseError) -> Option<Failure>] = &[
    #[cfg(feature = "sqlite")]
    |error| error.try_downcast_ref().map(sqlite::failure::of),
    #[cfg(feature = "postgres")]
    |error| error.try_downcast_ref().map(postgres::failure::of),
    #[cfg(feature = "mariadb")]
    |error| error.try_downcast_ref().map(mariadb::failure::of),
];

/// Returns the kind of a failure, where it is the database that reports it and not the way there.
pub(crate) fn failure(error: &sqlx::Error) -> Option<Failure> {
    match error {
        sqlx::Error::PoolTimedOut => Some(Failure::Busy),
        sqlx::Error::Database(reported) => {
            let read = READERS.iter().find_map(|read| read(&**reported));
            Some(read.unwrap_or(Failure::Statement))
        }
        _ => None,
    }
}

/// Returns true if trying again may help.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    matches!(failure(error), Some(Failure::Busy | Failure::Conflict))
}

/// Returns true if somebody else was quicker, and the statement has changed nothing.
pub(crate) fn is_conflict(error: &sqlx::Error) -> bool {
    failure(error) == Some(Failure::Conflict)
}

/// Returns the error as a plugin may see it. What the plugin can correct keeps the database's
/// words, which name its own tables and columns; the rest goes to the log.
pub(crate) fn api_error(error: &sqlx::Error) -> ApiError {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return ApiError::new(
            ErrorCode::Busy,
            "all connections to the database are in use; try again, and keep transactions short",
        );
    }
    let message = match error {
        sqlx::Error::Database(reported) => reported.message(),
        _ => "",
    };
    match failure(error) {
        Some(Failure::Busy) => ApiError::new(
            ErrorCode::Busy,
            "another writer holds the database; try again, and keep transactions short: \
             an open one also holds up what is written outside of it",
        ),
        Some(Failure::Conflict) => conflict(),
        Some(Failure::Constraint) => ApiError::new(ErrorCode::Constraint, message),
        Some(Failure::TooLarge) => ApiError::new(ErrorCode::TooLarge, message),
        Some(Failure::Exhausted) => ApiError::new(
            ErrorCode::TooLarge,
            "the statement needs more memory than the database gives to plugins; sort, group or join fewer and \
             shorter values",
        ),
        Some(Failure::Full) => full(error),
        Some(Failure::Statement) => ApiError::new(ErrorCode::Sql, message),
        None => {
            tracing::error!(%error, "the database failed under a plugin's statement");
            ApiError::new(
                ErrorCode::Internal,
                "the database failed; the server's log has the details",
            )
        }
    }
}

/// Returns true if the disk, or what the database may have of it, is full.
pub(crate) fn is_full(error: &sqlx::Error) -> bool {
    matches!(failure(error), Some(Failure::Full))
}
