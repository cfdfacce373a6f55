//! `outbox.traceparent`: the span in which a change was made.

use raisfast_contract::ServerTable;
use sea_orm_migration::prelude::*;

use super::name;

/// Characters of W3C's `traceparent`.
const TRACEPARENT_LENGTH: u32 = 55;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table(ServerTable::Outbox.name())
                    .add_column(name("traceparent", TRACEPARENT_LENGTH))
                    .to_owned(),
            )
            .await
    }
}
