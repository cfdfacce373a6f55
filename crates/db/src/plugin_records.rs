//! The latest records of each plugin's log, within a bound.

use raisfast_contract::PluginId;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::{
    Database, DbError,
    entity::plugin_records::{ActiveModel, Column, Entity, Model},
};

/// A record that a plugin's log has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// In which hook; absent outside of hooks.
    pub hook: Option<String>,
    /// `trace`, `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// The text.
    pub message: String,
    /// When, RFC 3339 with milliseconds.
    pub written_at: String,
}

/// The most that is kept of one plugin's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordBounds {
    /// Records.
    pub records: usize,
    /// Bytes of their texts together.
    pub bytes: usize,
}

impl Database {
    /// Returns the records of all plugins, the oldest first.
    pub async fn plugin_records(&self) -> Result<Vec<Model>, DbError> {
        let records = Entity::find().order_by_asc(Column::Sequence);
        Ok(records.all(self.connection()).await?)
    }

    /// Adds a plugin's records, and removes its oldest beyond the bounds.
    pub async fn keep_plugin_records(
        &self,
        plugin: &PluginId,
        records: impl IntoIterator<Item = NewRecord>,
        bounds: RecordBounds,
    ) -> Result<(), DbError> {
        let rows = records.into_iter().map(|record| ActiveModel {
            sequence: NotSet,
            plugin_id: Set(plugin.to_string()),
            hook: Set(record.hook),
            level: Set(record.level),
            bytes: Set(i64::try_from(record.message.len()).unwrap_or(i64::MAX)),
            message: Set(record.message),
            written_at: Set(record.written_at),
        });
        Entity::insert_many(rows)
            .exec_without_returning(self.connection())
            .await?;
        if let Some(sequence) = self.first_record_beyond(plugin, bounds).await? {
            Entity::delete_many()
                .filter(Column::PluginId.eq(plugin.as_str()))
                .filter(Column::Sequence.lte(sequence))
                .exec(self.connection())
                .await?;
        }
        Ok(())
    }

    /// Returns the newest of a plugin's records for which there is no room.
    async fn first_record_beyond(
        &self,
        plugin: &PluginId,
        bounds: RecordBounds,
    ) -> Result<Option<i64>, DbErr> {
        let newest: Vec<(i64, i64)> = Entity::find()
            .select_only()
            .column(Column::Sequence)
            .column(Column::Bytes)
            .filter(Column::PluginId.eq(plugin.as_str()))
            .order_by_desc(Column::Sequence)
            .limit(bounds.records as u64 + 1)
            .into_tuple()
            .all(self.connection())
            .await?;
        let mut bytes = 0_usize;
        let beyond = newest.into_iter().enumerate().find(|(index, (_, size))| {
            bytes = bytes.saturating_add(usize::try_from(*size).unwrap_or(usize::MAX));
            *index >= bounds.records || bytes > bounds.bytes
        });
        Ok(beyond.map(|(_, (sequence, _))| sequence))
    }

    /// Removes a plugin's records.
    pub async fn forget_plugin_records(&self, plugin: &PluginId) -> Result<(), DbError> {
        Entity::delete_many()
            .filter(Column::PluginId.eq(plugin.as_str()))
            .exec(self.connection())
            .await?;
        Ok(())
    }
}
