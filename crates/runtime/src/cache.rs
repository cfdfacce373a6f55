//! Compiled code on disk, so that a plugin is compiled once for a machine.
//!
//! An entry's name is the SHA-256 of the guest's bytes, of wasmtime's fingerprint of its version
//! and configuration, and of the adapter that may have been put into the guest. An entry begins
//! when a guest was compiled, is never changed, and may be deleted at any time: code that runs from
//! it stays in memory. All entries together have at most 1 GiB. Beyond that those go that were not
//! loaded for the longest time, which are also those of older wasmtime versions.
//!
//! The folder's files are run as they are. So folder and entry are looked at before each load,
//! and neither is used where another user could have written to it.

use std::{
    fs::{self, File},
    hash::{Hash, Hasher},
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use wasmtime::{Engine, component::Component};

use crate::{RuntimeError, wasi::preview1};

/// Bytes of all entries together: a dozen of the largest plugins, thousands of small ones.
const MAX_BYTES: u64 = 1 << 30;
/// The end of the name of an entry's file.
const SUFFIX: &str = "cwasm";
/// The beginning of the name of a file that is being written.
const UNFINISHED: &str = ".unfinished-";
/// After this time whoever was writing it has stopped.
const ABANDONED: Duration = Duration::from_hours(1);

pub(crate) struct Cache {
    folder: PathBuf,
    max_bytes: u64,
    fingerprint: Vec<u8>,
}

impl Cache {
    /// Makes the folder, for its owner only, or refuses one that others can write to.
    pub(crate) fn open(folder: PathBuf, engine: &Engine) -> Result<Self, RuntimeError> {
        let unusable = |source| RuntimeError::CacheFolder {
            path: folder.clone(),
            source,
        };
        raisfast_private_folder::create(&folder).map_err(unusable)?;
        raisfast_private_folder::check(&folder)?;
        let mut fingerprint = Fingerprint::default();
        engine
            .precompile_compatibility_hash()
            .hash(&mut fingerprint);
        preview1::TEXT.hash(&mut fingerprint);
        Ok(Self {
            folder,
            max_bytes: MAX_BYTES,
            fingerprint: fingerprint.0.finalize().to_vec(),
        })
    }

    fn path(&self, wasm: &[u8]) -> PathBuf {
        let mut digest = Sha256::new();
        digest.update(&self.fingerprint);
        digest.update(wasm);
        let name = hex::encode(digest.finalize());
        self.folder.join(name).with_extension(SUFFIX)
    }

    /// Returns true if the guest was compiled before. [`get`](Self::get) may still find that the
    /// code cannot be used.
    pub(crate) fn has(&self, wasm: &[u8]) -> bool {
        is_usable(&self.path(wasm))
    }

    /// The compiled component, if it was compiled before.
    pub(crate) fn get(&self, engine: &Engine, wasm: &[u8]) -> Option<Component> {
        let path = self.path(wasm);
        if !is_usable(&path) {
            return None;
        }
        // SAFETY: the file is machine code that runs as it stands, so it must come from this
        // engine's compiler. Only `put` makes entries, and `keep`, of what a worker has written,
        // which is this program with the same compiler and has nothing but the open file; nobody
        // but this user and root can write to the file or to a folder above it, as was just
        // checked, and wasmtime checks the version and configuration in the file's header. Who can
        // write as the server's own user could replace the server itself.
        #[expect(unsafe_code, reason = "the only way to load AOT code")]
        let component = unsafe { Component::deserialize_file(engine, &path) };
        match component {
            Ok(component) => {
                mark_as_used(&path);
                Some(component)
            }
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a compiled plugin cannot be used and is made anew");
                let _ = fs::remove_file(&path);
                None
            }
        }
    }

    /// Keeps a compiled component. A failure costs the next start some time, so it is only logged.
    pub(crate) fn put(&self, wasm: &[u8], component: &Component) {
        if !self.is_private() {
            return;
        }
        if let Err(error) = self.write(wasm, component) {
            let path = self.path(wasm);
            tracing::warn!(path = %path.display(), error, "a compiled plugin cannot be kept");
        }
    }

    /// Returns true if nobody else can write there; else the log says what to do.
    pub(crate) fn is_private(&self) -> bool {
        is_private(&self.folder)
    }

    /// A file for this user alone, in the folder, that is not an entry yet.
    pub(crate) fn unfinished(&self) -> std::io::Result<NamedTempFile> {
        tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(&self.folder)
    }

    /// Makes an [`unfinished`](Self::unfinished) file, which this engine's compiler has written,
    /// the entry of a guest. By renaming, so that a reader never sees half an entry.
    pub(crate) fn keep(&self, wasm: &[u8], code: NamedTempFile) -> std::io::Result<()> {
        let path = self.path(wasm);
        code.persist(&path)?;
        if let Err(error) = self.prune(&path) {
            tracing::warn!(path = %self.folder.display(), %error, "old compiled plugins cannot be deleted");
        }
        Ok(())
    }

    /// Deletes what was not used for the longest time, until the rest has room. The newest entry
    /// stays, however large it is.
    fn prune(&self, newest: &Path) -> std::io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            // Another server on the same folder may have deleted it.
            let Ok(metadata) = fs::symlink_metadata(&path) else {
                continue;
            };
            let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            if is_unfinished(&path) {
                if used.elapsed().is_ok_and(|age| age > ABANDONED) {
                    delete(&path)?;
                }
            } else if path.extension().is_some_and(|suffix| suffix == SUFFIX) {
                entries.push((path != newest, used, metadata.len(), path));
            }
        }
        // The newest entry first, then what was used last.
        entries.sort_by_key(|(old, used, ..)| (*old, std::cmp::Reverse(*used)));
        let mut kept = 0_u64;
        for (old, _, bytes, path) in entries {
            kept = kept.saturating_add(bytes);
            if old && kept > self.max_bytes {
                delete(&path)?;
            }
        }
        Ok(())
    }

    fn write(&self, wasm: &[u8], component: &Component) -> Result<(), String> {
        let code = component.serialize().map_err(|error| error.to_string())?;
        let write = || {
            let mut file = self.unfinished()?;
            file.write_all(&code)?;
            self.keep(wasm, file)
        };
        write().map_err(|error: std::io::Error| error.to_string())
    }
}

/// Returns true if there is an entry that may be loaded.
fn is_usable(path: &Path) -> bool {
    path.exists() && is_private(path)
}

/// Returns true if nobody else can write there; else the log says what to do, and the plugin is
/// compiled.
fn is_private(path: &Path) -> bool {
    raisfast_private_folder::check(path)
        .inspect_err(|exposed| {
            tracing::error!(error = %exposed, "compiled plugins are neither loaded nor kept");
        })
        .is_ok()
}

/// Entries are never changed, so the time of the last change is free to say when it was used last.
fn mark_as_used(path: &Path) {
    // Where it fails, the entry goes a little earlier.
    let _ = File::open(path).and_then(|file| file.set_modified(SystemTime::now()));
}

fn is_unfinished(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with(UNFINISHED))
}

fn delete(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Turns wasmtime's `Hash` value into SHA-256, whose result is the same in every process.
#[derive(Default)]
struct Fingerprint(Sha256);

impl Hasher for Fingerprint {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finalize();
        digest
            .iter()
            .take(8)
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use raisfast_private_folder::Exposed;

    use super::*;

    const EMPTY: &str = "(component)";

    #[test]
    fn gives_back_what_it_was_given_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::default();
        let cache = Cache::open(folder.path().join("aot"), &engine).unwrap();
        let wasm = wat::parse_str(EMPTY).unwrap();
        assert!(cache.get(&engine, &wasm).is_none());
        cache.put(&wasm, &Component::new(&engine, &wasm).unwrap());
        assert!(cache.get(&engine, &wasm).is_some());
        assert!(cache.get(&engine, b"other").is_none());
    }

    #[test]
    fn a_damaged_entry_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::default();
        let cache = Cache::open(folder.path().to_owned(), &engine).unwrap();
        let wasm = wat::parse_str(EMPTY).unwrap();
        let path = cache.path(&wasm);
        fs::write(&path, b"no machine code").unwrap();
        assert!(cache.get(&engine, &wasm).is_none());
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let refused = Cache::open(folder.path().to_owned(), &Engine::default());
        assert!(matches!(
            refused.err(),
            Some(RuntimeError::CacheExposed(Exposed::Writable {
                mode: 0o777,
                ..
            }))
        ));
    }

    #[test]
    fn a_folder_that_others_can_write_to_later_is_used_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::default();
        let cache = Cache::open(folder.path().to_owned(), &engine).unwrap();
        let wasm = wat::parse_str(EMPTY).unwrap();
        let component = Component::new(&engine, &wasm).unwrap();
        cache.put(&wasm, &component);
        let chmod = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        chmod(folder.path(), 0o777);
        assert!(cache.get(&engine, &wasm).is_none());
        let other = wat::parse_str("(component (core module))").unwrap();
        cache.put(&other, &component);
        assert!(!cache.path(&other).exists());
        chmod(folder.path(), 0o700);
        assert!(cache.get(&engine, &wasm).is_some());
        chmod(&cache.path(&wasm), 0o666);
        assert!(cache.get(&engine, &wasm).is_none(), "the entry itself");
    }

    #[test]
    fn what_was_not_used_for_the_longest_time_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::default();
        let mut cache = Cache::open(folder.path().to_owned(), &engine).unwrap();
        let guests: Vec<_> = (0..4)
            .map(|number| wat::parse_str(format!("(component (core module $m{number}))")).unwrap())
            .collect();
        let put = |cache: &Cache, number: usize| {
            let component = Component::new(&engine, &guests[number]).unwrap();
            cache.put(&guests[number], &component);
        };
        let there = |cache: &Cache| -> Vec<bool> {
            let paths = guests.iter().map(|guest| cache.path(guest));
            paths.map(|path| path.exists()).collect()
        };
        for (number, guest) in guests.iter().enumerate().take(3) {
            put(&cache, number);
            let long_ago = SystemTime::now() - Duration::from_secs(1_000 - number as u64);
            let file = File::open(cache.path(guest)).unwrap();
            file.set_modified(long_ago).unwrap();
        }
        assert!(cache.get(&engine, &guests[0]).is_some(), "used just now");
        let each = fs::metadata(cache.path(&guests[0])).unwrap().len();
        cache.max_bytes = each * 5 / 2;
        let running = cache.get(&engine, &guests[0]).unwrap();
        put(&cache, 3);
        assert_eq!(there(&cache), [true, false, false, true]);

        cache.max_bytes = 1;
        put(&cache, 1);
        assert_eq!(there(&cache), [false, true, false, false]);
        assert!(running.serialize().is_ok(), "its code is still in memory");
    }

    #[test]
    fn what_a_crash_left_half_written_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::default();
        let cache = Cache::open(folder.path().to_owned(), &engine).unwrap();
        let (old, new) = (
            folder.path().join(".unfinished-1"),
            folder.path().join(".unfinished-2"),
        );
        for path in [&old, &new] {
            fs::write(path, "half").unwrap();
        }
        let long_ago = SystemTime::now() - 2 * ABANDONED;
        File::open(&old).unwrap().set_modified(long_ago).unwrap();
        let wasm = wat::parse_str(EMPTY).unwrap();
        cache.put(&wasm, &Component::new(&engine, &wasm).unwrap());
        assert!(!old.exists(), "nobody is writing it any more");
        assert!(new.exists(), "somebody may be writing it");
    }
}
