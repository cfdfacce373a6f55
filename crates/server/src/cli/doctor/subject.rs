//! The things that checks look at.

use std::path::PathBuf;

use raisfast_db::Snapshot;
use tokio::net::UnixStream;

use crate::{
    StartError,
    cli::{running_server::RunningServer, site::Site},
    config::{DEFAULT_FILE, File, Flags},
    operator_socket::path_in,
};

/// A server: as its configuration describes it, as its database is, and as it runs.
pub(super) struct Subject {
    pub(super) site: Site,
    /// The configuration file, with its name.
    pub(super) file: File,
    pub(super) file_name: PathBuf,
    pub(super) database: Database,
    /// The server that runs on the data folder, if one does.
    pub(super) running: Option<RunningServer>,
    /// The id of its process, where the system tells.
    pub(super) process: Option<i32>,
}

/// The database.
pub(super) enum Database {
    Open(Snapshot),
    /// It is an SQLite file that is not there: the first start makes it.
    NotYet,
    /// It cannot be opened, for this reason.
    Closed(String),
}

impl Subject {
    /// Fails where the configuration cannot be used: nothing else can be looked at then.
    pub(super) async fn of(flags: &Flags) -> anyhow::Result<Self> {
        let site = Site::of(flags)?;
        let socket = path_in(&site.config.data_dir);
        let connected = UnixStream::connect(&socket).await.ok();
        let peer = connected
            .as_ref()
            .and_then(|stream| stream.peer_cred().ok());
        Ok(Self {
            file: File::read(flags.config())?,
            file_name: flags.config().unwrap_or(DEFAULT_FILE.as_ref()).to_owned(),
            database: Database::of(&site).await,
            running: connected
                .map(|_| RunningServer::at_socket(&socket))
                .transpose()?,
            process: peer.and_then(|peer| peer.pid()),
            site,
        })
    }

    /// Returns the open database, or why a check cannot look into it.
    pub(super) fn snapshot(&self) -> Result<&Snapshot, String> {
        match &self.database {
            Database::Open(snapshot) => Ok(snapshot),
            Database::NotYet => Err("there is no database yet".to_owned()),
            Database::Closed(_) => Err("the database cannot be opened".to_owned()),
        }
    }
}

impl Database {
    async fn of(site: &Site) -> Self {
        if site.database.path().is_some_and(|file| !file.exists()) {
            return Self::NotYet;
        }
        match Snapshot::open(site.config.database_url.expose()).await {
            Ok(snapshot) => Self::Open(snapshot),
            Err(error) => Self::Closed(StartError::from(error).to_string()),
        }
    }
}
