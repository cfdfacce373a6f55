//! The usage of each plugin.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use raisfast_contract::PluginId;

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

/// One plugin's usage, `None` until it is counted. Who changes the tree holds the lock and takes
/// the value out; a change that fails halfway leaves none, and the next one counts anew.
pub(crate) type Ledger = Arc<tokio::sync::Mutex<Option<Usage>>>;

/// The ledgers of all plugins that have written since the start.
#[derive(Debug, Default)]
pub(crate) struct Ledgers(Mutex<HashMap<PluginId, Ledger>>);

impl Ledgers {
    pub(crate) fn of(&self, plugin: &PluginId) -> Ledger {
        let mut ledgers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(ledgers.entry(plugin.clone()).or_default())
    }
}
