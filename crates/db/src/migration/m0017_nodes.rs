//! `nodes` and `node_locks`.

use raisfast_contract::ServerTable;
use sea_orm_migration::prelude::*;

use super::{id, name, table, time};
use crate::entity::node_locks::ROW;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, ServerTable::Nodes)
                    .col(id("id").primary_key())
                    .col(name("name", 255).not_null())
                    .col(name("address", 64).not_null())
                    .col(name("version", 64).not_null())
                    .col(name("files", 16).not_null())
                    .col(time("started_at").not_null())
                    .col(time("alive_until").not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, ServerTable::NodeLocks)
                    .col(ColumnDef::new("id").small_integer().primary_key())
                    .to_owned(),
            )
            .await?;
        let mut row = Query::insert();
        row.into_table("node_locks").columns(["id"]);
        row.values_panic([ROW.into()]);
        manager.exec_stmt(row).await
    }
}
