//! `outbox`.

use raisfast_contract::ServerTable;
use sea_orm_migration::prelude::*;

use super::{id, long_text, name, table, time};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, ServerTable::Outbox)
                    .col(
                        ColumnDef::new("sequence")
                            .big_integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(id("delivery_id").not_null().unique_key())
                    .col(name("plugin_id", 128).not_null())
                    .col(name("hook", 64).not_null())
                    .col(name("record_kind", 16).not_null())
                    .col(id("record_id").not_null())
                    .col(long_text(manager, "params").not_null())
                    .col(time("created_at").not_null())
                    .col(ColumnDef::new("attempts").integer().not_null())
                    .col(time("next_attempt_at").not_null())
                    .col(name("state", 16).not_null())
                    .col(long_text(manager, "last_error"))
                    .to_owned(),
            )
            .await?;
        // What is due, and when the next is.
        manager
            .create_index(
                Index::create()
                    .name("outbox_due")
                    .table("outbox")
                    .col("plugin_id")
                    .col("state")
                    .col("next_attempt_at")
                    .col("sequence")
                    .to_owned(),
            )
            .await?;
        // What comes before a row of the same record.
        manager
            .create_index(
                Index::create()
                    .name("outbox_record")
                    .table("outbox")
                    .col("record_id")
                    .col("plugin_id")
                    .col("state")
                    .col("sequence")
                    .to_owned(),
            )
            .await
    }
}
