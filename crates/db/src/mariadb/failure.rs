//! The errors of MariaDB, as kinds of failure.

use sea_orm::sqlx::mysql::MySqlDatabaseError;

use crate::failure::Failure;

/// Returns what an error of MariaDB means, by its number.
pub(crate) fn of(error: &MySqlDatabaseError) -> Failure {
    match error.number() {
        // A lock that was waited for in vain; no connection is left; ended by an administrator.
        1205 | 1040 | 1203 | 1226 | 1317 | 1927 | 1969 => Failure::Busy,
        // A deadlock; a record that has changed since it was read.
        1213 | 1020 => Failure::Conflict,
        // A packet that is larger than the server takes.
        1153 => Failure::TooLarge,
        // The disk, or the space of tables.
        1021 | 1114 => Failure::Full,
        _ if error.code() == Some("23000") => Failure::Constraint,
        _ => Failure::Statement,
    }
}
