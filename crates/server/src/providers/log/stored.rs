//! The latest records of each plugin, in the database.
//!
//! They are written off the path of whoever writes them, a plugin at a time and at most once a
//! second. The table holds for each plugin what the memory holds, within the same bound.

use std::collections::HashMap;

use raisfast_contract::PluginId;
use raisfast_db::{Database, DbError, NewRecord, RecordBounds};

use super::{KEPT, KEPT_BYTES, Kept, PluginLogRecord, word_of};

/// The records in the database.
pub(super) struct StoredRecords(pub(super) Database);

impl StoredRecords {
    /// All of it, the oldest first.
    pub(super) async fn all(&self) -> Result<HashMap<PluginId, Kept>, DbError> {
        let mut kept = HashMap::<PluginId, Kept>::new();
        for row in self.0.plugin_records().await? {
            // Nobody but this module writes them; a row that means nothing must not keep the server
            // from starting.
            let Ok(plugin) = row.plugin_id.parse::<PluginId>() else {
                continue;
            };
            kept.entry(plugin.clone())
                .or_default()
                .push(PluginLogRecord {
                    plugin,
                    hook: row.hook.and_then(|hook| hook.parse().ok()),
                    call: None,
                    level: word_of(&row.level),
                    message: row.message,
                    at: row.written_at,
                });
        }
        Ok(kept)
    }

    /// Adds a plugin's records, and removes what is beyond the bound.
    pub(super) async fn add(&self, plugin: &PluginId, records: &Kept) -> Result<(), DbError> {
        let records = records.iter().map(|record| NewRecord {
            hook: record.hook.map(|hook| hook.to_string()),
            level: record.level.to_owned(),
            message: record.message.clone(),
            written_at: record.at.clone(),
        });
        let bounds = RecordBounds {
            records: KEPT,
            bytes: KEPT_BYTES,
        };
        self.0.keep_plugin_records(plugin, records, bounds).await
    }

    /// Removes a plugin's records.
    pub(super) async fn remove(&self, plugin: &PluginId) -> Result<(), DbError> {
        self.0.forget_plugin_records(plugin).await
    }
}
