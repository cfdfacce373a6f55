//! The private folder in which a plugin is prepared before it takes its place.
//!
//! It lies in the directory of plugins, so that one rename puts the plugin in its place, and its
//! name is hidden, so that nothing of it is loaded before.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::{
    fs::{CWD, RenameFlags, renameat_with},
    io::Errno,
};
use tempfile::TempDir;
use tokio::sync::OwnedSemaphorePermit;

use super::archive::{ArchiveError, unpack};

/// The beginning of its name.
const PREFIX: &str = ".installing-";
/// The age at which what a server has left that was killed is removed. Another server may share the
/// directory, and be at it.
const LEFT: Duration = Duration::from_hours(1);

/// A place for an archive, and for the plugin in it. What is left in it goes when this is dropped.
#[derive(Debug)]
pub struct Staging {
    folder: TempDir,
    /// Held while others must not prepare anything.
    turn: Option<OwnedSemaphorePermit>,
}

impl Staging {
    /// Makes the folder, for this process's user alone.
    pub(crate) fn begin(directory: &Path, turn: OwnedSemaphorePermit) -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(directory)?;
        fs::create_dir(folder.path().join("plugin"))?;
        Ok(Self {
            folder,
            turn: Some(turn),
        })
    }

    /// Returns where the archive belongs.
    pub fn archive(&self) -> PathBuf {
        self.folder.path().join("archive.tar")
    }

    /// Lets others prepare something while this stays.
    pub(crate) fn end_turn(&mut self) {
        self.turn = None;
    }

    /// Unpacks the archive, and returns the plugin's folder.
    pub(crate) fn unpack(&self) -> Result<PathBuf, ArchiveError> {
        let archive = File::open(self.archive()).map_err(ArchiveError::Write)?;
        let plugin = unpack(archive, &self.folder.path().join("plugin"))?;
        // The space is needed no longer.
        fs::remove_file(self.archive()).map_err(ArchiveError::Write)?;
        Ok(plugin)
    }
}

/// Puts a prepared folder where another one is, or is not. What was there is then where the folder
/// was prepared, so that doing it again undoes it.
pub(crate) fn exchange(prepared: &Path, place: &Path) -> io::Result<()> {
    if fs::symlink_metadata(place).is_err() {
        return fs::rename(prepared, place);
    }
    match renameat_with(CWD, prepared, CWD, place, RenameFlags::EXCHANGE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => one_after_the_other(prepared, place),
        done => Ok(done?),
    }
}

/// The same where the file system cannot do it at once, as over a network.
fn one_after_the_other(prepared: &Path, place: &Path) -> io::Result<()> {
    let aside = prepared.with_extension("former");
    fs::rename(place, &aside)?;
    fs::rename(prepared, place).inspect_err(|_| {
        // Back: that it fails as well leaves what was there in the staging folder.
        let _ = fs::rename(&aside, place);
    })?;
    fs::rename(aside, prepared)
}

/// Removes what servers have left that were killed while they installed something.
pub(crate) fn remove_left(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let is_staging = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let changed = entry.metadata().and_then(|found| found.modified());
        let is_old = changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > LEFT));
        if is_staging && is_old {
            // It is hidden, and does no harm where it stays.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn holding(directory: &Path, name: &str, text: &str) -> PathBuf {
        let folder = directory.join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("text"), text).unwrap();
        folder
    }

    fn text(folder: &Path) -> Option<String> {
        fs::read_to_string(folder.join("text")).ok()
    }

    #[test]
    fn what_is_exchanged_twice_is_as_it_was() {
        for exchange in [exchange, one_after_the_other] {
            let directory = tempfile::tempdir().unwrap();
            let prepared = holding(directory.path(), "prepared", "new");
            let place = holding(directory.path(), "place", "old");
            for (at_place, at_prepared) in [("new", "old"), ("old", "new")] {
                exchange(&prepared, &place).unwrap();
                assert_eq!(text(&place).as_deref(), Some(at_place));
                assert_eq!(text(&prepared).as_deref(), Some(at_prepared));
            }
        }
    }

    #[test]
    fn a_place_that_is_free_is_taken() {
        let directory = tempfile::tempdir().unwrap();
        let prepared = holding(directory.path(), "prepared", "new");
        let place = directory.path().join("place");
        exchange(&prepared, &place).unwrap();
        assert_eq!(
            (text(&place).as_deref(), text(&prepared)),
            (Some("new"), None)
        );
        exchange(&place, &prepared).unwrap();
        assert_eq!(
            (text(&place), text(&prepared).as_deref()),
            (None, Some("new"))
        );
    }

    #[test]
    fn what_killed_servers_left_is_removed_and_what_is_at_work_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let old = holding(directory.path(), ".installing-old", "");
        let young = holding(directory.path(), ".installing-young", "");
        let other = holding(directory.path(), ".other", "");
        let long_ago = SystemTime::now() - 2 * LEFT;
        for folder in [&old, &other] {
            let opened = File::open(folder).unwrap();
            opened.set_modified(long_ago).unwrap();
        }
        remove_left(directory.path());
        assert_eq!(
            [old, young, other].map(|folder| folder.exists()),
            [false, true, true]
        );
    }
}
