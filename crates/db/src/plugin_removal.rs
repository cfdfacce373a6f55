//! All that a plugin has stored in the database, counted and deleted.

use std::collections::BTreeSet;

use raisfast_contract::PluginId;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::{
    Database, DbError, Timestamp,
    entity::{outbox, plugin_data, plugin_migrations, plugin_releases, plugin_settings, releases},
};

/// The rows that a plugin has in the server's own tables, beside those of its key-value store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PluginRows {
    /// Records of its migrations.
    pub migrations: u64,
    /// Settings that differ from their defaults.
    pub settings: u64,
    /// Deliveries that wait for it, dead letters among them.
    pub deliveries: u64,
}

impl Database {
    /// Counts the rows that a plugin has.
    pub async fn plugin_rows(&self, plugin: &PluginId) -> Result<PluginRows, DbError> {
        let (plugin, connection) = (plugin.as_str(), self.connection());
        let migrations = plugin_migrations::Entity::find()
            .filter(plugin_migrations::Column::PluginId.eq(plugin))
            .count(connection);
        let settings = plugin_settings::Entity::find()
            .filter(plugin_settings::Column::PluginId.eq(plugin))
            .count(connection);
        let deliveries = outbox::Entity::find()
            .filter(outbox::Column::PluginId.eq(plugin))
            .count(connection);
        Ok(PluginRows {
            migrations: migrations.await?,
            settings: settings.await?,
            deliveries: deliveries.await?,
        })
    }

    /// Returns the ids of all plugins that have rows, installed or not.
    pub async fn plugins_with_rows(&self) -> Result<BTreeSet<String>, DbError> {
        let connection = self.connection();
        let found: [Vec<String>; 4] = [
            plugin_data::Entity::find()
                .select_only()
                .column(plugin_data::Column::PluginId)
                .distinct()
                .into_tuple()
                .all(connection)
                .await?,
            plugin_migrations::Entity::find()
                .select_only()
                .column(plugin_migrations::Column::PluginId)
                .distinct()
                .into_tuple()
                .all(connection)
                .await?,
            plugin_settings::Entity::find()
                .select_only()
                .column(plugin_settings::Column::PluginId)
                .distinct()
                .into_tuple()
                .all(connection)
                .await?,
            outbox::Entity::find()
                .select_only()
                .column(outbox::Column::PluginId)
                .distinct()
                .into_tuple()
                .all(connection)
                .await?,
        ];
        Ok(found.into_iter().flatten().collect())
    }

    /// Returns the releases of a plugin and when each was installed. To be asked before the plugin
    /// is desired nowhere, so that whoever installs it afterwards is noticed.
    pub async fn installations_of(
        &self,
        plugin: &PluginId,
    ) -> Result<Vec<(String, Timestamp)>, DbError> {
        Ok(installations(self.connection(), plugin.as_str()).await?)
    }

    /// Deletes a plugin's own tables, the records of its migrations, its key-value store and its
    /// settings: all of them or, where the plugin is installed again meanwhile, none, and returns
    /// false then. MariaDB cannot take back that a table is gone: if the server is killed there,
    /// the rest is deleted when this is called again.
    ///
    /// `revision` is that of the wish that the plugin is on no server, and `before` what
    /// [`installations_of`](Self::installations_of) returned before it. No server has the plugin
    /// any longer.
    pub async fn delete_plugin_rows(
        &self,
        plugin: &PluginId,
        revision: i64,
        before: &[(String, Timestamp)],
    ) -> Result<bool, DbError> {
        let tables = self.own_tables(plugin, usize::MAX).await?;
        let turn = self.turn().await?;
        if !is_removed(&turn, plugin.as_str(), revision, before).await? {
            turn.rollback().await?;
            return Ok(false);
        }
        match turn.get_database_backend() {
            // It would commit the turn, and end it.
            DbBackend::MySql => drop_tables(self.connection(), &tables).await?,
            _ => drop_tables(&turn, &tables).await?,
        }
        plugin_migrations::Entity::delete_many()
            .filter(plugin_migrations::Column::PluginId.eq(plugin.as_str()))
            .exec(&turn)
            .await?;
        plugin_data::Entity::delete_many()
            .filter(plugin_data::Column::PluginId.eq(plugin.as_str()))
            .exec(&turn)
            .await?;
        plugin_settings::Entity::delete_many()
            .filter(plugin_settings::Column::PluginId.eq(plugin.as_str()))
            .exec(&turn)
            .await?;
        let pause = self.plugins.pause().await;
        let pause = pause.map_err(|error| DbErr::Custom(error.message))?;
        self.plugins.forget();
        turn.commit().await?;
        drop(pause);
        self.columns.forget();
        Ok(true)
    }
}

/// Waits for an installation that has begun, and keeps the next one waiting until the transaction
/// ends.
pub(crate) async fn lock_desired(
    transaction: &DatabaseTransaction,
    plugin: &str,
) -> Result<Option<plugin_releases::Model>, DbErr> {
    let desired = plugin_releases::Entity::find_by_id(plugin.to_owned());
    // SQLite has one writer at a time anyway.
    if transaction.get_database_backend() == DbBackend::Sqlite {
        return desired.one(transaction).await;
    }
    desired.lock_exclusive().one(transaction).await
}

async fn is_removed(
    transaction: &DatabaseTransaction,
    plugin: &str,
    revision: i64,
    before: &[(String, Timestamp)],
) -> Result<bool, DbErr> {
    let desired = lock_desired(transaction, plugin).await?;
    let is_desired_nowhere =
        desired.is_some_and(|desired| desired.digest.is_none() && desired.revision == revision);
    Ok(is_desired_nowhere && installations(transaction, plugin).await? == before)
}

async fn installations(
    connection: &impl ConnectionTrait,
    plugin: &str,
) -> Result<Vec<(String, Timestamp)>, DbErr> {
    releases::Entity::find()
        .select_only()
        .column(releases::Column::Digest)
        .column(releases::Column::InstalledAt)
        .filter(releases::Column::PluginId.eq(plugin))
        .order_by_asc(releases::Column::Digest)
        .into_tuple()
        .all(connection)
        .await
}

/// Drops tables that may refer to each other, and to no other one.
async fn drop_tables(connection: &impl ConnectionTrait, tables: &[String]) -> Result<(), DbErr> {
    if tables.is_empty() {
        return Ok(());
    }
    let quote = match connection.get_database_backend() {
        DbBackend::MySql => '`',
        _ => '"',
    };
    let names: Vec<_> = tables
        .iter()
        .map(|table| format!("{quote}{table}{quote}"))
        .collect();
    let all = names.join(", ");
    let statements = match connection.get_database_backend() {
        DbBackend::Postgres => vec![format!("DROP TABLE {all}")],
        DbBackend::MySql => vec![format!(
            "SET STATEMENT foreign_key_checks = 0 FOR DROP TABLE {all}"
        )],
        _ => {
            // A table is dropped only while no row refers to it.
            let empty = names.iter().map(|name| format!("DELETE FROM {name}"));
            let drop = names.iter().map(|name| format!("DROP TABLE {name}"));
            let mut statements = vec!["PRAGMA defer_foreign_keys = ON".to_owned()];
            statements.extend(empty.chain(drop));
            statements
        }
    };
    for statement in statements {
        connection.execute_unprepared(&statement).await?;
    }
    Ok(())
}
