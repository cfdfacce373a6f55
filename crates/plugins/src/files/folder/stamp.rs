//! The content of a plugin's folder when it was last looked at.
//!
//! The content of the files that a plugin is made of decides whether it has changed: its manifest,
//! the wasm that the manifest names or the files of its script, its migrations. Reading them at
//! each look would cost too much, so the system's marks of the files (size, times, device and
//! inode, of what their paths lead to now) come first: where they are as before, so is the content.
//! Times have a granularity, and a file may change twice within it; marks of files that changed
//! just before they were looked at are not believed, and the content is read once more.

use std::{
    collections::BTreeMap,
    fs::{self, File, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use raisfast_contract::ScriptLanguage;
use raisfast_manifest::{EntryPath, Plugin};
use raisfast_runtime::Program;
use sha2::{Digest, Sha256};

use super::{
    MANIFEST, MAX_MANIFEST_BYTES, MAX_MIGRATION_BYTES, MIGRATIONS, PluginFolder, ReadManifest,
    script::MAX_FILE_BYTES,
};
use crate::PluginLoadError;

/// The age that a file's last change must have for its marks to be believed: file systems count in
/// steps of up to 2 s.
const GRANULARITY: Duration = Duration::from_secs(3);
/// Entries of a plugin's folder in which another plugin is looked for.
const MAX_ENTRIES: usize = 1_000;

/// A plugin's files at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    marks: Marks,
    /// Equal marks mean equal content.
    is_settled: bool,
    /// The code that the manifest named, if it was a manifest.
    code: Option<NamedCode>,
    content: [u8; 32],
}

/// The code that a manifest names.
#[derive(Debug, Clone)]
struct NamedCode {
    entry: EntryPath,
    /// The language of a script, to which files belong that nobody names.
    script: Option<ScriptLanguage>,
}

impl NamedCode {
    fn of(plugin: &Plugin) -> Self {
        Self {
            entry: plugin.entry.clone(),
            script: plugin.runtime.script(),
        }
    }
}

/// The system's marks of a plugin's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marks {
    /// Of each file that the plugin is made of; none where it is not there.
    files: BTreeMap<PathBuf, Option<Mark>>,
    /// Of manifests in folders inside the plugin's, by the folder's name. Nothing of them is
    /// loaded.
    nested: BTreeMap<String, Mark>,
}

/// The system's marks of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    bytes: u64,
    modified: Option<SystemTime>,
    system: SystemMark,
}

/// The result of a look at a folder, compared with what was seen before.
#[derive(Debug)]
pub(crate) enum Look {
    /// The marks are the same.
    Same,
    /// The files were touched, and hold what they held.
    Touched(Stamp),
    /// There is something to load.
    Changed(Stamp, Box<Result<ReadManifest, PluginLoadError>>),
}

/// A folder as it was at an earlier look.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) stamp: Stamp,
    /// It could not be loaded: each touch is worth another try.
    pub(crate) has_failed: bool,
}

/// The difference of a folder from what was seen before, as far as it can be found without reading
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Difference {
    /// The marks are the same.
    Nothing,
    /// The marks are the same, and too young to be believed.
    Unsettled,
    /// The marks differ.
    Marks,
}

impl PluginFolder {
    /// Compares the folder with what was known of it, if anything.
    pub(crate) fn look(&self, known: Option<&Seen>) -> Look {
        let begun = SystemTime::now();
        if let (Difference::Nothing, _) = self.difference(known.map(|known| &known.stamp)) {
            return Look::Same;
        }
        let manifest = self.read_manifest();
        let code = manifest.as_ref().ok();
        let code = code.map(|read| NamedCode::of(&read.manifest.plugin));
        // Marks before content: what changes in between is found by the next look.
        let marks = self.marks(code.as_ref());
        let stamp = Stamp {
            is_settled: marks.are_settled(begun),
            content: self.content(&marks, code.as_ref()),
            marks,
            code,
        };
        let holds_the_same = known.is_some_and(|known| {
            let was_touched = known.stamp.marks != stamp.marks;
            known.stamp.content == stamp.content && !(known.has_failed && was_touched)
        });
        if holds_the_same {
            Look::Touched(stamp)
        } else {
            Look::Changed(stamp, Box::new(manifest))
        }
    }

    /// Says of each folder inside that is a plugin's that nothing of it is loaded.
    pub(crate) fn nested_warnings(&self) -> Vec<String> {
        let nested = self.nested();
        nested
            .keys()
            .map(|inner| self.nested_warning(inner))
            .collect()
    }

    /// The same without reading a file, with the marks that it was judged by.
    pub(crate) fn difference(&self, known: Option<&Stamp>) -> (Difference, Marks) {
        let marks = self.marks(known.and_then(|known| known.code.as_ref()));
        let difference = match known {
            Some(known) if marks != known.marks => Difference::Marks,
            Some(known) if known.is_settled => Difference::Nothing,
            Some(_) => Difference::Unsettled,
            None => Difference::Marks,
        };
        (difference, marks)
    }

    /// Marks of the manifest, the code and the migrations, and of nested manifests.
    fn marks(&self, code: Option<&NamedCode>) -> Marks {
        let migrations = self.migration_names().unwrap_or_default();
        let script = code.and_then(|code| code.script);
        let script = script.map(|language| self.script_names(language).unwrap_or_default());
        let files = [PathBuf::from(MANIFEST)]
            .into_iter()
            .chain(code.map(|code| PathBuf::from(code.entry.as_str())))
            .chain(script.into_iter().flatten())
            .chain(
                migrations
                    .iter()
                    .map(|name| Path::new(MIGRATIONS).join(name)),
            );
        let marked = files.map(|file| {
            let mark = Mark::of(&self.path.join(&file));
            (file, mark)
        });
        Marks {
            files: marked.collect(),
            nested: self.nested(),
        }
    }

    /// Marks of manifests in the folders inside, by the folders' names.
    fn nested(&self) -> BTreeMap<String, Mark> {
        let Ok(entries) = fs::read_dir(&self.path) else {
            return BTreeMap::new();
        };
        let paths = entries
            .flatten()
            .take(MAX_ENTRIES)
            .map(|entry| entry.path());
        paths
            .filter_map(|path| {
                let mark = Mark::of(&path.join(MANIFEST))?;
                Some((path.file_name()?.to_string_lossy().into_owned(), mark))
            })
            .collect()
    }

    /// A digest of all that would be loaded. What is too large for that counts by its size alone.
    fn content(&self, marks: &Marks, code: Option<&NamedCode>) -> [u8; 32] {
        let is_script = code.is_some_and(|code| code.script.is_some());
        let is_wasm = |file: &Path| {
            code.is_some_and(|code| !is_script && file == Path::new(code.entry.as_str()))
        };
        let mut digest = Sha256::new();
        for file in marks.files.keys() {
            let most = if file == Path::new(MANIFEST) {
                MAX_MANIFEST_BYTES
            } else if is_wasm(file) {
                Program::MAX_BYTES as u64
            } else if is_script && !file.starts_with(MIGRATIONS) {
                MAX_FILE_BYTES
            } else {
                MAX_MIGRATION_BYTES
            };
            let name = file.as_os_str().as_encoded_bytes();
            digest.update(name.len().to_le_bytes());
            digest.update(name);
            match self.digest_of(file, most) {
                Ok((bytes, content)) => {
                    digest.update(bytes.to_le_bytes());
                    digest.update(content);
                }
                Err(error) => digest.update(error.to_string()),
            }
        }
        digest.finalize().into()
    }

    /// The size of a file, and a digest of its content.
    fn digest_of(&self, file: &Path, most: u64) -> io::Result<(u64, [u8; 32])> {
        let real = self.inside(&self.path.join(file))?;
        let bytes = fs::metadata(&real)?.len();
        let mut digest = Sha256::new();
        if bytes <= most {
            io::copy(&mut File::open(real)?.take(most), &mut digest)?;
        }
        Ok((bytes, digest.finalize().into()))
    }
}

impl Stamp {
    /// A stamp of no files.
    #[cfg(test)]
    pub(crate) fn empty() -> Self {
        Self {
            marks: Marks {
                files: BTreeMap::new(),
                nested: BTreeMap::new(),
            },
            is_settled: true,
            code: None,
            content: [0; 32],
        }
    }

    /// The folders inside the plugin's that hold a manifest of their own.
    pub(crate) fn nested(&self) -> Vec<&str> {
        self.marks.nested.keys().map(String::as_str).collect()
    }

    /// Those folders, if they are not as they were.
    pub(crate) fn newly_nested(&self, before: Option<&Self>) -> Vec<&str> {
        if before.is_some_and(|before| before.marks.nested == self.marks.nested) {
            return Vec::new();
        }
        self.nested()
    }
}

impl Marks {
    /// Returns true if every file had its last change well before this moment.
    fn are_settled(&self, now: SystemTime) -> bool {
        let mut marks = self.files.values().flatten();
        marks.all(|mark| {
            let Some(changed) = mark.changed() else {
                return false;
            };
            // Where the clocks differ, a time tells nothing about how long ago it was.
            let apart = now
                .duration_since(changed)
                .unwrap_or_else(|ahead| ahead.duration());
            apart > GRANULARITY
        })
    }
}

impl Mark {
    /// The marks of the file to which a path leads now, if there is one.
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            system: SystemMark::of(&metadata),
        })
    }

    fn changed(&self) -> Option<SystemTime> {
        self.system.changed().or(self.modified)
    }
}

/// Device and inode, and when the inode changed, which nobody can set back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SystemMark {
    device: u64,
    inode: u64,
    changed: (i64, i64),
}

impl SystemMark {
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;

        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    fn changed(&self) -> Option<SystemTime> {
        let (seconds, nanoseconds) = self.changed;
        let since = Duration::new(
            u64::try_from(seconds).ok()?,
            u32::try_from(nanoseconds).ok()?,
        );
        SystemTime::UNIX_EPOCH.checked_add(since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::folder::tests::{TEXT, one_plugin};

    fn known(folder: &PluginFolder) -> Seen {
        match folder.look(None) {
            Look::Changed(stamp, _) => Seen {
                stamp,
                has_failed: false,
            },
            other => panic!("{other:?}"),
        }
    }

    /// As if the folder had rested for a while before it was looked at.
    fn settled(folder: &PluginFolder) -> Seen {
        let mut known = known(folder);
        known.stamp.is_settled = true;
        known
    }

    fn is_changed(folder: &PluginFolder, known: &Seen) -> bool {
        matches!(folder.look(Some(known)), Look::Changed(..))
    }

    #[test]
    fn each_file_that_is_loaded_counts_and_no_other() {
        let (_directory, plugin) = one_plugin();
        let migrations = plugin.path.join(MIGRATIONS);
        fs::create_dir(&migrations).unwrap();
        fs::write(migrations.join("1.sql"), "").unwrap();
        let before = settled(&plugin);
        assert!(matches!(plugin.look(Some(&before)), Look::Same));
        for other in ["README.md", "migrations/README.md"] {
            fs::write(plugin.path.join(other), "text").unwrap();
            assert!(matches!(plugin.look(Some(&before)), Look::Same), "{other}");
        }
        for (file, text) in [
            ("plugin.wasm", "other wasm".to_owned()),
            (MANIFEST, format!("{TEXT}description = \"other\"")),
            ("migrations/1.sql", "-- other".to_owned()),
            ("migrations/2.sql", String::new()),
        ] {
            let before = settled(&plugin);
            fs::write(plugin.path.join(file), text).unwrap();
            assert!(is_changed(&plugin, &before), "{file}");
        }
        let before = settled(&plugin);
        fs::remove_file(plugin.path.join("plugin.wasm")).unwrap();
        assert!(is_changed(&plugin, &before));
    }

    /// As reproducible archives leave it: `1.0.1` takes the place of `1.0.0`.
    #[test]
    fn another_content_of_the_same_size_and_time_is_a_change() {
        let (_directory, plugin) = one_plugin();
        let manifest = plugin.path.join(MANIFEST);
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        let write = |path: &Path, text: &str| {
            fs::write(path, text).unwrap();
            File::options()
                .write(true)
                .open(path)
                .and_then(|file| file.set_modified(time))
                .unwrap();
        };
        write(&manifest, TEXT);
        let before = settled(&plugin);
        let aside = plugin.path.join("aside");
        write(&aside, &TEXT.replace("1.0.0", "1.0.1"));
        fs::rename(aside, &manifest).unwrap();
        assert!(is_changed(&plugin, &before), "renamed into place");

        // Within one tick of the file system's clock, even ctime is the same.
        let before = known(&plugin);
        assert!(!before.stamp.is_settled);
        write(&manifest, &TEXT.replace("1.0.0", "1.0.2"));
        assert!(is_changed(&plugin, &before), "written in place");
    }

    #[test]
    fn what_was_only_touched_is_not_loaded_again_unless_it_had_failed() {
        let (_directory, plugin) = one_plugin();
        let mut before = settled(&plugin);
        let wasm = plugin.path.join("plugin.wasm");
        fs::remove_file(&wasm).unwrap();
        fs::write(&wasm, "wasm").unwrap();
        // Another inode, or the same one at another time.
        File::options()
            .write(true)
            .open(&wasm)
            .and_then(|file| file.set_modified(SystemTime::UNIX_EPOCH))
            .unwrap();
        assert!(matches!(plugin.look(Some(&before)), Look::Touched(_)));
        before.has_failed = true;
        assert!(is_changed(&plugin, &before));
    }

    #[test]
    fn a_file_that_has_rested_is_not_read_again() {
        let (_directory, plugin) = one_plugin();
        let Look::Changed(young, _) = plugin.look(None) else {
            panic!("it is new");
        };
        assert_eq!(plugin.difference(Some(&young)).0, Difference::Unsettled);
        let later = SystemTime::now() + 2 * GRANULARITY;
        assert!(young.marks.are_settled(later));
        // A clock that is far ahead.
        let earlier = SystemTime::now() - 2 * GRANULARITY;
        assert!(young.marks.are_settled(earlier));
    }

    #[test]
    fn a_link_above_the_folder_is_followed_at_each_look() {
        let directory = tempfile::tempdir().unwrap();
        for release in ["1", "2"] {
            let path = directory.path().join(release).join("x");
            fs::create_dir_all(&path).unwrap();
            fs::write(
                path.join(MANIFEST),
                TEXT.replace("1.0.0", &format!("{release}.0.0")),
            )
            .unwrap();
            fs::write(path.join("plugin.wasm"), "wasm").unwrap();
        }
        let current = directory.path().join("current");
        std::os::unix::fs::symlink("1", &current).unwrap();
        let plugin = PluginFolder {
            path: current.join("x"),
        };
        let before = settled(&plugin);
        let next = directory.path().join("next");
        std::os::unix::fs::symlink("2", &next).unwrap();
        fs::rename(next, current).unwrap();
        assert_eq!(plugin.difference(Some(&before.stamp)).0, Difference::Marks);
        assert!(is_changed(&plugin, &before));
    }

    #[test]
    fn a_plugin_inside_of_the_plugin_is_found_and_is_no_change() {
        let (_directory, plugin) = one_plugin();
        let before = settled(&plugin);
        let dist = plugin.path.join("dist");
        fs::create_dir(&dist).unwrap();
        fs::write(dist.join(MANIFEST), TEXT).unwrap();
        let Look::Touched(nested) = plugin.look(Some(&before)) else {
            panic!("nothing of it is loaded");
        };
        assert_eq!(nested.newly_nested(Some(&before.stamp)), ["dist"]);
        assert_eq!(nested.newly_nested(Some(&nested)), Vec::<&str>::new());
        assert_eq!(nested.nested(), ["dist"]);
    }
}
