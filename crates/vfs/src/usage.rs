//! The usage of each plugin, and whose turn it is to change it.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use raisfast_contract::PluginId;
use raisfast_host_api::ApiError;
use tokio::sync::OwnedMutexGuard;

/// Files of one plugin, whatever their size: an empty file costs the storage, too.
pub const MAX_FILES: u64 = 10_000;

/// The usage of one plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Files.
    pub files: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// Keeps the usage of each plugin, for all who change files on one storage. Changes to one plugin's
/// files happen one after the other, each in its turn.
#[async_trait]
pub trait Ledgers: fmt::Debug + Send + Sync {
    /// Waits for the turn to change a plugin's files.
    async fn turn(&self, plugin: &PluginId) -> Result<Box<dyn Turn>, ApiError>;

    /// Returns the usage of a plugin without waiting for a turn; none if it has to be counted.
    async fn usage(&self, plugin: &PluginId) -> Result<Option<Usage>, ApiError>;
}

/// A turn to change a plugin's files. One that is dropped has stopped halfway: the next one counts
/// the files anew.
#[async_trait]
pub trait Turn: Send {
    /// The usage before the change; none if it has to be counted.
    fn usage(&self) -> Option<Usage>;

    /// Returns an error if somebody else may have the turn now. To be asked right before the
    /// storage is changed.
    fn check(&self) -> Result<(), ApiError>;

    /// Ends the turn with the usage that there is now, where it is known.
    async fn end(self: Box<Self>, usage: Option<Usage>);
}

/// The usage of each plugin that has written since the start, where nobody else changes the
/// storage; `None` while it is not counted. Who has the turn takes the value out.
#[derive(Debug, Default)]
pub(crate) struct OwnLedgers(Mutex<HashMap<PluginId, Arc<Ledger>>>);

type Ledger = tokio::sync::Mutex<Option<Usage>>;

impl OwnLedgers {
    fn of(&self, plugin: &PluginId) -> Arc<Ledger> {
        let mut ledgers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(ledgers.entry(plugin.clone()).or_default())
    }
}

#[async_trait]
impl Ledgers for OwnLedgers {
    async fn turn(&self, plugin: &PluginId) -> Result<Box<dyn Turn>, ApiError> {
        let mut ledger = self.of(plugin).lock_owned().await;
        let usage = ledger.take();
        Ok(Box::new(OwnTurn { ledger, usage }))
    }

    async fn usage(&self, plugin: &PluginId) -> Result<Option<Usage>, ApiError> {
        Ok(*self.of(plugin).lock().await)
    }
}

struct OwnTurn {
    ledger: OwnedMutexGuard<Option<Usage>>,
    usage: Option<Usage>,
}

#[async_trait]
impl Turn for OwnTurn {
    fn usage(&self) -> Option<Usage> {
        self.usage
    }

    fn check(&self) -> Result<(), ApiError> {
        Ok(())
    }

    async fn end(mut self: Box<Self>, usage: Option<Usage>) {
        *self.ledger = usage;
    }
}
