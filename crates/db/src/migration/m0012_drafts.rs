//! An index for lists of posts that are not published.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_index(
                Index::create()
                    .name("posts_status_created_at")
                    .table("posts")
                    .col("status")
                    .col("created_at")
                    .col("id")
                    .to_owned(),
            )
            .await
    }
}
