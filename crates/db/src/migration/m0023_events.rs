//! `events`: the last hour of them.

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
                table(manager, ServerTable::Events)
                    .col(ColumnDef::new("id").big_integer().not_null().primary_key())
                    .col(ColumnDef::new("bytes_so_far").big_integer().not_null())
                    .col(time("written_at").not_null())
                    .col(id("node").not_null())
                    .col(name("name", 16).not_null())
                    .col(long_text(manager, "body").not_null())
                    .to_owned(),
            )
            .await?;
        // Each event is numbered after the one before it: so the first one needs one, too.
        let mut before = Query::insert();
        before
            .into_table(ServerTable::Events.name())
            .columns(["id", "bytes_so_far", "written_at", "node", "name", "body"])
            .values_panic([
                0.into(),
                0.into(),
                "1970-01-01T00:00:00.000Z".into(),
                "".into(),
                "".into(),
                "{}".into(),
            ]);
        manager.exec_stmt(before).await
    }
}
