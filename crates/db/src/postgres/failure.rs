//! The errors of PostgreSQL, as kinds of failure.

use sea_orm::sqlx::postgres::PgDatabaseError;

use crate::failure::Failure;

/// The words of a query that fails at a row, within the database's own.
pub(super) const ROW_TOO_LARGE: &str = "a row is larger than a plugin may receive";

/// Returns what an error of PostgreSQL means, by its SQLSTATE.
pub(crate) fn of(error: &PgDatabaseError) -> Failure {
    match error.code() {
        // A lock that was waited for in vain; no connection is left; ended by an administrator.
        "55P03" | "53300" | "57014" | "57P01" | "57P03" => Failure::Busy,
        "40001" | "40P01" => Failure::Conflict,
        "54000" => Failure::TooLarge,
        "22P02" if error.message().contains(ROW_TOO_LARGE) => Failure::TooLarge,
        // Out of memory, or of `temp_file_limit`.
        "53200" | "53400" => Failure::Exhausted,
        "53100" => Failure::Full,
        code if code.starts_with("23") => Failure::Constraint,
        _ => Failure::Statement,
    }
}
