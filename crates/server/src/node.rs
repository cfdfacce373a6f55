//! This server among the servers of its site.
//!
//! On SQLite there is one: it holds a lock beside the database's file as long as it lives. On
//! PostgreSQL and MariaDB it joins the others. The commands that open the database themselves ask
//! for neither: they come and go beside a server.

mod database_file;
mod former;

use std::{fs, net::SocketAddr};

pub use database_file::InUse;
use raisfast_cluster::{Files, Node, NodeOptions};
use raisfast_db::Database;
use raisfast_host_api::capability::{Db as _, Dialect};

use self::{database_file::DatabaseFile, former::Former};
use crate::{Config, StartError};

/// A hold on the database, where it can have one server only.
pub(crate) struct Claim {
    _file: Option<DatabaseFile>,
}

impl Claim {
    /// Takes the database's file for this process, where it is a file. To be called before anything
    /// is done to it.
    pub(crate) fn take(config: &Config) -> Result<Self, StartError> {
        let file = Database::file_of(config.database_url.expose());
        let held = file.map(|file| DatabaseFile::take(&file)).transpose()?;
        Ok(Self {
            _file: held.flatten(),
        })
    }
}

/// Returns this server's node, which has joined the others where there can be any.
pub(crate) async fn of(
    config: &Config,
    addr: SocketAddr,
    database: &Database,
) -> Result<Node, StartError> {
    let name = name(config, addr);
    let (address, version) = (addr.to_string(), env!("CARGO_PKG_VERSION"));
    if database.dialect() == Dialect::Sqlite {
        return Ok(Node::alone_as(&name, &address, version));
    }
    let former = Former::of(&config.data_dir);
    let options = NodeOptions {
        name,
        address,
        version: version.to_owned(),
        files: files(config),
        former: former.as_ref().and_then(Former::id),
        timing: config.node.timing,
    };
    let node = Node::join(database.clone(), options).await?;
    if let Some(former) = former {
        former.follow(&node);
    }
    Ok(node)
}

/// Returns the name of the setting, else that of the machine, with the port.
pub(crate) fn name(config: &Config, addr: SocketAddr) -> String {
    config
        .node
        .name
        .clone()
        .unwrap_or_else(|| format!("{}:{}", machine(), addr.port()))
}

/// Returns the name of a server that has not begun to listen, as far as it is known then; none
/// where no other server can be.
pub(crate) fn name_before_start(config: &Config) -> Option<String> {
    let dialect = Database::dialect_of(config.database_url.expose());
    let is_known = config.node.name.is_some() || config.addr.port() != 0;
    (is_known && dialect.is_ok_and(|dialect| dialect != Dialect::Sqlite))
        .then(|| name(config, config.addr))
}

/// Returns the name of this machine, as far as it is known.
fn machine() -> String {
    ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .map(|name| name.trim().to_owned())
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "localhost".to_owned())
}

/// Returns true if other servers find plugins' files, too: those in a bucket. A folder may be one
/// that they share, but nobody knows.
pub(crate) fn shares_files(config: &Config) -> bool {
    config.plugins.vfs_uri.expose().starts_with("s3:")
}

fn files(config: &Config) -> Files {
    if shares_files(config) {
        Files::Shared
    } else {
        Files::Local
    }
}
