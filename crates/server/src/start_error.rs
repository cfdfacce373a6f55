//! Reasons why a server did not start.

use std::{net::SocketAddr, path::PathBuf};

use crate::advice::Advice as _;

/// A reason why a server did not start. Nothing listens then, and no admin was made.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A folder cannot be made.
    #[error("cannot make the folder {}: {source}; name another with --data-dir or RAISFAST_DATA_DIR", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Others could change what the server keeps.
    #[error("the data folder is not safe: {0}; --data-dir or RAISFAST_DATA_DIR names another")]
    DataFolder(#[source] raisfast_private_folder::Exposed),
    /// A restore goes on, or what an interrupted one has moved cannot be moved back.
    #[error("the data folder cannot be used: {0}")]
    Restore(#[from] raisfast_backup::BackupError),
    /// Nobody can listen there.
    #[error(
        "cannot listen on {addr}: {source}; stop the program that does, or name another address with --addr or RAISFAST_ADDR"
    )]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The key of plugins' secrets cannot be used.
    #[error(transparent)]
    SecretKey(#[from] crate::secret_key::SecretKeyError),
    /// The database cannot be used.
    #[error("{}", .0.with_advice())]
    Database(#[from] raisfast_db::DbError),
    /// The database's file is another server's.
    #[error(transparent)]
    InUse(#[from] crate::node::InUse),
    /// The server cannot join the others on its database.
    #[error("{}", .0.with_advice())]
    Join(#[from] raisfast_cluster::JoinError),
    /// Plugins' files cannot be kept.
    #[error("{0}; check --vfs-uri or PLUGIN_VFS_URI")]
    Vfs(#[from] raisfast_vfs::VfsError),
    /// Plugins' requests cannot be sent.
    #[error(transparent)]
    Http(#[from] raisfast_http::HttpError),
    /// Plugins cannot run on this machine.
    #[error(transparent)]
    Runtime(#[from] raisfast_runtime::RuntimeError),
    /// The outbox cannot be read.
    #[error("{}", .0.with_advice())]
    Outbox(#[from] raisfast_outbox::OutboxError),
    /// The folder of plugins cannot be used.
    #[error("{}", .0.with_advice())]
    Plugins(#[from] raisfast_plugins::StartError),
    /// The first admin cannot be made.
    #[error("cannot make the first admin: {0}; check RAISFAST_ADMIN_PASSWORD")]
    Admin(#[source] raisfast_accounts::AccountError),
}
