//! `plugin_changes`: how every node notices what an administrator has changed on one.

use raisfast_contract::ServerTable;
use sea_orm_migration::prelude::*;

use super::{name, table};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, ServerTable::PluginChanges)
                    .col(name("plugin_id", 128).not_null().primary_key())
                    .col(ColumnDef::new("revision").big_integer().not_null())
                    .col(ColumnDef::new("reset_revision").big_integer().not_null())
                    .to_owned(),
            )
            .await
    }
}
