//! `outbox.claimed_by`: the node that delivers a row; and `outbox_shares`.

use raisfast_contract::ServerTable;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use super::{id, long_text, name, table};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table(ServerTable::Outbox.name())
                    .add_column(id("claimed_by"))
                    .to_owned(),
            )
            .await?;
        let mut index = Index::create();
        index
            .name("outbox_claimed")
            .table("outbox")
            .col("claimed_by");
        // Few rows are claimed; MariaDB has no index of some rows.
        if manager.get_database_backend() != DbBackend::MySql {
            index.and_where(Expr::col("claimed_by").is_not_null());
        }
        manager.create_index(index).await?;
        manager
            .create_table(
                table(manager, ServerTable::OutboxShares)
                    .col(name("plugin_id", 128).not_null().primary_key())
                    .col(long_text(manager, "shares").not_null())
                    .to_owned(),
            )
            .await
    }
}
