//! Compiled code on disk, so that a plugin is compiled once for a machine.
//!
//! An entry's name is the SHA-256 of the guest's bytes and of wasmtime's fingerprint of its version and
//! configuration. An entry begins when a guest was compiled, is never changed, and may be deleted at any
//! time; entries of older wasmtime versions are simply not asked for any more.

use std::{
    fs,
    hash::{Hash, Hasher},
    io::Write,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use wasmtime::{Engine, component::Component};

use crate::RuntimeError;

pub(crate) struct Cache {
    folder: PathBuf,
    fingerprint: Vec<u8>,
}

impl Cache {
    /// Makes the folder, for its owner only, or refuses one that others can write to.
    pub(crate) fn open(folder: PathBuf, engine: &Engine) -> Result<Self, RuntimeError> {
        let unusable = |source| RuntimeError::CacheFolder {
            path: folder.clone(),
            source,
        };
        create_private(&folder).map_err(unusable)?;
        check_private(&folder)?;
        let mut fingerprint = Fingerprint::default();
        engine
            .precompile_compatibility_hash()
            .hash(&mut fingerprint);
        Ok(Self {
            folder,
            fingerprint: fingerprint.0.finalize().to_vec(),
        })
    }

    fn path(&self, wasm: &[u8]) -> PathBuf {
        let mut digest = Sha256::new();
        digest.update(&self.fingerprint);
        digest.update(wasm);
        let name = digest
            .finalize()
            .iter()
            .fold(String::new(), |mut name, byte| {
                use std::fmt::Write as _;
                let _ = write!(name, "{byte:02x}");
                name
            });
        self.folder.join(name).with_extension("cwasm")
    }

    /// The compiled component, if it was compiled before.
    pub(crate) fn get(&self, engine: &Engine, wasm: &[u8]) -> Option<Component> {
        let path = self.path(wasm);
        if !path.exists() {
            return None;
        }
        // SAFETY: the file is machine code that runs as it stands, so it must come from this engine's
        // compiler. Only `put` writes into the folder; `open` has refused a folder that another user
        // could write to, and wasmtime checks the version and configuration in the file's header. Who
        // can write as the server's own user could replace the server itself.
        #[expect(unsafe_code, reason = "the only way to load AOT code")]
        let component = unsafe { Component::deserialize_file(engine, &path) };
        match component {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a compiled plugin cannot be used and is made anew");
                let _ = fs::remove_file(&path);
                None
            }
        }
    }

    /// Keeps a compiled component. A failure costs the next start some time, so it is only logged.
    pub(crate) fn put(&self, wasm: &[u8], component: &Component) {
        let path = self.path(wasm);
        if let Err(error) = self.write(&path, component) {
            tracing::warn!(path = %path.display(), error, "a compiled plugin cannot be kept");
        }
    }

    /// By renaming, so that a reader never sees half an entry.
    fn write(&self, path: &Path, component: &Component) -> Result<(), String> {
        let code = component.serialize().map_err(|error| error.to_string())?;
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(&code)?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(|error| error.to_string())
    }
}

#[cfg(unix)]
fn create_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

#[cfg(not(unix))]
fn create_private(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn check_private(folder: &Path) -> Result<(), RuntimeError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(folder).map_err(|source| RuntimeError::CacheFolder {
        path: folder.to_owned(),
        source,
    })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o022 != 0 {
        return Err(RuntimeError::CacheWritableByOthers {
            path: folder.to_owned(),
            mode,
        });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_private(_folder: &Path) -> Result<(), RuntimeError> {
    Ok(())
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
            Some(RuntimeError::CacheWritableByOthers { mode: 0o777, .. })
        ));
    }
}
