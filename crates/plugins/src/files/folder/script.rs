//! The files of a plugin that is a script.
//!
//! Every file of the folder and those below it that the language can load belongs to the script,
//! loaded or not: nobody has to name them. Left out are hidden files and folders, the migrations,
//! the cases with what was recorded in them, `node_modules`, where editors keep types, and folders
//! that hold another plugin.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use raisfast_contract::{Script, ScriptFile, ScriptLanguage};
use raisfast_manifest::EntryPath;

use super::{MANIFEST, MIGRATIONS, PluginFolder, read_at_most};
use crate::PluginLoadError;

/// The most files of one script.
const MAX_FILES: usize = 500;
/// Bytes of one file.
pub(super) const MAX_FILE_BYTES: u64 = 1 << 20;
/// Bytes of all files together.
const MAX_BYTES: usize = 4 << 20;
/// The most folders within each other.
const MAX_DEPTH: usize = 8;
/// The most files and folders that are looked at.
const MAX_ENTRIES: usize = 10_000;

/// The search for a script's files.
struct Search<'a> {
    folder: &'a Path,
    extensions: &'static [&'static str],
    looked_at: usize,
    found: Vec<PathBuf>,
}

impl PluginFolder {
    /// Reads the script: the entry, and everything else that the language can load.
    pub(crate) fn read_script(
        &self,
        entry: &EntryPath,
        language: ScriptLanguage,
    ) -> Result<Arc<Script>, PluginLoadError> {
        let unreadable = |file: &str, source| PluginLoadError::ScriptFile {
            file: file.to_owned(),
            source,
        };
        // Before the search, so that what is missing is named.
        self.inside(&self.path.join(entry))
            .map_err(|error| unreadable(entry.as_str(), error))?;
        let mut names = self
            .script_names(language)
            .map_err(|error| unreadable("", error))?;
        if !names.iter().any(|name| name == Path::new(entry.as_str())) {
            names.push(entry.as_str().into());
        }
        let mut files = Vec::with_capacity(names.len());
        let mut bytes = 0;
        for name in names {
            let shown = name.to_string_lossy();
            let text = self
                .read_text(&name)
                .map_err(|error| unreadable(&shown, error))?;
            bytes += text.len();
            if bytes > MAX_BYTES {
                let most = format!(
                    "with it the script has more than {MAX_BYTES} bytes, which are the most"
                );
                return Err(unreadable(&shown, io::Error::other(most)));
            }
            files.push(ScriptFile {
                path: shown.into_owned(),
                text,
            });
        }
        Ok(Arc::new(Script {
            language,
            entry: entry.as_str().to_owned(),
            files,
        }))
    }

    fn read_text(&self, name: &Path) -> io::Result<String> {
        let real = self.inside(&self.path.join(name))?;
        let bytes = read_at_most(&real, MAX_FILE_BYTES, "; split it into several")?;
        String::from_utf8(bytes)
            .map_err(|error| io::Error::other(format!("it is not UTF-8: {error}")))
    }

    /// Returns the paths of all files that a script in this language can load, in order.
    pub(super) fn script_names(&self, language: ScriptLanguage) -> io::Result<Vec<PathBuf>> {
        let mut search = Search {
            folder: &self.path,
            extensions: language.extensions(),
            looked_at: 0,
            found: Vec::new(),
        };
        search.take(Path::new(""), 0)?;
        search.found.sort();
        Ok(search.found)
    }
}

impl Search<'_> {
    /// Takes the files of a folder inside of the plugin's, and those below it.
    fn take(&mut self, below: &Path, depth: usize) -> io::Result<()> {
        for entry in fs::read_dir(self.folder.join(below))? {
            let entry = entry?;
            let name = entry.file_name();
            self.looked_at += 1;
            if self.looked_at > MAX_ENTRIES {
                return Err(io::Error::other(format!(
                    "there are more than {MAX_ENTRIES} files and folders, which are the most"
                )));
            }
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let inner = below.join(&name);
            // A link to a folder is not followed: it could lead back.
            if entry.file_type()?.is_dir() {
                if self.is_of_the_script(&inner) {
                    if depth == MAX_DEPTH {
                        return Err(io::Error::other(format!(
                            "there are more than {MAX_DEPTH} folders within each other, which are the most"
                        )));
                    }
                    self.take(&inner, depth + 1)?;
                }
            } else if self.can_be_loaded(&inner) {
                if self.found.len() == MAX_FILES {
                    return Err(io::Error::other(format!(
                        "there are more than {MAX_FILES} files that a script can load, which are the most"
                    )));
                }
                self.found.push(inner);
            }
        }
        Ok(())
    }

    fn is_of_the_script(&self, folder: &Path) -> bool {
        let is_left_out = ["node_modules", "tests", MIGRATIONS]
            .map(Path::new)
            .contains(&folder);
        !is_left_out && !self.folder.join(folder).join(MANIFEST).exists()
    }

    fn can_be_loaded(&self, file: &Path) -> bool {
        // What names a file otherwise could not be loaded by that name.
        let extension = file.to_str().and(file.extension());
        extension.is_some_and(|found| self.extensions.iter().any(|extension| found == *extension))
    }
}

#[cfg(test)]
mod tests {
    use raisfast_contract::ScriptLanguage::Rhai;

    use super::*;
    use crate::files::folder::tests::one_plugin;

    fn write(folder: &PluginFolder, name: &str, text: impl AsRef<[u8]>) {
        let path = folder.path.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(folder: &PluginFolder) -> Result<Arc<Script>, PluginLoadError> {
        let manifest = fs::read_to_string(folder.path.join(MANIFEST)).unwrap();
        let manifest = manifest.replace("[plugin]", "[plugin]\nruntime = \"rhai\"");
        let manifest = raisfast_manifest::Manifest::parse("manifest.toml", &manifest).unwrap();
        folder.read_script(&manifest.plugin.entry, Rhai)
    }

    #[test]
    fn all_that_the_language_can_load_is_read_and_nothing_else() {
        let (_directory, plugin) = one_plugin();
        for name in [
            "init.rhai",
            "lib/deep/text.rhai",
            "README.md",
            ".hidden.rhai",
            ".git/x.rhai",
            "node_modules/x/x.rhai",
            "migrations/x.rhai",
            "tests/x.rhai",
            "lib/tests/x.rhai",
            "dist/manifest.toml",
            "dist/init.rhai",
        ] {
            write(&plugin, name, name);
        }
        let script = read(&plugin).unwrap();
        assert_eq!(script.entry, "init.rhai");
        let files: Vec<_> = script.files.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(
            files,
            ["init.rhai", "lib/deep/text.rhai", "lib/tests/x.rhai"]
        );
        assert!(script.files.iter().all(|file| file.text == file.path));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let (_directory, plugin) = one_plugin();
        let error = read(&plugin).unwrap_err().to_string();
        assert!(error.contains("`init.rhai`"), "{error}");

        write(&plugin, "init.rhai", "");
        write(&plugin, "lib/a.rhai", [0xff]);
        let error = read(&plugin).unwrap_err().to_string();
        assert!(
            error.contains("`lib/a.rhai`") && error.contains("UTF-8"),
            "{error}"
        );

        write(&plugin, "lib/a.rhai", vec![b' '; (1 << 20) + 1]);
        let error = read(&plugin).unwrap_err().to_string();
        assert!(
            error.contains("`lib/a.rhai`") && error.contains("split"),
            "{error}"
        );
    }

    #[test]
    fn the_files_are_bounded_in_number_depth_and_bytes() {
        let (_directory, plugin) = one_plugin();
        write(&plugin, "init.rhai", "");
        for number in 0..4 {
            write(&plugin, &format!("{number}.rhai"), vec![b' '; 1 << 20]);
        }
        assert!(read(&plugin).is_ok());
        write(&plugin, "4.rhai", " ");
        let error = read(&plugin).unwrap_err().to_string();
        assert!(error.contains("4194304 bytes"), "{error}");

        let (_directory, plugin) = one_plugin();
        write(&plugin, "init.rhai", "");
        write(&plugin, "1/2/3/4/5/6/7/8/x.rhai", "");
        assert!(read(&plugin).is_ok());
        write(&plugin, "1/2/3/4/5/6/7/8/9/x.rhai", "");
        let error = read(&plugin).unwrap_err().to_string();
        assert!(error.contains("8 folders"), "{error}");

        let (_directory, plugin) = one_plugin();
        write(&plugin, "init.rhai", "");
        for number in 1..MAX_FILES {
            write(&plugin, &format!("{number}.rhai"), "");
        }
        assert!(read(&plugin).is_ok());
        write(&plugin, "more.rhai", "");
        let error = read(&plugin).unwrap_err().to_string();
        assert!(error.contains("500 files"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_refused_and_one_to_a_folder_is_not_followed() {
        use std::os::unix::fs::symlink;

        let (directory, plugin) = one_plugin();
        write(&plugin, "init.rhai", "");
        symlink(&plugin.path, plugin.path.join("loop")).unwrap();
        assert_eq!(read(&plugin).unwrap().files.len(), 1);
        let elsewhere = directory.path().join("elsewhere.rhai");
        fs::write(&elsewhere, "secret").unwrap();
        symlink(elsewhere, plugin.path.join("x.rhai")).unwrap();
        let error = read(&plugin).unwrap_err().to_string();
        assert!(error.contains("link out of"), "{error}");
    }
}
