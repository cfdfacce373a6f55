//! The lock on the file of an SQLite database: one server at a time.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process,
};

/// A reason why a server cannot have a database's file.
#[derive(Debug, thiserror::Error)]
pub enum InUse {
    /// Another server has it.
    #[error(
        "the database {} is in use by another server{}: on SQLite a site has one. Stop that one, or name another \
         data folder for this one with --data-dir or RAISFAST_DATA_DIR; several servers of one site need \
         PostgreSQL or MariaDB, which --database-url or DATABASE_URL names",
        path.display(),
        process.as_ref().map_or_else(String::new, |process| format!(", process {process}"))
    )]
    Held {
        /// The database's file.
        path: PathBuf,
        /// The id of the process, if it has left it.
        process: Option<String>,
    },
    /// The file that is locked cannot be made.
    #[error("cannot lock {}: {source}; check that this user may write to its folder", path.display())]
    Lock {
        /// The file of the lock.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// The lock, which ends with the process at the latest.
pub(super) struct DatabaseFile {
    _lock: File,
}

impl DatabaseFile {
    /// Locks the file beside the database's own. Where the folder is not there, the database says
    /// so.
    pub(super) fn take(database: &Path) -> Result<Option<Self>, InUse> {
        let path = beside(database);
        let failed = |source| InUse::Lock {
            path: path.clone(),
            source,
        };
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path);
        let mut lock = match opened {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(InUse::Held {
                    path: database.to_owned(),
                    process: holder(&mut lock),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // Who it is, is a help and nothing else.
        let _ = lock
            .set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| writeln!(lock, "{}", process::id()));
        Ok(Some(Self { _lock: lock }))
    }
}

/// Returns the path of the lock. A database has one whatever links lead to it.
fn beside(database: &Path) -> PathBuf {
    let file = database.canonicalize().unwrap_or_else(|_| {
        let folder = database
            .parent()
            .and_then(|folder| folder.canonicalize().ok());
        match (folder, database.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => database.to_owned(),
        }
    });
    let mut path = OsString::from(file);
    path.push(".lock");
    path.into()
}

/// Reads the id that the holder has written.
fn holder(lock: &mut File) -> Option<String> {
    let mut text = String::new();
    lock.take(20).read_to_string(&mut text).ok()?;
    let id: u32 = text.trim().parse().ok()?;
    Some(id.to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_database_has_one_server_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("site.db");
        let first = DatabaseFile::take(&database).unwrap().expect("a lock");
        // Now it is there, and has another name, too.
        std::fs::write(&database, "").unwrap();
        let other = folder.path().join("other.db");
        symlink(&database, &other).unwrap();
        for path in [&database, &other] {
            let refused = DatabaseFile::take(path)
                .err()
                .expect("it is held")
                .to_string();
            let process = format!("process {}", process::id());
            for expected in [&process, "DATABASE_URL", "PostgreSQL", "--data-dir"] {
                assert!(refused.contains(expected), "{refused}");
            }
        }
        drop(first);
        DatabaseFile::take(&other).unwrap().expect("a lock");
    }
}
