//! `comments.status`: comments that are approved before everybody sees them; and indexes for lists
//! of comments over all posts, and of posts of every status.
//!
//! The default is for what was there before, and for a plugin's `INSERT` that does not know of it.

use raisfast_contract::ServerTable;
use sea_orm_migration::prelude::*;

use super::name;

/// Characters of the longest status, with room for others.
const STATUS_LENGTH: u32 = 16;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let comments = ServerTable::Comments.name();
        let posts = ServerTable::Posts.name();
        let mut status = name("status", STATUS_LENGTH);
        status.not_null().default("approved");
        manager
            .alter_table(Table::alter().table(comments).add_column(status).to_owned())
            .await?;
        for index in [
            index(
                "comments_status_created_at",
                comments,
                &["status", "created_at", "id"],
            ),
            index("comments_created_at", comments, &["created_at", "id"]),
            index("posts_created_at", posts, &["created_at", "id"]),
            index(
                "posts_created_by_created_at",
                posts,
                &["created_by", "created_at", "id"],
            ),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn index(
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}
