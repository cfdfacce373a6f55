//! `plugin_files`: the files of each plugin, counted for all servers of the site together.

use raisfast_contract::ServerTable;
use sea_orm_migration::prelude::*;

use super::{id, name, table, time};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, ServerTable::PluginFiles)
                    .col(name("plugin_id", 128).not_null().primary_key())
                    .col(ColumnDef::new("files").big_integer())
                    .col(ColumnDef::new("bytes").big_integer())
                    .col(ColumnDef::new("disturbances").big_integer().not_null())
                    .col(id("held_by"))
                    .col(id("wanted_by"))
                    .col(time("wanted_until"))
                    .to_owned(),
            )
            .await
    }
}
