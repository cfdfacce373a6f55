//! `users` and `tokens`.

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
                table(manager, ServerTable::Users)
                    .col(id("id").primary_key())
                    .col(name("username", 64).not_null().unique_key())
                    .col(name("password_hash", 255).not_null())
                    .col(name("role", 16).not_null())
                    .col(time("created_at").not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, ServerTable::Tokens)
                    .col(name("hash", 64).primary_key())
                    .col(id("user_id").not_null())
                    .col(time("created_at").not_null())
                    .col(time("expires_at").not_null())
                    .foreign_key(
                        ForeignKey::create()
                            .from("tokens", "user_id")
                            .to("users", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("tokens_expires_at")
                    .table("tokens")
                    .col("expires_at")
                    .to_owned(),
            )
            .await
    }
}
