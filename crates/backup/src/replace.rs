//! Putting an archive in the place of a site.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{
    Archive, BackupError, Contents, Part, Size,
    error::at,
    journal::{Journal, Moves, WORK, clean, exists, new_in, old_in, sync, undo},
    walk::{entries, size_of},
};

/// The places of a site's parts. A part without one is not restored.
#[derive(Debug, Clone)]
pub struct Places {
    /// The folder where the journal of a restore lies.
    pub data_dir: PathBuf,
    /// The database's file.
    pub database: Option<PathBuf>,
    /// The folder of plugins' files.
    pub files: Option<PathBuf>,
    /// The folder of plugins.
    pub plugins: Option<PathBuf>,
    /// The file to which the archive's configuration goes.
    pub settings: Option<PathBuf>,
}

/// Something that a restore replaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The part.
    pub part: Part,
    /// The file or folder.
    pub path: PathBuf,
    /// The files that are there now.
    #[serde(flatten)]
    pub size: Size,
}

impl Places {
    fn of(&self, part: Part) -> Option<&Path> {
        match part {
            Part::Database => self.database.as_deref(),
            Part::Files => self.files.as_deref(),
            Part::Plugins => self.plugins.as_deref(),
            Part::Settings => self.settings.as_deref(),
        }
    }

    /// Returns what is lost when an archive takes the place of the site.
    pub fn lost(&self, contents: &Contents) -> Result<Vec<Place>, BackupError> {
        let mut lost = Vec::new();
        // The archive's configuration is a copy, and the former one too.
        let parts = contents.header.parts.iter().copied();
        for part in parts.filter(|part| *part != Part::Settings) {
            let Some(path) = self.of(part) else {
                continue;
            };
            let mut size = size_of(path)?;
            if part == Part::Database {
                for beside in names_of_database(path) {
                    size.bytes += size_of(&path.with_file_name(beside))?.bytes;
                }
            }
            if size.files > 0 {
                lost.push(Place {
                    part,
                    path: path.to_owned(),
                    size,
                });
            }
        }
        Ok(lost)
    }

    /// Returns the name that a single file gets.
    fn name_of(&self, part: Part) -> Result<Option<String>, BackupError> {
        let Some(path) = self.of(part) else {
            return Ok(None);
        };
        let name = path.file_name().and_then(|name| name.to_str());
        match name {
            Some(name) => Ok(Some(name.to_owned())),
            None => Err(BackupError::Name(path.to_owned())),
        }
    }

    /// Returns the folder in which a part lies.
    fn folder_of(&self, part: Part) -> Option<PathBuf> {
        let path = self.of(part)?;
        Some(match part {
            Part::Files | Part::Plugins => path.to_owned(),
            Part::Database | Part::Settings => {
                path.parent().map_or_else(PathBuf::new, Path::to_owned)
            }
        })
    }

    /// Returns the names of a part in its folder that a restore takes away.
    fn former(&self, part: Part) -> Result<Vec<OsString>, BackupError> {
        let Some(path) = self.of(part) else {
            return Ok(Vec::new());
        };
        let name = path.file_name().map(OsString::from);
        Ok(match part {
            Part::Database => name.into_iter().chain(names_of_database(path)).collect(),
            Part::Settings => name.into_iter().collect(),
            Part::Files | Part::Plugins => entries(path)?
                .into_iter()
                .map(|entry| entry.file_name())
                .filter(|name| name != WORK)
                .collect(),
        })
    }
}

/// Returns the names of the files that SQLite keeps beside a database.
fn names_of_database(file: &Path) -> impl Iterator<Item = OsString> {
    let name = file.file_name().map(OsString::from).unwrap_or_default();
    ["-wal", "-shm"].into_iter().map(move |end| {
        let mut beside = name.clone();
        beside.push(end);
        beside
    })
}

/// A site that lies complete beside the former one. What is not put in its place goes when this is
/// dropped.
#[derive(Debug)]
pub struct Staged {
    places: Places,
    parts: BTreeSet<Part>,
    moves: Moves,
}

impl Staged {
    /// Writes the files of an archive beside the site.
    pub fn unpack(archive: &Archive, places: Places) -> Result<Self, BackupError> {
        let contents = archive.contents();
        let mut staged = Self {
            parts: BTreeSet::new(),
            moves: Moves::default(),
            places,
        };
        for part in &contents.header.parts {
            let Some(folder) = staged.places.folder_of(*part) else {
                continue;
            };
            let names = contents.names.get(part).into_iter().flatten();
            raisfast_private_folder::create(&folder).map_err(at(&folder))?;
            staged.parts.insert(*part);
            let moved = staged.moves.0.entry(folder).or_default();
            match part {
                Part::Files | Part::Plugins => moved.extend(names.cloned()),
                Part::Database | Part::Settings => moved.extend(staged.places.name_of(*part)?),
            }
        }
        raisfast_private_folder::create(&staged.places.data_dir)
            .map_err(at(&staged.places.data_dir))?;
        staged.check_space(contents)?;
        clean(&staged.moves);
        for folder in staged.moves.0.keys() {
            for work in [new_in(folder), old_in(folder)] {
                raisfast_private_folder::create(&work).map_err(at(&work))?;
            }
        }
        let places = &staged.places;
        archive.unpack(|part| Some(new_in(&places.folder_of(part)?)))?;
        for part in [Part::Database, Part::Settings] {
            staged.rename(part, contents)?;
        }
        Ok(staged)
    }

    /// Gives a single file the name that it has in this site.
    fn rename(&self, part: Part, contents: &Contents) -> Result<(), BackupError> {
        let names = contents.names.get(&part).into_iter().flatten();
        for name in names {
            let Some(to) = self.staged(part) else {
                continue;
            };
            let from = to.with_file_name(name);
            fs::rename(&from, &to).map_err(at(&from))?;
        }
        Ok(())
    }

    /// Returns the database's file before it is in its place, where the archive holds one.
    pub fn database(&self) -> Option<PathBuf> {
        self.staged(Part::Database)
    }

    fn staged(&self, part: Part) -> Option<PathBuf> {
        let name = self.places.of(part)?.file_name()?;
        let folder = self.places.folder_of(part)?;
        self.parts
            .contains(&part)
            .then(|| new_in(&folder).join(name))
    }

    /// Refuses where a disk has not enough space for what comes to it.
    fn check_space(&self, contents: &Contents) -> Result<(), BackupError> {
        let mut needed: BTreeMap<u64, (PathBuf, u64)> = BTreeMap::new();
        for (part, size) in &contents.parts {
            let Some(folder) = self.places.folder_of(*part) else {
                continue;
            };
            let device = fs::metadata(&folder).map_err(at(&folder))?.dev();
            // A file takes whole blocks.
            let bytes = size.bytes.saturating_add(size.files.saturating_mul(4096));
            needed.entry(device).or_insert((folder, 0)).1 += bytes;
        }
        for (path, needed) in needed.into_values() {
            let disk = rustix::fs::statvfs(&path).map_err(|error| at(&path)(error.into()))?;
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            if free < needed {
                return Err(BackupError::NoSpace { path, free, needed });
            }
        }
        Ok(())
    }

    /// Puts the site in its place. Where that fails, or is interrupted and [`recover`] is called,
    /// the former site is there again.
    ///
    /// [`recover`]: crate::recover
    pub fn put_in_place(mut self) -> Result<(), BackupError> {
        let journal = Journal::begin(&self.places.data_dir, &self.moves)?;
        let done = self.move_all();
        // From here on nothing beside the site is removed before the journal is.
        let moves = std::mem::take(&mut self.moves);
        if done.is_err() {
            // Where this fails too, the journal stays, and whoever comes next tries again.
            undo(&moves)?;
        }
        journal.end()?;
        clean(&moves);
        done
    }

    fn move_all(&self) -> Result<(), BackupError> {
        for part in &self.parts {
            let Some(folder) = self.places.folder_of(*part) else {
                continue;
            };
            for name in self.places.former(*part)? {
                let (from, to) = (folder.join(&name), old_in(&folder).join(&name));
                if exists(&from) {
                    fs::rename(&from, &to).map_err(at(&from))?;
                }
            }
        }
        for (folder, names) in &self.moves.0 {
            for name in names {
                let to = folder.join(name);
                fs::rename(new_in(folder).join(name), &to).map_err(at(&to))?;
            }
            sync(folder)?;
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        clean(&self.moves);
    }
}
