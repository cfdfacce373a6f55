//! `plugin_breakers`.

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
                table(manager, ServerTable::PluginBreakers)
                    .col(name("plugin_id", 128).not_null())
                    .col(name("hook", 64).not_null())
                    .col(name("version", 64).not_null())
                    .col(ColumnDef::new("failures").big_integer().not_null())
                    .col(time("paused_since").not_null())
                    .col(time("paused_until").not_null())
                    .col(ColumnDef::new("pause_ms").big_integer().not_null())
                    .col(long_text(manager, "reason").not_null())
                    .primary_key(Index::create().col("plugin_id").col("hook"))
                    .to_owned(),
            )
            .await
    }
}
