//! `plugin_identities`.

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
                table(manager, ServerTable::PluginIdentities)
                    .col(name("plugin_id", 128).not_null().primary_key())
                    // A file's name has 255 bytes; one that is not UTF-8 is kept with its bytes
                    // escaped.
                    .col(name("folder", 1020).not_null())
                    .to_owned(),
            )
            .await
    }
}
