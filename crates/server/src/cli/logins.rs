//! The logins of this user on servers, in a file that nobody else may read.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use raisfast_private_folder::is_readable_by_others;
use serde::{Deserialize, Serialize};

use super::running_server::ServerAddress;

/// The most bytes of the file: a hundred times those of a usual one.
const MAX_BYTES: u64 = 64 << 10;

/// The logins, by their servers.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Logins {
    /// The server that is meant where none is named: that of the last login.
    current: Option<ServerAddress>,
    servers: BTreeMap<ServerAddress, SavedLogin>,
}

/// One login.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedLogin {
    pub(super) username: String,
    pub(super) token: String,
    /// RFC 3339.
    pub(super) expires_at: String,
}

/// Without the token.
impl std::fmt::Debug for SavedLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SavedLogin({})", self.username)
    }
}

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoginsError {
    #[error("nobody says where this user's files are: set HOME, or XDG_CONFIG_HOME")]
    NoHome,
    #[error("the logins in {} cannot be read: {source}; remove the file, and log in again", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("others can read the logins in {}: run `chmod 600 {}`, and log in again", path.display(), path.display())]
    Exposed { path: PathBuf },
    #[error("the login cannot be kept in {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl Logins {
    /// Returns the login on a server.
    pub(super) fn on(&self, server: &ServerAddress) -> Option<&SavedLogin> {
        self.servers.get(server)
    }

    /// Returns the server of the last login that has not ended.
    pub(super) fn current(&self) -> Option<&ServerAddress> {
        let current = self.current.as_ref();
        current.filter(|current| self.servers.contains_key(current))
    }

    /// Adds a login, which is meant from now on.
    pub(super) fn add(&mut self, server: ServerAddress, login: SavedLogin) {
        self.current = Some(server.clone());
        self.servers.insert(server, login);
    }

    /// Removes a login.
    pub(super) fn remove(&mut self, server: &ServerAddress) -> Option<SavedLogin> {
        let removed = self.servers.remove(server);
        if self.current.as_ref() == Some(server) {
            self.current = self.servers.keys().next().cloned();
        }
        removed
    }

    /// Reads the user's logins. Without a file there are none.
    pub(super) fn read() -> Result<Self, LoginsError> {
        match path() {
            Ok(path) => Self::read_from(&path),
            // Who never logged in needs no home.
            Err(_) => Ok(Self::default()),
        }
    }

    fn read_from(path: &Path) -> Result<Self, LoginsError> {
        let failed = |source| LoginsError::Read {
            path: path.to_owned(),
            source,
        };
        let file = match fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(failed(error)),
        };
        if is_readable_by_others(path) {
            return Err(LoginsError::Exposed {
                path: path.to_owned(),
            });
        }
        let mut text = String::new();
        file.take(MAX_BYTES)
            .read_to_string(&mut text)
            .map_err(failed)?;
        serde_json::from_str(&text).map_err(|error| failed(error.into()))
    }

    /// Writes the user's logins.
    pub(super) fn write(&self) -> Result<PathBuf, LoginsError> {
        let path = path()?;
        self.write_to(&path).map_err(|source| LoginsError::Write {
            path: path.clone(),
            source,
        })?;
        Ok(path)
    }

    fn write_to(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        raisfast_private_folder::create(folder)?;
        // Made for this user alone, and whole when it gets its name.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    }
}

/// Returns the file's path.
fn path() -> Result<PathBuf, LoginsError> {
    let folder = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let config = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")));
    let config = config.ok_or(LoginsError::NoHome)?;
    Ok(config.join("raisfast").join("logins.json"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn login(token: &str) -> SavedLogin {
        SavedLogin {
            username: "admin".to_owned(),
            token: token.to_owned(),
            expires_at: "2026-03-02T08:47:20.000Z".to_owned(),
        }
    }

    fn server(port: u16) -> ServerAddress {
        format!("127.0.0.1:{port}").parse().unwrap()
    }

    #[test]
    fn the_last_login_is_the_one_that_is_meant() {
        let mut logins = Logins::default();
        assert_eq!(logins.current(), None);
        logins.add(server(1), login("a"));
        logins.add(server(2), login("b"));
        assert_eq!(logins.current(), Some(&server(2)));
        assert_eq!(logins.on(&server(1)), Some(&login("a")));
        assert_eq!(logins.remove(&server(2)), Some(login("b")));
        assert_eq!(logins.current(), Some(&server(1)));
        assert_eq!(logins.remove(&server(2)), None);
        logins.remove(&server(1));
        assert_eq!(logins.current(), None);
    }

    #[test]
    fn what_is_written_is_read_and_by_nobody_else() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/raisfast/logins.json");
        assert_eq!(Logins::read_from(&path).unwrap(), Logins::default());
        let mut logins = Logins::default();
        logins.add(server(1), login("a"));
        logins.write_to(&path).unwrap();
        logins.write_to(&path).unwrap();
        assert_eq!(Logins::read_from(&path).unwrap(), logins);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = Logins::read_from(&path).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }

    #[test]
    fn a_file_that_is_not_understood_says_what_to_do() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("logins.json");
        let large = format!("{}{{}}", " ".repeat(64 << 10));
        for text in ["", "{", "{\"servers\":{\"x\":1}}", &large] {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let error = Logins::read_from(&path).unwrap_err().to_string();
            assert!(error.contains("log in again"), "{error}");
        }
    }

    #[test]
    fn a_token_is_not_in_what_is_printed_for_debugging() {
        assert!(!format!("{:?}", login("hunter2")).contains("hunter2"));
    }
}
