//! One plugin's folder on disk.

mod script;
mod stamp;

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use raisfast_contract::Printable;
use raisfast_manifest::{EntryPath, Manifest};
use raisfast_runtime::{LoadError, Program};
pub(crate) use stamp::{Difference, Look, Marks, Seen, Stamp};

use crate::PluginLoadError;

/// The file that makes a folder a plugin.
pub(crate) const MANIFEST: &str = "manifest.toml";
/// The folder, in a plugin's own, with what makes its tables.
pub(crate) const MIGRATIONS: &str = "migrations";
/// The most migrations of one plugin.
const MAX_FILES: usize = 1_000;
/// Bytes of a manifest; one with every key has two thousand.
const MAX_MANIFEST_BYTES: u64 = 256 << 10;
/// Bytes of one migration. The gate has the same limit; this one holds before the file is read.
const MAX_MIGRATION_BYTES: u64 = 1 << 20;

/// A folder in the directory of plugins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PluginFolder {
    path: PathBuf,
}

/// A manifest, and the bytes that it was read from.
#[derive(Debug)]
pub(crate) struct ReadManifest {
    pub(crate) manifest: Manifest,
    pub(crate) bytes: Vec<u8>,
}

impl PluginFolder {
    /// The folder at `path`, by its full path where there is one: `.` has no name.
    pub(crate) fn at(path: &Path) -> Self {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self { path }
    }

    /// The folder of this name in `directory`, as [`all_in`](Self::all_in) finds it.
    pub(crate) fn named(directory: &Path, name: &str) -> Self {
        Self {
            path: directory.join(name),
        }
    }

    /// Every folder in `directory`, by name. Hidden ones are left out, so that a deployment tool
    /// can prepare a folder under such a name and rename it.
    pub(crate) fn all_in(directory: &Path) -> io::Result<Vec<Self>> {
        let mut folders = Vec::new();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            let hidden = path
                .file_name()
                .is_none_or(|name| name.to_string_lossy().starts_with('.'));
            if path.is_dir() && !hidden {
                folders.push(Self { path });
            }
        }
        folders.sort();
        Ok(folders)
    }

    /// Returns where the folder is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the folder's name; in one that is not UTF-8 other bytes are escaped.
    pub(crate) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_str().map_or_else(
            || name.as_encoded_bytes().escape_ascii().to_string(),
            str::to_owned,
        )
    }

    /// Says that a folder inside of the plugin's is another plugin's, and which command was meant.
    pub(crate) fn nested_warning(&self, inner: &str) -> String {
        let inner = Printable::new(inner);
        let (name, path) = (
            Printable::new(self.name()),
            Printable::new(self.path.display()),
        );
        format!(
            "nothing of `{name}/{inner}` is loaded: it holds a manifest.toml of its own, as a `dist` that was copied \
             to a folder that is there already. To put its files into the plugin's folder: \
             cp -r {path}/{inner}/. {path}/ && rm -r {path}/{inner}"
        )
    }

    /// Returns where the file really is: links are followed, and may not lead out of the folder.
    /// Anything but a file, a pipe or a device, is refused before it is opened: reading it might
    /// never end.
    pub(super) fn inside(&self, path: &Path) -> io::Result<PathBuf> {
        let real = fs::canonicalize(path)?;
        if !real.starts_with(fs::canonicalize(&self.path)?) {
            return Err(io::Error::other("it is a link out of the plugin's folder"));
        }
        if !fs::metadata(&real)?.is_file() {
            return Err(io::Error::other(
                "it is not a file, but a folder, a pipe or a device",
            ));
        }
        Ok(real)
    }

    /// The manifest. It is read once: whoever needs its bytes gets those that were parsed.
    pub(crate) fn read_manifest(&self) -> Result<ReadManifest, PluginLoadError> {
        let path = self.path.join(MANIFEST);
        let bytes = self
            .inside(&path)
            .and_then(|real| read_at_most(&real, MAX_MANIFEST_BYTES, ""))
            .map_err(|source| PluginLoadError::Manifest {
                path: path.clone(),
                source,
            })?;
        let text = str::from_utf8(&bytes).map_err(|error| PluginLoadError::Manifest {
            path,
            source: io::Error::new(
                io::ErrorKind::InvalidData,
                format!("it is not UTF-8: {error}"),
            ),
        })?;
        let name = format!("{}/{MANIFEST}", Printable::new(self.name()));
        let manifest = Manifest::parse(&name, text)?;
        Ok(ReadManifest { manifest, bytes })
    }

    /// The wasm that the manifest names. Its path is plain by type; here links are followed, and
    /// may not lead out of the folder.
    pub(crate) fn read_entry(&self, entry: &EntryPath) -> Result<Vec<u8>, PluginLoadError> {
        let path = self.path.join(entry);
        let failed = |source| PluginLoadError::Entry {
            entry: entry.clone(),
            source,
        };
        let real = self.inside(&path).map_err(failed)?;
        // Before it is read: it may be larger than the machine's memory.
        let size = fs::metadata(&real).map_err(failed)?.len();
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size > Program::MAX_BYTES {
            return Err(PluginLoadError::Wasm {
                entry: entry.clone(),
                source: LoadError::TooLarge { found: size },
            });
        }
        let mut wasm = Vec::with_capacity(size);
        // It may grow meanwhile; more than this is refused as too large when it is loaded.
        let most = Program::MAX_BYTES as u64 + 1;
        File::open(&real)
            .and_then(|file| file.take(most).read_to_end(&mut wasm))
            .map_err(failed)?;
        Ok(wasm)
    }

    /// Name and text of every migration, in the order of their names.
    pub(crate) fn read_migrations(&self) -> Result<Vec<(String, String)>, PluginLoadError> {
        let unreadable = |file: &str, source| PluginLoadError::MigrationFile {
            file: file.to_owned(),
            source,
        };
        let names = self
            .migration_names()
            .map_err(|error| unreadable("", error))?;
        names
            .into_iter()
            .map(|name| {
                let read = || {
                    let real = self.inside(&self.path.join(MIGRATIONS).join(&name))?;
                    let bytes =
                        read_at_most(&real, MAX_MIGRATION_BYTES, "; split it into several")?;
                    String::from_utf8(bytes)
                        .map_err(|error| io::Error::other(format!("it is not UTF-8: {error}")))
                };
                let text = read().map_err(|error| unreadable(&name, error))?;
                Ok((name, text))
            })
            .collect()
    }

    /// The migrations' names, in order. Other files beside them, a README say, are nobody's
    /// business.
    fn migration_names(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(self.path.join(MIGRATIONS)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            let is_sql = Path::new(&name)
                .extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
            if is_sql {
                names.push(name.to_string_lossy().into_owned());
            }
            if names.len() > MAX_FILES {
                return Err(io::Error::other(format!(
                    "there are more than {MAX_FILES} files, which are the most"
                )));
            }
        }
        names.sort();
        Ok(names)
    }

    pub(crate) fn delete(&self) -> io::Result<()> {
        if self.path.is_symlink() {
            fs::remove_file(&self.path)
        } else {
            fs::remove_dir_all(&self.path)
        }
    }
}

/// Reads a file whose size is judged before it is read, and which may grow meanwhile.
fn read_at_most(path: &Path, most: u64, advice: &str) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let mut content = Vec::new();
    if bytes <= most {
        file.take(most + 1).read_to_end(&mut content)?;
    }
    let bytes = bytes.max(content.len() as u64);
    if bytes > most {
        return Err(io::Error::other(format!(
            "it has {bytes} bytes, and {most} are the most{advice}"
        )));
    }
    Ok(content)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(super) const TEXT: &str =
        "[plugin]\nid = \"com.example.x\"\nname = \"X\"\nversion = \"1.0.0\"\n";

    /// A directory of plugins with one in it.
    pub(super) fn one_plugin() -> (tempfile::TempDir, PluginFolder) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        fs::create_dir(&path).unwrap();
        fs::write(path.join(MANIFEST), TEXT).unwrap();
        fs::write(path.join("plugin.wasm"), "wasm").unwrap();
        (directory, PluginFolder { path })
    }

    #[test]
    fn files_and_hidden_folders_are_no_plugins() {
        let (directory, plugin) = one_plugin();
        fs::create_dir(directory.path().join(".being-copied")).unwrap();
        fs::write(directory.path().join("README.md"), "").unwrap();
        assert_eq!(PluginFolder::all_in(directory.path()).unwrap(), [plugin]);
    }

    #[test]
    fn the_manifest_and_the_entry_are_read() {
        let (_directory, plugin) = one_plugin();
        let manifest = plugin.read_manifest().unwrap().manifest;
        assert_eq!(plugin.read_entry(&manifest.plugin.entry).unwrap(), b"wasm");
    }

    #[test]
    fn what_is_missing_is_named() {
        let (_directory, plugin) = one_plugin();
        let manifest = plugin.read_manifest().unwrap().manifest;
        fs::remove_file(plugin.path.join("plugin.wasm")).unwrap();
        let error = plugin
            .read_entry(&manifest.plugin.entry)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("`plugin.wasm`") && error.contains("copy its wasm there"),
            "{error}"
        );
        fs::remove_file(plugin.path.join(MANIFEST)).unwrap();
        let error = plugin.read_manifest().unwrap_err().to_string();
        assert!(error.contains("x/manifest.toml"), "{error}");
    }

    #[test]
    fn migrations_are_read_in_the_order_of_their_names() {
        let (_directory, plugin) = one_plugin();
        assert_eq!(plugin.read_migrations().unwrap(), []);
        let migrations = plugin.path.join(MIGRATIONS);
        fs::create_dir(&migrations).unwrap();
        for name in ["0002_b.sql", "0001_a.sql", "README.md", "0003_C.SQL"] {
            fs::write(migrations.join(name), name).unwrap();
        }
        let read = plugin.read_migrations().unwrap();
        let names: Vec<_> = read.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["0001_a.sql", "0002_b.sql", "0003_C.SQL"]);
        assert!(read.iter().all(|(name, text)| name == text));
    }

    #[test]
    fn a_migration_that_cannot_be_read_is_named() {
        let (_directory, plugin) = one_plugin();
        let migrations = plugin.path.join(MIGRATIONS);
        fs::create_dir(&migrations).unwrap();
        for (content, reason) in [
            (vec![0xff], "UTF-8"),
            (vec![b' '; 1 << 20 | 1], "split it into several"),
        ] {
            fs::write(migrations.join("1.sql"), content).unwrap();
            let error = plugin.read_migrations().unwrap_err().to_string();
            assert!(error.contains("migrations/1.sql"), "{error}");
            assert!(error.contains(reason), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_migration_that_links_out_of_the_folder_is_refused() {
        let (directory, plugin) = one_plugin();
        let elsewhere = directory.path().join("elsewhere.sql");
        fs::write(&elsewhere, "").unwrap();
        let migrations = plugin.path.join(MIGRATIONS);
        fs::create_dir(&migrations).unwrap();
        std::os::unix::fs::symlink(elsewhere, migrations.join("1.sql")).unwrap();
        let error = plugin.read_migrations().unwrap_err().to_string();
        assert!(error.contains("link out of"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn an_entry_that_links_out_of_the_folder_is_refused() {
        let (directory, plugin) = one_plugin();
        let manifest = plugin.read_manifest().unwrap().manifest;
        let elsewhere = directory.path().join("elsewhere.wasm");
        fs::write(&elsewhere, "secret").unwrap();
        fs::remove_file(plugin.path.join("plugin.wasm")).unwrap();
        std::os::unix::fs::symlink(elsewhere, plugin.path.join("plugin.wasm")).unwrap();
        let error = plugin.read_entry(&manifest.plugin.entry).unwrap_err();
        assert!(error.to_string().contains("link out of"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_manifest_that_links_out_of_the_folder_is_refused() {
        let (directory, plugin) = one_plugin();
        let elsewhere = directory.path().join("elsewhere.toml");
        fs::write(&elsewhere, TEXT).unwrap();
        fs::remove_file(plugin.path.join(MANIFEST)).unwrap();
        std::os::unix::fs::symlink(elsewhere, plugin.path.join(MANIFEST)).unwrap();
        let error = plugin.read_manifest().unwrap_err().to_string();
        assert!(error.contains("link out of"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_inside_of_the_folder_is_followed() {
        let (_directory, plugin) = one_plugin();
        let manifest = plugin.read_manifest().unwrap().manifest;
        let wasm = plugin.path.join("plugin.wasm");
        fs::rename(&wasm, plugin.path.join("plugin-1.0.0.wasm")).unwrap();
        std::os::unix::fs::symlink("plugin-1.0.0.wasm", wasm).unwrap();
        assert_eq!(plugin.read_entry(&manifest.plugin.entry).unwrap(), b"wasm");
    }

    /// Opening a pipe that nobody writes to would wait for ever.
    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused_and_not_read() {
        let (_directory, plugin) = one_plugin();
        let manifest = plugin.read_manifest().unwrap().manifest;
        let migrations = plugin.path.join(MIGRATIONS);
        fs::create_dir(&migrations).unwrap();
        for path in [
            plugin.path.join("plugin.wasm"),
            migrations.join("1.sql"),
            plugin.path.join(MANIFEST),
        ] {
            let _ = fs::remove_file(&path);
            let made = std::process::Command::new("mkfifo").arg(&path).status();
            assert!(made.is_ok_and(|status| status.success()), "mkfifo");
        }
        let errors = [
            plugin
                .read_entry(&manifest.plugin.entry)
                .unwrap_err()
                .to_string(),
            plugin.read_migrations().unwrap_err().to_string(),
            plugin.read_manifest().unwrap_err().to_string(),
        ];
        for error in errors {
            assert!(error.contains("a pipe or a device"), "{error}");
        }
        // Looking at it ends, too.
        let looked = plugin.look(None);
        assert!(
            matches!(&looked, Look::Changed(_, manifest) if manifest.is_err()),
            "{looked:?}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_no_plugin() {
        let (_directory, plugin) = one_plugin();
        fs::remove_file(plugin.path.join(MANIFEST)).unwrap();
        std::os::unix::fs::symlink("/dev/zero", plugin.path.join(MANIFEST)).unwrap();
        assert!(plugin.read_manifest().is_err());
    }

    #[test]
    fn a_manifest_of_any_size_is_not_read() {
        let (_directory, plugin) = one_plugin();
        fs::write(plugin.path.join(MANIFEST), vec![b'#'; 256 << 10 | 1]).unwrap();
        let error = plugin.read_manifest().unwrap_err().to_string();
        assert!(error.contains("262144 are the most"), "{error}");
    }
}
