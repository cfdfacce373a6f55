//! `plugin_settings`.

use raisfast_contract::ServerTable;
use sea_orm_migration::prelude::*;

use super::{long_text, name, table, time};

/// Characters of the id of a key.
const KEY_ID_LENGTH: u32 = 16;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, ServerTable::PluginSettings)
                    .col(name("plugin_id", 128).not_null())
                    .col(name("setting", 64).not_null())
                    .col(long_text(manager, "value").not_null())
                    .col(name("key_id", KEY_ID_LENGTH))
                    .col(time("updated_at").not_null())
                    .primary_key(Index::create().col("plugin_id").col("setting"))
                    .to_owned(),
            )
            .await
    }
}
