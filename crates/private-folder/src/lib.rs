//! Checks that nobody else on the machine can change the files in a folder.
//!
//! A server runs what lies in some of its folders, and trusts what lies in others. Neither is safe
//! where another user of the machine can write: into the folder, or into one above it, because who
//! can rename a folder can put another one in its place. So [`check`] looks at the whole path, from
//! the root down, and through symbolic links:
//!
//! - each folder on it belongs to this process's user or to root;
//! - no other user can write to it, except where the sticky bit keeps each from touching what is
//!   another's (`/tmp`); the folder at the path's end must not even be that;
//! - a link on it belongs to this user or to root.
//!
//! Writing by the group is writing by others, unless it is the group that this user is alone in and
//! that bears the user's name: many systems give everybody one, and make folders writable to it.
//!
//! The result of a check stays true: only this user and root could change it. Systems
//! other than Unix have other rules, so this crate does not compile there.
//!
//! ```
//! use std::os::unix::fs::PermissionsExt;
//!
//! let folder = tempfile::tempdir()?;
//! raisfast_private_folder::check(folder.path())?;
//!
//! std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777))?;
//! let exposed = raisfast_private_folder::check(folder.path()).unwrap_err();
//! assert!(exposed.to_string().contains("chmod"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(not(unix))]
compile_error!("who may change a file is only known on Unix");

mod owner;
mod path;

use std::{
    io,
    path::{Path, PathBuf},
};

/// Somebody else could change what lies there, or it cannot be known that nobody can.
#[derive(Debug, thiserror::Error)]
pub enum Exposed {
    /// Other users can write to it.
    #[error(
        "{} can be written to by other users of this machine (mode {mode:04o}): run `chmod {chmod} {}`, or choose another folder",
        path.display(), path.display()
    )]
    Writable {
        /// The folder, which may be one above the one that was asked for.
        path: PathBuf,
        /// The file's permission bits.
        mode: u32,
        /// The command that corrects it.
        chmod: &'static str,
    },
    /// It belongs to somebody else.
    #[error(
        "{} belongs to user {owner}, and this process runs as user {user}: run `chown {user} {}` as root, or choose another folder",
        path.display(), path.display()
    )]
    Foreign {
        /// The folder, file or link.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// The user who asks.
        user: u32,
    },
    /// It cannot be looked at.
    #[error("{} cannot be looked at: {source}; fix its permissions, or choose another folder", path.display())]
    Unreadable {
        /// The folder, file or link.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// Makes a folder, and those above it that are not there, for this user alone.
pub fn create(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Returns whether the file's own permissions let other users read it, its group included where
/// others may be in it. A file that cannot be looked at is not readable.
pub fn is_readable_by_others(file: &Path) -> bool {
    std::fs::metadata(file)
        .is_ok_and(|metadata| owner::Rights::from(&metadata).lets_others_read(owner::Myself::now()))
}

/// Refuses a path at whose end anybody else could change something. It may be a folder or a file.
pub fn check(path: &Path) -> Result<(), Exposed> {
    path::check(path)
}
