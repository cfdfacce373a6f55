//! The values of plugins' settings. Secrets come here sealed.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, OnConflict},
};

use crate::{
    Database, DbError, Timestamp,
    entity::plugin_settings::{self, Column, Entity},
    plugin_changes::Change,
};

impl Database {
    /// Returns what was set for a plugin.
    pub async fn plugin_settings(
        &self,
        plugin: &str,
    ) -> Result<Vec<plugin_settings::Model>, DbError> {
        let rows = Entity::find()
            .filter(Column::PluginId.eq(plugin))
            .all(self.connection())
            .await?;
        Ok(rows)
    }

    /// Sets these values in place of the former ones and forgets those settings of a plugin, all of
    /// it or nothing, and returns the plugin's revision.
    pub async fn change_plugin_settings(
        &self,
        plugin: &str,
        set: Vec<plugin_settings::Model>,
        forget: Vec<String>,
    ) -> Result<i64, DbError> {
        let transaction = self.begin().await?;
        if !forget.is_empty() {
            Entity::delete_many()
                .filter(Column::PluginId.eq(plugin))
                .filter(Column::Setting.is_in(forget))
                .exec(&transaction)
                .await?;
        }
        for row in set {
            let replace = OnConflict::columns([Column::PluginId, Column::Setting])
                .update_columns([Column::Value, Column::KeyId, Column::UpdatedAt])
                .to_owned();
            Entity::insert(row.into_active_model().reset_all())
                .on_conflict(replace)
                .exec_without_returning(&transaction)
                .await?;
        }
        let revision = Self::count_change(&transaction, plugin, Change::State).await?;
        transaction.commit().await?;
        Ok(revision)
    }

    /// Returns the secrets of all plugins that are sealed with another key than this one.
    pub async fn settings_of_other_keys(
        &self,
        key: &str,
    ) -> Result<Vec<plugin_settings::Model>, DbError> {
        let rows = Entity::find()
            .filter(Column::KeyId.is_not_null())
            .filter(Column::KeyId.ne(key))
            .all(self.connection())
            .await?;
        Ok(rows)
    }

    /// Puts a secret that was sealed anew in the place of the former row, unless somebody has
    /// changed that meanwhile.
    pub async fn reseal_plugin_setting(
        &self,
        former: &plugin_settings::Model,
        value: &str,
        key: &str,
    ) -> Result<(), DbError> {
        Entity::update_many()
            .col_expr(Column::Value, Expr::value(value))
            .col_expr(Column::KeyId, Expr::value(key))
            .col_expr(Column::UpdatedAt, Expr::value(Timestamp::now()))
            .filter(Column::PluginId.eq(&former.plugin_id))
            .filter(Column::Setting.eq(&former.setting))
            .filter(Column::Value.eq(&former.value))
            .exec(self.connection())
            .await?;
        Ok(())
    }
}
