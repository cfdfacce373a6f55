//! The errors of SQLite, as kinds of failure.

use sea_orm::sqlx::{error::DatabaseError, sqlite::SqliteError};

use crate::failure::Failure;

/// Returns what an error of SQLite means, by its primary result code: the low byte of what the
/// driver reports.
pub(crate) fn of(error: &SqliteError) -> Failure {
    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    const NO_MEMORY: u32 = 7;
    const INTERRUPTED: u32 = 9;
    const TOO_BIG: u32 = 18;
    const CONSTRAINT: u32 = 19;
    const FULL: u32 = 13;

    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    match code.map(|code| code & 0xff) {
        Some(BUSY | LOCKED) => Failure::Busy,
        Some(TOO_BIG) => Failure::TooLarge,
        // Whoever interrupts a statement otherwise does not wait for its answer.
        Some(NO_MEMORY | INTERRUPTED) => Failure::Exhausted,
        Some(CONSTRAINT) => Failure::Constraint,
        Some(FULL) => Failure::Full,
        _ => Failure::Statement,
    }
}
