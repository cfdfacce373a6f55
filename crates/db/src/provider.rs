//! The providers of the capabilities `Db`, `Kv` and `Content`.

mod content;
mod db;
mod kv;

use raisfast_host_api::{ApiError, ErrorCode};
use sea_orm::{DbErr, RuntimeErr};

use crate::{DbError, sqlite::api_error};

/// A failure of the server's own statement. A plugin can wait where the database is busy; the rest it
/// cannot mend, and the log has it.
fn failure(error: impl Into<DbError>) -> ApiError {
    let error = error.into();
    if let DbError::Statement(
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)),
    ) = &error
        && let busy @ ApiError {
            code: ErrorCode::Busy,
            ..
        } = api_error(cause)
    {
        return busy;
    }
    tracing::error!(%error, "the database failed under a host function");
    ApiError::new(
        ErrorCode::Internal,
        "the database failed; the server's log has the details",
    )
}
