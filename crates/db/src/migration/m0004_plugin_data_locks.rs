//! `plugin_data_locks`: rows that a writer of `plugin_data` holds.

use raisfast_contract::ServerTable;
use sea_orm_migration::prelude::*;

use super::table;
use crate::entity::plugin_data_locks::ROWS;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, ServerTable::PluginDataLocks)
                    .col(ColumnDef::new("id").small_integer().primary_key())
                    .to_owned(),
            )
            .await?;
        let mut rows = Query::insert();
        rows.into_table("plugin_data_locks").columns(["id"]);
        for id in 0..ROWS {
            rows.values_panic([id.into()]);
        }
        manager.exec_stmt(rows).await
    }
}
