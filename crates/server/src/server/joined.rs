//! The database, and this server's place among those that share it.
//!
//! What is written down for all servers of the site is opened here, so that each of them names the
//! node and tells the others.

use std::{net::SocketAddr, sync::Arc};

use raisfast_cluster::Node;
use raisfast_db::Database;

use super::warn_of_a_readable_database;
use crate::{
    Config, StartError,
    login_limit::LoginLimit,
    node::{self, Claim},
    plugin_changes::PluginChanges,
    providers::{
        breakers::StoredBreakers, events::EventStream, identities::StoredIdentities,
        releases::StoredReleases, settings::StoredSettings, switches::StoredSwitches,
        ticks::StoredTicks,
    },
    secret_key::SecretKey,
};

/// A server that has joined the site.
pub(super) struct Joined {
    pub(super) database: Database,
    pub(super) node: Node,
    pub(super) changes: PluginChanges,
    /// The database file, where only one server may have it.
    pub(super) claim: Claim,
}

impl Joined {
    /// Joins the site of the configured database, as the server at this address.
    pub(super) async fn begin(config: &Config, addr: SocketAddr) -> Result<Self, StartError> {
        let claim = Claim::take(config)?;
        let database = database(config.database_url.expose()).await?;
        let node = node::of(config, addr, &database).await?;
        // Before anything is read of what they change.
        let changes = PluginChanges::begin(database.clone(), node.clone()).await?;
        Ok(Self {
            database,
            node,
            changes,
            claim,
        })
    }

    /// Opens the settings of plugins. Secrets are sealed anew where the key has changed.
    pub(super) async fn settings(&self, config: &Config) -> Result<StoredSettings, StartError> {
        let settings = StoredSettings {
            database: self.database.clone(),
            changes: self.changes.clone(),
            key: SecretKey::find(config.secret_key.as_ref(), &config.data_dir)?,
        };
        settings.reseal().await?;
        Ok(settings)
    }

    pub(super) fn events(&self) -> EventStream {
        EventStream::new(self.database.clone(), self.node.clone())
    }

    pub(super) fn breakers(&self) -> StoredBreakers {
        StoredBreakers::new(&self.database, &self.changes, &self.node)
    }

    pub(super) fn releases(&self) -> Arc<StoredReleases> {
        Arc::new(StoredReleases {
            database: self.database.clone(),
            node: self.node.clone(),
        })
    }

    pub(super) fn switches(&self) -> Arc<StoredSwitches> {
        Arc::new(StoredSwitches {
            database: self.database.clone(),
            changes: self.changes.clone(),
        })
    }

    pub(super) fn identities(&self) -> Arc<StoredIdentities> {
        Arc::new(StoredIdentities {
            database: self.database.clone(),
            changes: self.changes.clone(),
        })
    }

    pub(super) fn ticks(&self) -> Arc<StoredTicks> {
        Arc::new(StoredTicks {
            database: self.database.clone(),
            node: self.node.clone(),
        })
    }

    pub(super) fn login_limit(&self) -> Arc<LoginLimit> {
        Arc::new(LoginLimit::of(&self.database, &self.node))
    }
}

/// Opens the database, and warns where others could read it.
async fn database(url: &str) -> Result<Database, StartError> {
    let database = Database::connect(url).await?;
    if let Some(file) = Database::file_of(url) {
        warn_of_a_readable_database(&file);
    }
    Ok(database)
}
