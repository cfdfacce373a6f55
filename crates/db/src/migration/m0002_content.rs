//! `posts`, `comments` and `contents`: the tables that a plugin can be granted.

use raisfast_contract::ServerTable;
use sea_orm_migration::prelude::*;

use super::{id, long_text, name, table, time};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(posts(manager)).await?;
        manager
            .create_index(
                Index::create()
                    .name("posts_status_published_at")
                    .table("posts")
                    .col("status")
                    .col("published_at")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager.create_table(comments(manager)).await?;
        manager
            .create_index(
                Index::create()
                    .name("comments_post_id_created_at")
                    .table("comments")
                    .col("post_id")
                    .col("created_at")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager.create_table(contents(manager)).await?;
        manager
            .create_index(
                Index::create()
                    .name("contents_content_type_created_at")
                    .table("contents")
                    .col("content_type")
                    .col("created_at")
                    .col("id")
                    .to_owned(),
            )
            .await
    }
}

fn posts(manager: &SchemaManager) -> TableCreateStatement {
    table(manager, ServerTable::Posts)
        .col(id("id").primary_key())
        .col(long_text(manager, "title").not_null())
        .col(name("slug", 255).not_null().unique_key())
        .col(long_text(manager, "content").not_null())
        .col(long_text(manager, "excerpt"))
        .col(name("status", 16).not_null())
        .col(id("created_by").not_null())
        .col(id("updated_by"))
        .col(name("category_id", 128))
        .col(
            ColumnDef::new("view_count")
                .big_integer()
                .not_null()
                .default(0),
        )
        .col(time("created_at").not_null())
        .col(time("updated_at").not_null())
        .col(time("published_at"))
        .col(long_text(manager, "tag_ids").not_null())
        .col(long_text(manager, "cover_image"))
        .to_owned()
}

fn comments(manager: &SchemaManager) -> TableCreateStatement {
    table(manager, ServerTable::Comments)
        .col(id("id").primary_key())
        .col(id("post_id").not_null())
        .col(long_text(manager, "content").not_null())
        .col(long_text(manager, "nickname"))
        .col(long_text(manager, "email"))
        .col(id("parent_id"))
        .col(time("created_at").not_null())
        .foreign_key(
            ForeignKey::create()
                .from("comments", "post_id")
                .to("posts", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn contents(manager: &SchemaManager) -> TableCreateStatement {
    table(manager, ServerTable::Contents)
        .col(id("id").primary_key())
        .col(name("content_type", 64).not_null())
        .col(long_text(manager, "data").not_null())
        .col(id("created_by").not_null())
        .col(time("created_at").not_null())
        .col(time("updated_at").not_null())
        .to_owned()
}
