//! `plugin_records`.

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
                table(manager, ServerTable::PluginRecords)
                    .col(
                        ColumnDef::new("sequence")
                            .big_integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(name("plugin_id", 128).not_null())
                    .col(name("hook", 64))
                    .col(name("level", 8).not_null())
                    .col(long_text(manager, "message").not_null())
                    .col(ColumnDef::new("bytes").big_integer().not_null())
                    .col(time("written_at").not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("plugin_records_plugin")
                    .table("plugin_records")
                    .col("plugin_id")
                    .col("sequence")
                    .to_owned(),
            )
            .await
    }
}
