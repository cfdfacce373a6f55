//! Posts of the test's own, in the table that the server would keep them in.

use chrono::{DateTime, Utc};
use raisfast_contract::PostOutput;
use raisfast_db::{Database, Timestamp, entity::posts};
use sea_orm::{EntityTrait, IntoActiveModel};
use uuid::Uuid;

/// A post of the test's cannot be stored.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// A post is found by its slug.
    #[error("the post {title:?} has no slug; give it one that no other post has")]
    NoSlug {
        /// The post's title.
        title: String,
    },
    /// A time is written otherwise than the server does.
    #[error(
        "{found:?} is not a valid time for {field}; expected RFC 3339, such as `2026-11-22T08:00:00Z`"
    )]
    Time {
        /// The field.
        field: &'static str,
        /// The text of the test.
        found: String,
    },
    /// The database refused it; most often its slug or id is taken.
    #[error("the post `{slug}` cannot be stored: {source}")]
    Refused {
        /// The post's slug.
        slug: String,
        /// The database's reason.
        source: sea_orm::DbErr,
    },
}

/// Stores a post. What is left empty gets what the server would give it.
pub(crate) async fn store(database: &Database, post: PostOutput) -> Result<(), PostError> {
    let row = row(post)?;
    let slug = row.slug.clone();
    posts::Entity::insert(row.into_active_model())
        .exec_without_returning(database.connection())
        .await
        .map_err(|source| PostError::Refused { slug, source })?;
    Ok(())
}

fn row(post: PostOutput) -> Result<posts::Model, PostError> {
    if post.slug.is_empty() {
        return Err(PostError::NoSlug { title: post.title });
    }
    let created_at = time("created_at", &post.created_at)?.unwrap_or_else(Timestamp::now);
    let published_at = time(
        "published_at",
        post.published_at.as_deref().unwrap_or_default(),
    )?;
    Ok(posts::Model {
        id: or(post.id, || Uuid::now_v7().to_string()),
        title: post.title,
        slug: post.slug,
        content: post.content,
        excerpt: post.excerpt,
        published_at: published_at
            .or_else(|| (post.status == "published").then(|| created_at.clone())),
        status: or(post.status, || "draft".to_owned()),
        created_by: or(post.created_by, || Uuid::now_v7().to_string()),
        updated_by: post.updated_by,
        category_id: post.category_id,
        view_count: post.view_count,
        updated_at: time("updated_at", &post.updated_at)?.unwrap_or_else(|| created_at.clone()),
        created_at,
        tag_ids: "[]".to_owned(),
        cover_image: None,
    })
}

fn or(text: String, other: impl FnOnce() -> String) -> String {
    if text.is_empty() { other() } else { text }
}

fn time(field: &'static str, text: &str) -> Result<Option<Timestamp>, PostError> {
    if text.is_empty() {
        return Ok(None);
    }
    let time: DateTime<Utc> = text.parse().map_err(|_| PostError::Time {
        field,
        found: text.to_owned(),
    })?;
    Ok(Some(time.into()))
}
