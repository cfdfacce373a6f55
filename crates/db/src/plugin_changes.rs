//! The changes that administrators make to plugins, counted.
//!
//! Each change adds one to its plugin's revision, in its own transaction: who sees the revision
//! sees the change. Nodes compare revisions with those that they have applied, one short query for
//! all plugins.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};

use crate::{
    Database, DbError,
    entity::{
        plugin_changes::{ActiveModel, Column, Entity, Model},
        plugin_pauses,
    },
};

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Of what the database keeps, which is read again.
    State,
    /// A reset of the breakers, which leaves nothing to read.
    Reset,
}

impl Database {
    /// Returns the revisions of the plugins that were changed.
    pub async fn plugin_changes(&self) -> Result<Vec<Model>, DbError> {
        Ok(Entity::find().all(self.connection()).await?)
    }

    /// Counts a reset of a plugin's breakers, forgets them for all servers, and returns the
    /// plugin's revision.
    pub async fn reset_plugin(&self, plugin: &str) -> Result<i64, DbError> {
        let transaction = self.begin().await?;
        plugin_pauses::Entity::delete_many()
            .filter(plugin_pauses::Column::PluginId.eq(plugin))
            .exec(&transaction)
            .await?;
        let revision = Self::count_change(&transaction, plugin, Change::Reset).await?;
        transaction.commit().await?;
        Ok(revision)
    }

    /// Counts a change and returns the plugin's revision with it. Other changes of the plugin wait
    /// until the transaction ends.
    pub(crate) async fn count_change(
        transaction: &DatabaseTransaction,
        plugin: &str,
        change: Change,
    ) -> Result<i64, DbErr> {
        let is_reset = change == Change::Reset;
        let next = || Expr::col((Entity, Column::Revision)).add(1);
        let mut replace = OnConflict::column(Column::PluginId);
        if is_reset {
            // First: MariaDB computes the next expression with the revision that is set by then.
            replace.value(Column::ResetRevision, next());
        }
        replace.value(Column::Revision, next());
        let first = ActiveModel {
            plugin_id: Set(plugin.to_owned()),
            revision: Set(1),
            reset_revision: Set(is_reset.into()),
        };
        Entity::insert(first)
            .on_conflict(replace)
            .exec_without_returning(transaction)
            .await?;
        let row = Entity::find_by_id(plugin).one(transaction).await?;
        Ok(row.map_or(1, |row| row.revision))
    }
}
