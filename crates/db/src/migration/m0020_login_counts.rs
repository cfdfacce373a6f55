//! `login_counts`: failed logins, of all servers of the site together.

use raisfast_contract::ServerTable;
use sea_orm_migration::prelude::*;

use super::table;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, ServerTable::LoginCounts)
                    .col(
                        ColumnDef::new("place")
                            .big_integer()
                            .not_null()
                            .primary_key(),
                    )
                    .col(ColumnDef::new("empty_at").big_integer().not_null())
                    .to_owned(),
            )
            .await
    }
}
