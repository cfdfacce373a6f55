//! The kinds of failure that a database reports, and the errors of some of them for a plugin.

use raisfast_host_api::{ApiError, ErrorCode};

/// A kind of failure that a database reports.
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

/// Returns the error of [`Failure::Full`] for a plugin.
pub(crate) fn full(error: &(impl std::fmt::Display + ?Sized)) -> ApiError {
    tracing::error!(%error, "the disk under the database is full");
    ApiError::new(
        ErrorCode::Internal,
        "the database's disk is full, and nothing was written; the operator has to make space",
    )
}

/// Returns the error of [`Failure::Conflict`] for a plugin.
pub(crate) fn conflict() -> ApiError {
    ApiError::new(
        ErrorCode::Busy,
        "another writer has changed what this transaction has read, so it is rolled back; begin it again",
    )
}
