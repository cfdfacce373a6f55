//! The latest records of each plugin, in the database.
//!
//! They are written off the path of whoever writes them, a plugin at a time and at most once a
//! second. The table holds for each plugin what the memory holds, within the same bound.

use std::collections::HashMap;

use raisfast_contract::PluginId;
use raisfast_db::{Database, entity::plugin_records};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::{KEPT, KEPT_BYTES, Kept, PluginLogRecord, word_of};

/// The table `plugin_records`.
pub(super) struct StoredRecords(pub(super) Database);

impl StoredRecords {
    /// All of it, the oldest first.
    pub(super) async fn all(&self) -> Result<HashMap<PluginId, Kept>, DbErr> {
        let rows = plugin_records::Entity::find()
            .order_by_asc(plugin_records::Column::Sequence)
            .all(self.0.connection())
            .await?;
        let mut kept = HashMap::<PluginId, Kept>::new();
        for row in rows {
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
    pub(super) async fn add(&self, plugin: &PluginId, records: &Kept) -> Result<(), DbErr> {
        let rows = records.iter().map(|record| plugin_records::ActiveModel {
            sequence: NotSet,
            plugin_id: Set(plugin.to_string()),
            hook: Set(record.hook.map(|hook| hook.to_string())),
            level: Set(record.level.to_owned()),
            message: Set(record.message.clone()),
            bytes: Set(i64::try_from(record.message.len()).unwrap_or(i64::MAX)),
            written_at: Set(record.at.clone()),
        });
        plugin_records::Entity::insert_many(rows)
            .exec_without_returning(self.0.connection())
            .await?;
        self.trim(plugin).await
    }

    async fn trim(&self, plugin: &PluginId) -> Result<(), DbErr> {
        let newest: Vec<(i64, i64)> = plugin_records::Entity::find()
            .select_only()
            .column(plugin_records::Column::Sequence)
            .column(plugin_records::Column::Bytes)
            .filter(plugin_records::Column::PluginId.eq(plugin.as_str()))
            .order_by_desc(plugin_records::Column::Sequence)
            .limit(KEPT as u64 + 1)
            .into_tuple()
            .all(self.0.connection())
            .await?;
        let mut bytes = 0_usize;
        let beyond = newest.into_iter().enumerate().find(|(index, (_, size))| {
            bytes = bytes.saturating_add(usize::try_from(*size).unwrap_or(usize::MAX));
            *index >= KEPT || bytes > KEPT_BYTES
        });
        let Some((_, (sequence, _))) = beyond else {
            return Ok(());
        };
        plugin_records::Entity::delete_many()
            .filter(plugin_records::Column::PluginId.eq(plugin.as_str()))
            .filter(plugin_records::Column::Sequence.lte(sequence))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }

    /// Removes a plugin's records.
    pub(super) async fn remove(&self, plugin: &PluginId) -> Result<(), DbErr> {
        plugin_records::Entity::delete_many()
            .filter(plugin_records::Column::PluginId.eq(plugin.as_str()))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }
}
