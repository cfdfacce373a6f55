//! A post as its readers see it.

use raisfast_db::entity::posts;
use serde::Serialize;

/// A stored post. Times are RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Post {
    /// A UUID.
    pub id: String,
    /// The headline.
    pub title: String,
    /// The name in the URL, unique among posts.
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
    /// The ids of the tags.
    pub tag_ids: Vec<String>,
    /// The cover image's URL.
    pub cover_image: Option<String>,
    /// The number of times that the published post was read.
    pub view_count: i64,
    /// When it was created.
    pub created_at: String,
    /// When it was changed last.
    pub updated_at: String,
    /// When it was first published.
    pub published_at: Option<String>,
}

impl From<posts::Model> for Post {
    fn from(post: posts::Model) -> Self {
        Self {
            tag_ids: tags(&post.tag_ids),
            id: post.id,
            title: post.title,
            slug: post.slug,
            content: post.content,
            excerpt: post.excerpt,
            status: post.status,
            created_by: post.created_by,
            updated_by: post.updated_by,
            category_id: post.category_id,
            cover_image: post.cover_image,
            view_count: post.view_count,
            created_at: post.created_at.into(),
            updated_at: post.updated_at.into(),
            published_at: post.published_at.map(Into::into),
        }
    }
}

/// The tags that a row holds. A plugin may have written something else there by SQL; that is not
/// a tag.
pub(super) fn tags(row: &str) -> Vec<String> {
    serde_json::from_str(row).unwrap_or_default()
}
