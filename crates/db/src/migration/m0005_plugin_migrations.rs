//! `plugin_migrations` and `plugin_migration_locks`.

use raisfast_contract::ServerTable;
use sea_orm_migration::prelude::*;

use super::{long_text, name, table, time};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, ServerTable::PluginMigrations)
                    .col(name("plugin_id", 128).not_null())
                    .col(name("name", 128).not_null())
                    .col(name("checksum", 64).not_null())
                    .col(time("ran_at").not_null())
                    .col(long_text(manager, "journal"))
                    .primary_key(Index::create().col("plugin_id").col("name"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, ServerTable::PluginMigrationLocks)
                    .col(ColumnDef::new("id").small_integer().primary_key())
                    .to_owned(),
            )
            .await?;
        let mut row = Query::insert();
        row.into_table("plugin_migration_locks").columns(["id"]);
        row.values_panic([0.into()]);
        manager.exec_stmt(row).await
    }
}
