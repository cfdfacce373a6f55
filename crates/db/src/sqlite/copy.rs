//! A copy of a file in use, by SQLite's own backup interface.
//!
//! All pages are copied in a single step, so that they are read in one transaction: in a database
//! with a write-ahead log it sees one moment, and writers go on. Copying in several steps would
//! begin anew after each write of another process. `VACUUM INTO` would make the same promise, but
//! runs each definition of the schema again, and needs the functions that the server's own
//! connections have.

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt as _, path::PathBuf};

use rusqlite::{
    Connection, ErrorCode, OpenFlags,
    backup::{Backup, StepResult},
};

use super::BUSY_TIMEOUT;
use crate::{DbError, snapshot::SCHEMA};

/// Makes `to`, which is not there, a copy of `file`. Returns the steps of its schema.
pub(crate) async fn copy(file: PathBuf, to: PathBuf) -> Result<Vec<String>, DbError> {
    blocking(file.clone(), move || {
        // For this user alone: it holds the hashes of passwords.
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        options.open(&to).map_err(|source| DbError::Make {
            path: to.clone(),
            source,
        })?;
        let copied = || {
            // Not read-only: the first reader of a file with a write-ahead log makes its index.
            let from = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            from.busy_timeout(BUSY_TIMEOUT)?;
            let mut into = Connection::open(&to)?;
            let all = Backup::new(&from, &mut into)?.step(-1)?;
            if !matches!(all, StepResult::Done) {
                let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
                return Err(rusqlite::Error::SqliteFailure(busy, None));
            }
            // One file, and no log beside it.
            into.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
            let mut schema = into.prepare(SCHEMA)?;
            let steps = schema.query_map([], |row| row.get(0))?;
            steps.collect()
        };
        copied().map_err(|error| DbError::Copy {
            path: file.clone(),
            reason: error.to_string(),
        })
    })
    .await
}

pub(crate) async fn damage(file: PathBuf) -> Result<Option<String>, DbError> {
    blocking(file.clone(), move || {
        let found: rusqlite::Result<String> =
            Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(
                |database| database.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)),
            );
        Ok(match found {
            Ok(found) if found == "ok" => None,
            Ok(found) => Some(found),
            Err(error) => Some(error.to_string()),
        })
    })
    .await
}

/// Asks for the whole file: a connection holds its part of the lock as long as it is open.
pub(crate) async fn is_in_use(file: PathBuf) -> Result<bool, DbError> {
    blocking(file.clone(), move || {
        let alone = || {
            let database = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            database.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(()))?;
            database.execute_batch("BEGIN EXCLUSIVE; ROLLBACK")
        };
        match alone() {
            Ok(()) => Ok(false),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(true),
            // What is not a database is used by nobody.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => Ok(false),
            Err(error) => Err(DbError::Copy {
                path: file.clone(),
                reason: error.to_string(),
            }),
        }
    })
    .await
}

async fn blocking<T: Send + 'static>(
    path: PathBuf,
    work: impl FnOnce() -> Result<T, DbError> + Send + 'static,
) -> Result<T, DbError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|stopped| {
        Err(DbError::Copy {
            path,
            reason: stopped.to_string(),
        })
    })
}
