//! The server's own knowledge of plugins: which are off, which folder has which id, which are
//! paused.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, sea_query::OnConflict,
};

use crate::{
    Database, DbError,
    entity::{plugin_breakers, plugin_identities, plugin_states},
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

    /// Turns a plugin on or off.
    pub async fn set_plugin_enabled(&self, plugin: &str, enabled: bool) -> Result<(), DbError> {
        let row = plugin_states::ActiveModel {
            plugin_id: Set(plugin.to_owned()),
            enabled: Set(enabled),
        };
        let replace = OnConflict::column(plugin_states::Column::PluginId)
            .update_column(plugin_states::Column::Enabled)
            .to_owned();
        plugin_states::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(self.connection())
            .await?;
        Ok(())
    }

    /// Returns each plugin's id with the folder that has it.
    pub async fn plugin_folders(&self) -> Result<Vec<plugin_identities::Model>, DbError> {
        let folders = plugin_identities::Entity::find()
            .all(self.connection())
            .await?;
        Ok(folders)
    }

    /// Gives a plugin's id to a folder.
    pub async fn give_plugin(&self, plugin: &str, folder: &str) -> Result<(), DbError> {
        let row = plugin_identities::ActiveModel {
            plugin_id: Set(plugin.to_owned()),
            folder: Set(folder.to_owned()),
        };
        let replace = OnConflict::column(plugin_identities::Column::PluginId)
            .update_column(plugin_identities::Column::Folder)
            .to_owned();
        plugin_identities::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(self.connection())
            .await?;
        Ok(())
    }

    /// Returns the breakers that are not closed.
    pub async fn open_breakers(&self) -> Result<Vec<plugin_breakers::Model>, DbError> {
        let open = plugin_breakers::Entity::find()
            .all(self.connection())
            .await?;
        Ok(open)
    }

    /// Keeps a breaker that is not closed, in place of its former state.
    pub async fn keep_breaker(&self, breaker: plugin_breakers::Model) -> Result<(), DbError> {
        let key = [
            plugin_breakers::Column::PluginId,
            plugin_breakers::Column::Hook,
        ];
        let replace = OnConflict::columns(key)
            .update_columns([
                plugin_breakers::Column::Version,
                plugin_breakers::Column::Failures,
                plugin_breakers::Column::PausedSince,
                plugin_breakers::Column::PausedUntil,
                plugin_breakers::Column::PauseMs,
                plugin_breakers::Column::Reason,
            ])
            .to_owned();
        plugin_breakers::Entity::insert(breaker.into_active_model().reset_all())
            .on_conflict(replace)
            .exec_without_returning(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets a breaker that is closed again.
    pub async fn forget_breaker(&self, plugin: &str, hook: &str) -> Result<(), DbError> {
        plugin_breakers::Entity::delete_by_id((plugin.to_owned(), hook.to_owned()))
            .exec(self.connection())
            .await?;
        Ok(())
    }
}
