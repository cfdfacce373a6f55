//! The records of `interface types` in `plugin-wit/plugin.wit`: same order, same names in
//! `snake_case`.

use serde::{Deserialize, Serialize};
#[cfg(feature = "component")]
use wasmtime::component::{ComponentType, Lift, Lower};

/// A post as an author submits it: the record `post-input`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct PostInput {
    /// The headline.
    pub title: String,
    /// The body, as Markdown.
    #[serde(default)]
    pub content: String,
    /// The name in the URL; the server makes one from the title where nobody gives one.
    pub slug: Option<String>,
    /// A short text for lists.
    pub excerpt: Option<String>,
    /// The category's id.
    #[cfg_attr(feature = "component", component(name = "category-id"))]
    pub category_id: Option<String>,
    /// The ids of the tags.
    #[cfg_attr(feature = "component", component(name = "tag-ids"))]
    pub tag_ids: Option<Vec<String>>,
    /// `draft` (the default), `published` or `archived`.
    pub status: Option<String>,
    /// The cover image's URL.
    #[cfg_attr(feature = "component", component(name = "cover-image"))]
    pub cover_image: Option<String>,
}

/// A post as the server has stored it: the record `post-output`. Times are RFC 3339.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct PostOutput {
    /// The post's id, a UUID.
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
    #[cfg_attr(feature = "component", component(name = "created-by"))]
    pub created_by: String,
    /// The id of the user who changed it last.
    #[cfg_attr(feature = "component", component(name = "updated-by"))]
    pub updated_by: Option<String>,
    /// The category's id.
    #[cfg_attr(feature = "component", component(name = "category-id"))]
    pub category_id: Option<String>,
    /// The number of times that the published post was read.
    #[cfg_attr(feature = "component", component(name = "view-count"))]
    pub view_count: i64,
    /// When it was created.
    #[cfg_attr(feature = "component", component(name = "created-at"))]
    pub created_at: String,
    /// When it was changed last.
    #[cfg_attr(feature = "component", component(name = "updated-at"))]
    pub updated_at: String,
    /// When it was first published.
    #[cfg_attr(feature = "component", component(name = "published-at"))]
    pub published_at: Option<String>,
}

/// A comment as a visitor submits it: the record `comment-input`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct CommentInput {
    /// The text.
    pub content: String,
    /// The visitor's name.
    pub nickname: Option<String>,
    /// The visitor's address.
    pub email: Option<String>,
    /// The id of the comment that this one answers.
    #[cfg_attr(feature = "component", component(name = "parent-id"))]
    pub parent_id: Option<String>,
}

/// Typed content: the record `content-event`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct ContentEvent {
    /// The type's name, `[a-z][a-z0-9_-]{0,63}`.
    #[cfg_attr(feature = "component", component(name = "content-type"))]
    pub content_type: String,
    /// A JSON object, as text.
    pub data: String,
    /// The id; absent before creation.
    pub id: Option<String>,
}
