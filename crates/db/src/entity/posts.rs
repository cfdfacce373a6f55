//! Posts. The columns are the fields of the contract's `post-output`, and what only the author
//! sees.

use raisfast_contract::PostOutput;
use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One post.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "posts")]
pub struct Model {
    /// A UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The headline.
    pub title: String,
    /// The name in the URL.
    #[sea_orm(unique)]
    pub slug: String,
    /// The body, as Markdown.
    pub content: String,
    /// A short text for lists.
    pub excerpt: Option<String>,
    /// `draft`, `published` or `archived`.
    pub status: String,
    /// The id of the user who wrote it.
    pub created_by: String,
    /// The id of the user who changed it last.
    pub updated_by: Option<String>,
    /// The category's id.
    pub category_id: Option<String>,
    /// The number of times that the published post was read.
    pub view_count: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// When it was first published.
    pub published_at: Option<Timestamp>,
    /// The ids of the tags: a JSON array of strings.
    pub tag_ids: String,
    /// The cover image's URL.
    pub cover_image: Option<String>,
}

/// Tables that this one refers to: none. A post outlives its author's account.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The status of posts that everybody may read.
pub const PUBLISHED: &str = "published";

impl Model {
    /// Returns whether everybody may read the post.
    pub fn is_public(&self) -> bool {
        self.status == PUBLISHED
    }
}

impl From<Model> for PostOutput {
    fn from(post: Model) -> Self {
        Self {
            id: post.id,
            title: post.title,
            slug: post.slug,
            content: post.content,
            excerpt: post.excerpt,
            status: post.status,
            created_by: post.created_by,
            updated_by: post.updated_by,
            category_id: post.category_id,
            view_count: post.view_count,
            created_at: post.created_at.into(),
            updated_at: post.updated_at.into(),
            published_at: post.published_at.map(Into::into),
        }
    }
}
