//! The files of a project that its author writes.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{BuildError, bindings, build};

/// Folders that tools make in a project, beside those whose names begin with a dot.
const MADE: [&str; 6] = [
    "__pycache__",
    bindings::FOLDER,
    build::DIST,
    "node_modules",
    "target",
    "zig-out",
];

/// The most files and folders of a project: whoever has more of them has named another folder.
const MOST_FILES: usize = 20_000;

/// The state of a project's sources at some time. Two that are equal build the same plugin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    files: BTreeMap<PathBuf, (SystemTime, u64)>,
    folders: Vec<PathBuf>,
}

impl Sources {
    /// Looks at the files in a folder, but for those and the folders whose names are left out.
    pub(crate) fn of(
        folder: &Path,
        is_left_out: impl Fn(&OsStr) -> bool,
    ) -> Result<Self, BuildError> {
        let mut sources = Self::default();
        sources.walk(folder, &is_left_out)?;
        sources.folders.sort();
        Ok(sources)
    }

    /// Returns the files.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.keys().map(PathBuf::as_path)
    }

    /// Returns the folders that have them.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    fn walk(
        &mut self,
        root: &Path,
        is_left_out: &impl Fn(&OsStr) -> bool,
    ) -> Result<(), BuildError> {
        let mut waiting = vec![root.to_owned()];
        while let Some(folder) = waiting.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                // It has just been removed.
                Err(error) if folder != root && error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(BuildError::read(&folder, error)),
            };
            for entry in entries.flatten() {
                // Without following links, which may lead in circles.
                let Ok(metadata) = entry.metadata() else {
                    continue;
                };
                if is_left_out(&entry.file_name()) {
                    continue;
                }
                if metadata.is_dir() {
                    waiting.push(entry.path());
                } else {
                    let changed = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                    self.files.insert(entry.path(), (changed, metadata.len()));
                }
                if self.files.len() + waiting.len() > MOST_FILES {
                    return Err(BuildError::TooManyFiles {
                        folder: root.to_owned(),
                        limit: MOST_FILES,
                    });
                }
            }
            self.folders.push(folder);
        }
        Ok(())
    }
}

/// Returns true for the name of a file or folder that no author writes.
pub(crate) fn is_made(name: &OsStr) -> bool {
    is_hidden(name) || MADE.iter().any(|made| name == *made)
}

/// Returns true for the name of a file or folder that begins with a dot.
pub(crate) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_make_is_not_a_source() {
        let root = tempfile::tempdir().unwrap();
        let put = |path: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        };
        put("plugin.c");
        put("part/more.c");
        let sources = || Sources::of(root.path(), is_made).unwrap();
        let before = sources();
        assert_eq!(before.folders().len(), 2);
        assert_eq!(before.files.len(), 2);
        for made in ["dist/plugin.wasm", "bindings/a.h", ".git/index", ".swp"] {
            put(made);
        }
        assert_eq!(sources(), before);
        put("part/third.c");
        assert_ne!(sources(), before);
    }
}
