//! Reasons why a backup or a restore was given up.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{FORMAT, MAX_FILES};

/// A reason why a backup or a restore was given up. The site is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Something has the archive's name already.
    #[error("{} is there already and stays as it is: choose another name, or move it away", .0.display())]
    Exists(PathBuf),
    /// A file of the site was shortened while it was read.
    #[error("{} was changed while it was read: run the backup again", .0.display())]
    Changed(PathBuf),
    /// A file has a name that an archive cannot hold.
    #[error(
        "the name {0:?} is not one line of UTF-8 of at most 1024 bytes: rename or remove the file, and run the backup again"
    )]
    Name(PathBuf),
    /// Folders lie in each other, or links lead around.
    #[error("{} lies more than 64 folders deep: remove the link or the folders that lead there", .0.display())]
    Deep(PathBuf),
    /// The site has more files than an archive takes.
    #[error(
        "there are more than {MAX_FILES} files: back the folders up with the tools of the file system"
    )]
    TooMany,
    /// The file is not an archive of this server.
    #[error("not a backup of this server: {0}; `raisfast backup FILE` makes one")]
    NotABackup(String),
    /// The archive was written in another arrangement.
    #[error(
        "the backup has format {found}, and this build reads format {FORMAT}: restore it with the version of the server that made it, or a newer one"
    )]
    Format {
        /// The format that the archive has.
        found: u32,
    },
    /// The archive does not end as it should.
    #[error("the backup is not complete: its end is missing; take another copy of it")]
    Incomplete,
    /// A file in the archive is not the one that was written.
    #[error(
        "the backup is damaged: {path} does not have the digest that SHA256SUMS names; take another copy of it"
    )]
    Digest {
        /// The file's path in the archive.
        path: String,
    },
    /// The archive holds something that no backup does.
    #[error("the backup holds {what}, which no backup of this server does; do not restore it")]
    Foreign {
        /// The thing, in words.
        what: String,
    },
    /// There is not enough space for the site beside the former one.
    #[error("{} has {free} bytes free, and the site needs {needed} beside the former one: make space", path.display())]
    NoSpace {
        /// The folder.
        path: PathBuf,
        /// The bytes that are free.
        free: u64,
        /// The bytes that are needed.
        needed: u64,
    },
    /// Another process restores the same site.
    #[error("another restore works on {} now: wait until it is done", .0.display())]
    Busy(PathBuf),
}

/// Returns what names the file or folder of a failure of the system.
pub(crate) fn at(path: &Path) -> impl Fn(io::Error) -> BackupError {
    move |source| BackupError::Io {
        path: path.to_owned(),
        source,
    }
}
