//! The providers behind the host functions: the server's own, over a database and files in memory.
//!
//! The key-value store alone is a map, for every contender of [`Work::HostCall`] has one: what is
//! compared is the way to the host and back, not a database.

use std::{collections::HashMap, sync::Arc};

use anyhow::Result;
use async_trait::async_trait;
use raisfast_contract::PluginId;
use raisfast_db::Database;
use raisfast_host_api::{
    ApiError, Capabilities,
    capability::{Config, Events, Figures, Kv, KvLimits, Log, LogRecord, Recorders},
};
use raisfast_http::{HttpClient, HttpOptions};
use raisfast_vfs::VfsStore;

use crate::Work;

pub(crate) async fn capabilities() -> Result<Capabilities> {
    let database = Arc::new(Database::connect("sqlite::memory:").await?);
    Ok(Capabilities {
        log: Arc::new(Nobody),
        config: Arc::new(Nobody),
        http: Arc::new(HttpClient::new(HttpOptions::default())?),
        kv: Arc::new(Map(HashMap::from([(Work::KEY, Work::VALUE)]))),
        content: database.clone(),
        db: database.clone(),
        migrations: database,
        vfs: Arc::new(VfsStore::open("memory://")?),
        events: Arc::new(Nobody),
        recorders: Recorders::default(),
        figures: Figures::default(),
    })
}

/// Listens to nothing and has nothing to say.
struct Nobody;

impl Log for Nobody {
    fn record(&self, _: LogRecord<'_>) {}
}

impl Config for Nobody {
    fn get(&self, _: &str) -> Option<String> {
        None
    }
}

impl Events for Nobody {
    fn emit(&self, _: &PluginId, _: &str, _: &str) {}
}

/// The same data for every plugin; it cannot be changed.
struct Map(HashMap<&'static str, &'static str>);

#[async_trait]
impl Kv for Map {
    async fn get(&self, _: &PluginId, key: &str) -> Result<Option<String>, ApiError> {
        Ok(self.0.get(key).map(|&value| value.to_owned()))
    }

    async fn set(&self, _: &PluginId, _: &str, _: &str, _: KvLimits) -> Result<(), ApiError> {
        Ok(())
    }
}
