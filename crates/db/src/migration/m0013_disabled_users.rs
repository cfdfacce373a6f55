//! `users.disabled_at`: accounts that nobody can log in to.

use raisfast_contract::ServerTable;
use sea_orm_migration::prelude::*;

use super::time;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table(ServerTable::Users.name())
                    .add_column(time("disabled_at"))
                    .to_owned(),
            )
            .await
    }
}
