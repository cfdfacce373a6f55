//! A restore that was interrupted, and what undoes it.
//!
//! Before the first file of a site is moved, the journal in its data folder lists what is going to
//! be. While it is there, the former site is whole beside the new one. Removing it is what makes
//! the new site the site.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{BackupError, error::at, walk::entries};

/// The folder, in each folder of a site, in which a restore works.
pub(crate) const WORK: &str = ".raisfast-restore";
/// The folder, below it, of the site that is to come.
const NEW: &str = "new";
/// The folder, below it, of the former site.
const OLD: &str = "old";

/// The name of the journal in the data folder.
pub const JOURNAL: &str = "raisfast-restore.json";

/// The folders of a site, each with the names that come into it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Moves(pub(crate) BTreeMap<PathBuf, BTreeSet<String>>);

pub(crate) fn new_in(folder: &Path) -> PathBuf {
    folder.join(WORK).join(NEW)
}

pub(crate) fn old_in(folder: &Path) -> PathBuf {
    folder.join(WORK).join(OLD)
}

/// The journal of a restore that goes on. Nobody else works on the site meanwhile.
pub(crate) struct Journal {
    path: PathBuf,
    /// Locked as long as it is open.
    _file: File,
}

impl Journal {
    /// Writes down what is going to be moved, so that it survives this process and the machine.
    pub(crate) fn begin(data_dir: &Path, moves: &Moves) -> Result<Self, BackupError> {
        let path = data_dir.join(JOURNAL);
        let unfinished = data_dir.join(format!(".{JOURNAL}.{}", std::process::id()));
        let write = || {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&unfinished)?;
            file.lock()?;
            file.write_all(&serde_json::to_vec(moves)?)?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)?;
            File::open(data_dir)?.sync_all()?;
            Ok(file)
        };
        let file = write().map_err(at(&path))?;
        Ok(Self { path, _file: file })
    }

    /// Makes what was moved final.
    pub(crate) fn end(self) -> Result<(), BackupError> {
        let remove = || {
            fs::remove_file(&self.path)?;
            let folder = self.path.parent().unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()
        };
        remove().map_err(at(&self.path))
    }
}

/// Gives a site back what a restore that was interrupted has moved. Returns true where there was
/// one.
pub fn recover(data_dir: &Path) -> Result<bool, BackupError> {
    let path = data_dir.join(JOURNAL);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(at(&path)(error)),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(BackupError::Busy(data_dir.to_owned())),
        Err(TryLockError::Error(error)) => return Err(at(&path)(error)),
    }
    let read = || Ok(serde_json::from_reader(&file)?);
    let moves: Moves = read().map_err(at(&path))?;
    undo(&moves)?;
    fs::remove_file(&path).map_err(at(&path))?;
    clean(&moves);
    Ok(true)
}

/// Moves what has come back, and what was there to its place. It may be begun again at any point.
pub(crate) fn undo(moves: &Moves) -> Result<(), BackupError> {
    for (folder, names) in &moves.0 {
        let (new, old) = (new_in(folder), old_in(folder));
        for name in names {
            let to = new.join(name);
            if !exists(&to) && exists(&folder.join(name)) {
                let from = folder.join(name);
                fs::rename(&from, &to).map_err(at(&from))?;
            }
        }
        for entry in entries(&old)? {
            let to = folder.join(entry.file_name());
            fs::rename(entry.path(), &to).map_err(at(&to))?;
        }
        sync(folder)?;
    }
    Ok(())
}

/// Removes what a restore has left beside a site.
pub(crate) fn clean(moves: &Moves) {
    for folder in moves.0.keys() {
        // The site is complete without it, and the next restore tries again.
        let _ = fs::remove_dir_all(folder.join(WORK));
    }
}

pub(crate) fn sync(folder: &Path) -> Result<(), BackupError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(at(folder))
}

pub(crate) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}
