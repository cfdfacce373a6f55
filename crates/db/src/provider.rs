//! The providers of the capabilities `Db`, `Kv` and `Content`.

mod content;
mod db;
mod kv;

use raisfast_host_api::{ApiError, ErrorCode};

use crate::{DbError, failure::full};

/// A failure of the server's own statement. A plugin can wait where the database is busy; the rest
/// it cannot correct, and the log has it.
fn failure(error: impl Into<DbError>) -> ApiError {
    let error = error.into();
    if error.is_busy() {
        return ApiError::new(
            ErrorCode::Busy,
            "another writer holds the database; try again, and keep transactions short",
        );
    }
    if error.is_full() {
        return full(&error);
    }
    tracing::error!(%error, "the database failed under a host function");
    ApiError::new(
        ErrorCode::Internal,
        "the database failed; the server's log has the details",
    )
}
