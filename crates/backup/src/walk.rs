//! The files below a folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{BackupError, error::at, journal::WORK};

/// The most files of a site.
pub const MAX_FILES: u64 = 1_000_000;

/// The most folders that lie in each other. Links are followed in plugins' folders, and may lead
/// around.
const MAX_DEPTH: usize = 64;

/// The most bytes of a path in an archive.
pub(crate) const MAX_PATH: usize = 1024;

/// The folder in which plugins' files are written before they get their names.
const UNFINISHED: &str = ".unfinished";

/// The number and the size of files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Files.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
}

impl Size {
    pub(crate) fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

/// The treatment of symbolic links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// The files behind them are taken: a deployment may swap links.
    Followed,
    /// They are left out, as the server itself leaves them out.
    Skipped,
}

/// A file below a folder.
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// The path below the folder, with `/` between names.
    pub(crate) name: String,
}

/// Lists the files below a folder in the order of their names. A folder that is not there holds
/// none.
pub(crate) fn files(folder: &Path, links: Links) -> Result<Vec<Found>, BackupError> {
    let mut found = Vec::new();
    let mut open = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return Err(BackupError::Deep(folder));
        }
        for entry in entries(&folder)? {
            let path = entry.path();
            let name = entry.file_name();
            let is_temporary = name == WORK || (depth == 0 && name == UNFINISHED);
            if is_temporary {
                continue;
            }
            let Some(name) = name.to_str().map(|name| format!("{prefix}{name}")) else {
                return Err(BackupError::Name(path));
            };
            if name.len() > MAX_PATH || name.chars().any(char::is_control) {
                return Err(BackupError::Name(path));
            }
            let metadata = match links {
                Links::Followed => fs::metadata(&path),
                Links::Skipped => fs::symlink_metadata(&path),
            };
            let kind = match metadata {
                Ok(metadata) => metadata.file_type(),
                // It was deleted meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(at(&path)(error)),
            };
            if kind.is_dir() {
                open.push((path, format!("{name}/"), depth + 1));
            } else if kind.is_file() {
                if found.len() as u64 >= MAX_FILES {
                    return Err(BackupError::TooMany);
                }
                found.push(Found { path, name });
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// Returns the number and the size of the files below a folder, or of a file. What is not there is
/// nothing.
pub fn size_of(path: &Path) -> Result<Size, BackupError> {
    let mut size = Size::default();
    if path.is_file() {
        size.add(path.metadata().map_err(at(path))?.len());
        return Ok(size);
    }
    for file in files(path, Links::Skipped)? {
        match fs::symlink_metadata(&file.path) {
            Ok(metadata) => size.add(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(at(&file.path)(error)),
        }
    }
    Ok(size)
}

/// Reads a folder; one that is not there has no entries.
pub(crate) fn entries(folder: &Path) -> Result<Vec<fs::DirEntry>, BackupError> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect::<Result<_, _>>().map_err(at(folder)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(at(folder)(error)),
    }
}
