//! The key of plugins' secrets: that of the environment, else a file in the data folder, which is
//! made when the first secret is set.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use raisfast_seal::{InvalidKeys, Keys};

use crate::Secret;

/// The file in the data folder. Backups leave it out: it would lie beside what it opens.
pub(crate) const FILE: &str = "secret.key";

/// The most bytes of the file: many keys, and remarks beside them are none.
const MAX_BYTES: u64 = 16 << 10;

/// A reason why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SecretKeyError {
    /// The variable does not hold keys.
    #[error("RAISFAST_SECRET_KEY: {0}")]
    Variable(#[source] InvalidKeys),
    /// The file does not hold keys.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The mistake in it.
        reason: InvalidKeys,
    },
    /// The file cannot be read or made.
    #[error("{} cannot be read or made: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Others could read the file.
    #[error(
        "others on this machine can read the key of plugins' secrets: run `chmod 600 {}`, and change the key if \
         somebody may have read it",
        .0.display()
    )]
    Readable(PathBuf),
}

/// The keys of a site, as soon as there are some.
#[derive(Debug)]
pub(crate) struct SecretKey {
    file: PathBuf,
    keys: Mutex<Option<Arc<Keys>>>,
}

impl SecretKey {
    /// Reads the keys of the setting, else those of the file in the data folder, if it is there.
    pub(crate) fn find(given: Option<&Secret>, data_dir: &Path) -> Result<Self, SecretKeyError> {
        let file = data_dir.join(FILE);
        let keys = match given {
            Some(given) => Some(given.expose().parse().map_err(SecretKeyError::Variable)?),
            None => read(&file)?,
        };
        Ok(Self {
            file,
            keys: Mutex::new(keys.map(Arc::new)),
        })
    }

    /// Returns the keys, if there are some.
    pub(crate) fn known(&self) -> Option<Arc<Keys>> {
        self.keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns the keys; where there are none, makes one and keeps it in the file.
    pub(crate) fn or_made(&self) -> Result<Arc<Keys>, SecretKeyError> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = &*keys {
            return Ok(Arc::clone(keys));
        }
        let made = Arc::new(make(&self.file)?);
        tracing::info!(
            file = %self.file.display(),
            key = %made.current(),
            "the key of plugins' secrets was made: keep a copy of this file apart from backups"
        );
        *keys = Some(Arc::clone(&made));
        Ok(made)
    }
}

fn read(file: &Path) -> Result<Option<Keys>, SecretKeyError> {
    let failed = |source| SecretKeyError::Io {
        path: file.to_owned(),
        source,
    };
    let length = match fs::metadata(file) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if raisfast_private_folder::is_readable_by_others(file) {
        return Err(SecretKeyError::Readable(file.to_owned()));
    }
    if length > MAX_BYTES {
        let most = format!("it has {length} bytes, and at most {MAX_BYTES} are read");
        return Err(failed(io::Error::new(io::ErrorKind::InvalidData, most)));
    }
    let text = fs::read_to_string(file).map_err(failed)?;
    let keys = text.parse().map_err(|reason| SecretKeyError::File {
        path: file.to_owned(),
        reason,
    })?;
    Ok(Some(keys))
}

/// Makes a key in a file that only this user may read. It is on the disk when this returns: what it
/// seals is lost without it.
fn make(file: &Path) -> Result<Keys, SecretKeyError> {
    let text = Keys::make();
    let write = || {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut made = options.open(file)?;
        made.write_all(format!("{text}\n").as_bytes())?;
        made.sync_all()?;
        fs::File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all()
    };
    write().map_err(|source| SecretKeyError::Io {
        path: file.to_owned(),
        source,
    })?;
    text.parse().map_err(|reason| SecretKeyError::File {
        path: file.to_owned(),
        reason,
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_file_is_made_once_and_for_this_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = SecretKey::find(None, folder.path()).unwrap();
        assert!(first.known().is_none() && !folder.path().join(FILE).exists());
        let made = first.or_made().unwrap();
        assert_eq!(first.or_made().unwrap().current(), made.current());
        let file = folder.path().join(FILE);
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );

        let second = SecretKey::find(None, folder.path()).unwrap();
        assert_eq!(second.known().unwrap().current(), made.current());
        // That of the environment comes first, and makes no file.
        let given = Secret::new(Keys::make());
        let third = SecretKey::find(Some(&given), folder.path()).unwrap();
        assert_ne!(third.known().unwrap().current(), made.current());
    }

    #[test]
    fn a_file_that_others_can_read_or_that_is_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        fs::write(&file, Keys::make()).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = SecretKey::find(None, folder.path())
            .unwrap_err()
            .to_string();
        assert!(refused.contains("run `chmod 600 "), "{refused}");

        fs::write(&file, "hunter2").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let refused = SecretKey::find(None, folder.path())
            .unwrap_err()
            .to_string();
        assert!(refused.contains("64 hexadecimal digits"), "{refused}");
        assert!(!refused.contains("hunter2"));
        let given = Secret::new("hunter2");
        let refused = SecretKey::find(Some(&given), folder.path()).unwrap_err();
        assert!(
            refused.to_string().starts_with("RAISFAST_SECRET_KEY: "),
            "{refused}"
        );
    }

    #[test]
    fn two_servers_that_make_it_at_once_do_not_overwrite_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (
            SecretKey::find(None, folder.path()).unwrap(),
            SecretKey::find(None, folder.path()).unwrap(),
        );
        one.or_made().unwrap();
        assert!(two.or_made().is_err());
    }
}
