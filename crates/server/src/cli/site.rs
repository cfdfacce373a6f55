//! The parts of a site: the places of those that lie on this machine's disks, and what keeps the
//! others.

use std::path::{Path, PathBuf};

use raisfast_db::Database;
use raisfast_host_api::capability::Dialect;
use raisfast_vfs::VfsStore;
use url::Url;

use crate::{
    Config, Secret, StartError,
    config::{DEFAULT_FILE, Flags},
};

/// A site, as a configuration describes it.
pub(super) struct Site {
    pub(super) config: Config,
    /// The configuration file, where there is one.
    pub(super) settings: Option<PathBuf>,
    pub(super) database: Part,
    pub(super) files: Part,
}

/// The place of a part.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A file or folder.
    Here(PathBuf),
    /// Something that has tools of its own.
    Elsewhere {
        /// The name of its kind.
        name: &'static str,
        /// The command that copies it.
        copy: String,
        /// The command that brings the copy back.
        restore: String,
    },
    /// The memory of the server: it is gone with it.
    Memory,
}

impl Part {
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Here(path) => Some(path),
            Self::Elsewhere { .. } | Self::Memory => None,
        }
    }
}

impl Site {
    pub(super) fn of(flags: &Flags) -> anyhow::Result<Self> {
        let config = Config::load(flags)?;
        let settings = flags.config().unwrap_or(DEFAULT_FILE.as_ref()).to_owned();
        let url = &config.database_url;
        let dialect = Database::dialect_of(url.expose()).map_err(StartError::from)?;
        Ok(Self {
            database: database(url, dialect),
            files: files(&config.plugins.vfs_uri),
            settings: settings.is_file().then_some(settings),
            config,
        })
    }
}

fn database(url: &Secret, dialect: Dialect) -> Part {
    let place = Url::parse(url.expose()).ok();
    match dialect {
        Dialect::Sqlite => Database::file_of(url.expose()).map_or(Part::Memory, Part::Here),
        Dialect::Postgres => {
            let place = place.map_or_else(|| "DATABASE".to_owned(), |url| without_password(&url));
            Part::Elsewhere {
                name: "PostgreSQL",
                copy: format!("pg_dump --format=custom --file=raisfast.dump '{place}'"),
                restore: format!(
                    "pg_restore --clean --if-exists --no-owner --dbname='{place}' raisfast.dump"
                ),
            }
        }
        Dialect::Mysql => {
            let options = place.map_or_else(|| "DATABASE".to_owned(), |url| options(&url));
            Part::Elsewhere {
                name: "MariaDB",
                copy: format!(
                    "mariadb-dump --single-transaction --routines {options} > raisfast.sql"
                ),
                restore: format!("mariadb {options} < raisfast.sql"),
            }
        }
    }
}

/// Returns a URL that may stand on a command line, which other users of the machine can read: the
/// tool asks for the password, or finds it in its own file.
fn without_password(url: &Url) -> String {
    let mut url = url.clone();
    // A URL with a host can have its password taken away.
    let _ = url.set_password(None);
    url.set_query(None);
    url.into()
}

/// Returns the options with which MariaDB's tools find the database. They ask for the password.
fn options(url: &Url) -> String {
    let host = url.host_str().unwrap_or("localhost");
    let port = url.port().map(|port| format!("--port={port} "));
    let user = match url.username() {
        "" => String::new(),
        user => format!("--user={user} --password "),
    };
    format!(
        "--host={host} {}{user}{}",
        port.unwrap_or_default(),
        url.path().trim_start_matches('/')
    )
}

fn files(uri: &Secret) -> Part {
    if let Some(folder) = VfsStore::folder_of(uri.expose()) {
        return Part::Here(folder);
    }
    match uri.expose().split_once("://") {
        Some(("s3", place)) => {
            let place = place.split(['?', '#']).next().unwrap_or_default();
            Part::Elsewhere {
                name: "S3",
                copy: format!("aws s3 sync 's3://{place}' files"),
                restore: format!("aws s3 sync files 's3://{place}'"),
            }
        }
        _ => Part::Memory,
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, database, files};
    use crate::Secret;
    use raisfast_db::Database;

    fn of(url: &str) -> Part {
        database(&Secret::new(url), Database::dialect_of(url).expect("a URL"))
    }

    #[test]
    fn a_database_elsewhere_is_copied_by_a_command_without_its_password() {
        for (url, command) in [
            (
                "postgres://cms:hunter2@db.internal:5433/site?sslmode=require",
                "pg_dump --format=custom --file=raisfast.dump 'postgres://cms@db.internal:5433/site'",
            ),
            (
                "mysql://cms:hunter2@db.internal:3307/site",
                "mariadb-dump --single-transaction --routines --host=db.internal --port=3307 --user=cms --password site > raisfast.sql",
            ),
        ] {
            let Part::Elsewhere { copy, restore, .. } = of(url) else {
                panic!("{url} lies elsewhere");
            };
            assert_eq!(copy, command);
            assert!(!restore.contains("hunter2"), "{restore}");
        }
        assert_eq!(
            of("sqlite:///srv/site.db?mode=rwc"),
            Part::Here("/srv/site.db".into())
        );
        assert_eq!(of("sqlite::memory:"), Part::Memory);
    }

    #[test]
    fn files_in_a_bucket_are_copied_by_a_command_without_a_key() {
        let Part::Elsewhere { copy, .. } = files(&Secret::new(
            "s3://site-files/blog?secret_access_key=hunter2",
        )) else {
            panic!("a bucket lies elsewhere");
        };
        assert_eq!(copy, "aws s3 sync 's3://site-files/blog' files");
        assert_eq!(
            files(&Secret::new("fs:///srv/vfs")),
            Part::Here("/srv/vfs".into())
        );
        assert_eq!(files(&Secret::new("memory://")), Part::Memory);
    }
}
