//! The capabilities that plugins get: the server's own providers, joined to those that have crates
//! of their own.

pub(crate) mod breakers;
pub(crate) mod config;
pub(crate) mod events;
mod file_ledgers;
pub(crate) mod identities;
pub(crate) mod log;
pub(crate) mod releases;
pub(crate) mod settings;
pub(crate) mod switches;
pub(crate) mod ticks;

use std::{net::SocketAddr, sync::Arc};

use raisfast_cluster::Node;
use raisfast_db::Database;
use raisfast_figures::Figures;
use raisfast_host_api::Capabilities;
use raisfast_http::{HttpClient, HttpOptions};
use raisfast_recording::Recorders;
use raisfast_vfs::VfsStore;

use crate::{
    Config, StartError,
    node::shares_files,
    providers::{
        config::PublicConfig, events::EventStream, file_ledgers::SiteLedgers, log::PluginLog,
    },
};

/// The receivers of what plugins' calls leave behind.
pub(crate) struct Sinks {
    pub(crate) log: PluginLog,
    pub(crate) events: EventStream,
    pub(crate) recorders: Recorders,
    pub(crate) figures: Figures,
}

/// Opens the storage of plugins' files, once it has responded.
pub(crate) async fn files(
    settings: &Config,
    database: &Database,
    node: &Node,
) -> Result<Arc<VfsStore>, StartError> {
    let files = VfsStore::open_as(
        settings.plugins.vfs_uri.expose(),
        settings.plugins.vfs_credentials.as_ref(),
    )?;
    files.check().await?;
    if node.is_alone() || !shares_files(settings) {
        return Ok(Arc::new(files));
    }
    let ledgers = SiteLedgers::new(database.clone(), node.clone());
    Ok(Arc::new(files.with_ledgers(Arc::new(ledgers))))
}

/// Every capability's provider. `addr` is where the server listens.
pub(crate) fn capabilities(
    settings: &Config,
    addr: SocketAddr,
    database: &Database,
    files: Arc<VfsStore>,
    sinks: Sinks,
) -> Result<Capabilities, StartError> {
    let database = Arc::new(database.clone());
    let http = HttpClient::new(HttpOptions {
        allowed_networks: settings.allowed_networks.clone(),
    })?;
    Ok(Capabilities {
        log: Arc::new(sinks.log),
        config: Arc::new(PublicConfig::of(settings, addr)),
        http: Arc::new(http),
        kv: database.clone(),
        content: database.clone(),
        db: database.clone(),
        migrations: database,
        vfs: files,
        events: Arc::new(sinks.events),
        recorders: sinks.recorders,
        figures: sinks.figures,
    })
}
