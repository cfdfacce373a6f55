//! What an error of SQLite means to a plugin.

use raisfast_host_api::{ApiError, ErrorCode};
use sea_orm::sqlx;

/// SQLite's primary result codes: the low byte of what the driver reports.
mod result_code {
    pub(super) const BUSY: u32 = 5;
    pub(super) const LOCKED: u32 = 6;
    pub(super) const TOO_BIG: u32 = 18;
    pub(super) const CONSTRAINT: u32 = 19;
}

/// SQLite's primary result code.
fn primary_code(refused: &dyn sqlx::error::DatabaseError) -> Option<u32> {
    let code = refused.code()?.parse::<u32>().ok()?;
    Some(code & 0xff)
}

/// Whether somebody else holds the database, or all connections to it.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(refused) => matches!(
            primary_code(&**refused),
            Some(result_code::BUSY | result_code::LOCKED)
        ),
        _ => false,
    }
}

/// The error as a plugin may see it. What is the plugin's to mend keeps SQLite's words, which name
/// its own tables and columns; the rest goes to the log.
pub(crate) fn api_error(error: &sqlx::Error) -> ApiError {
    match error {
        sqlx::Error::Database(refused) => {
            let code = match primary_code(&**refused) {
                Some(result_code::BUSY | result_code::LOCKED) => ErrorCode::Busy,
                Some(result_code::CONSTRAINT) => ErrorCode::Constraint,
                Some(result_code::TOO_BIG) => ErrorCode::TooLarge,
                _ => ErrorCode::Sql,
            };
            if code == ErrorCode::Busy {
                return ApiError::new(
                    code,
                    "another writer holds the database; try again, and keep transactions short: \
                     an open one also holds up what is written outside of it",
                );
            }
            ApiError::new(code, refused.message())
        }
        sqlx::Error::PoolTimedOut => ApiError::new(
            ErrorCode::Busy,
            "all connections to the database are in use; try again, and keep transactions short",
        ),
        other => {
            tracing::error!(error = %other, "the database failed under a plugin's statement");
            ApiError::new(
                ErrorCode::Internal,
                "the database failed; the server's log has the details",
            )
        }
    }
}
