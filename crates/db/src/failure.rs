//! What a failure of a database means, to a plugin and to the server.

use raisfast_host_api::{ApiError, ErrorCode};
use sea_orm::sqlx::{
    self, error::DatabaseError, mysql::MySqlDatabaseError, postgres::PgDatabaseError,
    sqlite::SqliteError,
};

use crate::{mariadb, postgres, sqlite};

/// What kind of failure a database reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Somebody else holds what is asked for.
    Busy,
    /// Somebody else has changed what this transaction has read; it is rolled back as a whole.
    Conflict,
    /// A uniqueness, foreign key or check constraint.
    Constraint,
    /// A value is larger than the database takes.
    TooLarge,
    /// The memory that the database may use.
    Exhausted,
    /// The disk, or what the database may have of it.
    Full,
    /// Another fault of the statement.
    Statement,
}

impl Failure {
    /// The kind, where it is the database that reports it and not the way there.
    pub(crate) fn of(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::PoolTimedOut => Some(Self::Busy),
            sqlx::Error::Database(reported) => Some(Self::reported(&**reported)),
            _ => None,
        }
    }

    fn reported(reported: &dyn DatabaseError) -> Self {
        if let Some(error) = reported.try_downcast_ref::<PgDatabaseError>() {
            postgres::failure(error)
        } else if let Some(error) = reported.try_downcast_ref::<MySqlDatabaseError>() {
            mariadb::failure(error)
        } else if let Some(error) = reported.try_downcast_ref::<SqliteError>() {
            sqlite::failure(error)
        } else {
            Self::Statement
        }
    }
}

/// Whether trying again may help.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    matches!(Failure::of(error), Some(Failure::Busy | Failure::Conflict))
}

/// The error as a plugin may see it. What is the plugin's to mend keeps the database's words, which name
/// its own tables and columns; the rest goes to the log.
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
    match Failure::of(error) {
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

/// Whether the disk, or what the database may have of it, is full.
pub(crate) fn is_full(error: &sqlx::Error) -> bool {
    matches!(Failure::of(error), Some(Failure::Full))
}

/// What a plugin is told of [`Failure::Full`].
pub(crate) fn full(error: &(impl std::fmt::Display + ?Sized)) -> ApiError {
    tracing::error!(%error, "the disk under the database is full");
    ApiError::new(
        ErrorCode::Internal,
        "the database's disk is full, and nothing was written; the operator has to make space",
    )
}

/// What a plugin is told of [`Failure::Conflict`].
pub(crate) fn conflict() -> ApiError {
    ApiError::new(
        ErrorCode::Busy,
        "another writer has changed what this transaction has read, so it is rolled back; begin it again",
    )
}
