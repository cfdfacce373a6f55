//! The providers of the capabilities `Db`, `Kv` and `Content`.

mod content;
mod db;
mod kv;

use raisfast_host_api::{ApiError, ErrorCode};

use crate::DbError;

/// A failure of the server's own statement: for the log; a plugin cannot mend it.
fn internal(error: impl Into<DbError>) -> ApiError {
    let error = error.into();
    tracing::error!(%error, "the database failed under a host function");
    ApiError::new(
        ErrorCode::Internal,
        "the database failed; the server's log has the details",
    )
}
