//! `provenance`.

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
                table(manager, ServerTable::Provenance)
                    .col(
                        ColumnDef::new("sequence")
                            .big_integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(id("record_id").not_null())
                    .col(name("hook", 64).not_null())
                    .col(id("written_by"))
                    .col(time("written_at").not_null())
                    .col(long_text(manager, "steps").not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("provenance_record")
                    .table("provenance")
                    .col("record_id")
                    .col("sequence")
                    .to_owned(),
            )
            .await
    }
}
