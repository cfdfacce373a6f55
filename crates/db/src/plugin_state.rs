//! The server's own knowledge of plugins: which are off, and which folder has which id.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::OnConflict,
};

use crate::{
    Database, DbError,
    entity::{plugin_identities, plugin_states},
    plugin_changes::Change,
};

impl Database {
    /// Returns the ids of the plugins that are turned off.
    pub async fn disabled_plugins(&self) -> Result<Vec<String>, DbError> {
        let ids = plugin_states::Entity::find()
            .select_only()
            .column(plugin_states::Column::PluginId)
            .filter(plugin_states::Column::Enabled.eq(false))
            .into_tuple()
            .all(self.connection())
            .await?;
        Ok(ids)
    }

    /// Turns a plugin on or off, and returns its revision.
    pub async fn set_plugin_enabled(&self, plugin: &str, enabled: bool) -> Result<i64, DbError> {
        let transaction = self.begin().await?;
        let row = plugin_states::ActiveModel {
            plugin_id: Set(plugin.to_owned()),
            enabled: Set(enabled),
        };
        let replace = OnConflict::column(plugin_states::Column::PluginId)
            .update_column(plugin_states::Column::Enabled)
            .to_owned();
        plugin_states::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&transaction)
            .await?;
        let revision = Self::count_change(&transaction, plugin, Change::State).await?;
        transaction.commit().await?;
        Ok(revision)
    }

    /// Returns each plugin's id with the folder that has it.
    pub async fn plugin_folders(&self) -> Result<Vec<plugin_identities::Model>, DbError> {
        let folders = plugin_identities::Entity::find()
            .all(self.connection())
            .await?;
        Ok(folders)
    }

    /// Gives a plugin's id to a folder, and returns the plugin's revision.
    pub async fn give_plugin(&self, plugin: &str, folder: &str) -> Result<i64, DbError> {
        let transaction = self.begin().await?;
        let row = plugin_identities::ActiveModel {
            plugin_id: Set(plugin.to_owned()),
            folder: Set(folder.to_owned()),
        };
        let replace = OnConflict::column(plugin_identities::Column::PluginId)
            .update_column(plugin_identities::Column::Folder)
            .to_owned();
        plugin_identities::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&transaction)
            .await?;
        let revision = Self::count_change(&transaction, plugin, Change::State).await?;
        transaction.commit().await?;
        Ok(revision)
    }
}
