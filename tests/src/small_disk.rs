//! A disk that a test can fill.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

/// A small file system in memory. It is unmounted when this is dropped.
pub struct SmallDisk {
    folder: PathBuf,
    _parent: Option<tempfile::TempDir>,
}

impl SmallDisk {
    /// Mounts one; none where this user may not.
    ///
    /// # Panics
    ///
    /// When there is no temporary folder.
    pub fn mount() -> Option<Self> {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let folder = parent.path().join("disk");
        fs::create_dir(&folder).expect("a folder");
        Self::mounted(folder, Some(parent))
    }

    /// Mounts one on a folder; none where this user may not.
    pub fn mount_on(folder: &Path) -> Option<Self> {
        Self::mounted(folder.to_owned(), None)
    }

    fn mounted(folder: PathBuf, parent: Option<tempfile::TempDir>) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=12m,mode=0700", "tmpfs"])
            .arg(&folder)
            .status();
        mounted.is_ok_and(|status| status.success()).then(|| Self {
            folder,
            _parent: parent,
        })
    }

    /// Returns its folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }

    /// Takes all the space that is left.
    ///
    /// # Panics
    ///
    /// When there is not even space for a name.
    pub fn fill(&self) {
        let mut filler = File::create(self.filler()).expect("a file");
        for size in [64 << 10, 1 << 10, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Gives that space back.
    ///
    /// # Panics
    ///
    /// When it was not taken.
    pub fn make_space(&self) {
        fs::remove_file(self.filler()).expect("the filler goes");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a server that a failed test leaves behind may still have files open.
        let _ = Command::new("umount").arg("-l").arg(&self.folder).status();
    }
}
