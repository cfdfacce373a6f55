//! `plugin_data` and `plugin_states`.

use raisfast_contract::ServerTable;
use sea_orm_migration::prelude::*;

use super::{long_text, name, table};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, ServerTable::PluginData)
                    .col(name("plugin_id", 128).not_null())
                    .col(name("key", 512).not_null())
                    .col(long_text(manager, "value").not_null())
                    .primary_key(Index::create().col("plugin_id").col("key"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, ServerTable::PluginStates)
                    .col(name("plugin_id", 128).primary_key())
                    .col(ColumnDef::new("enabled").boolean().not_null())
                    .to_owned(),
            )
            .await
    }
}
