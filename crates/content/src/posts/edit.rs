//! The two ways to change a post: all of it, or only what is sent.

use raisfast_contract::PostInput;
use raisfast_db::entity::posts;
use serde::{Deserialize, Deserializer};

use super::post::tags;

/// A new version of a post. An excerpt, a category, tags or a cover image that is absent is gone;
/// slug and status stay as they are, so that a corrected title neither breaks links nor hides the
/// post. An absent text stays, too: nobody erases a post by leaving it out. `""` empties it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostReplacement {
    /// The headline.
    pub title: String,
    /// The body, as Markdown.
    #[serde(default, deserialize_with = "sent")]
    pub content: Option<String>,
    /// The name in the URL.
    pub slug: Option<String>,
    /// A short text for lists.
    pub excerpt: Option<String>,
    /// The category's id.
    pub category_id: Option<String>,
    /// The ids of the tags.
    pub tag_ids: Option<Vec<String>>,
    /// `draft`, `published` or `archived`.
    pub status: Option<String>,
    /// The cover image's URL.
    pub cover_image: Option<String>,
}

impl From<PostInput> for PostReplacement {
    fn from(input: PostInput) -> Self {
        Self {
            title: input.title,
            content: Some(input.content),
            slug: input.slug,
            excerpt: input.excerpt,
            category_id: input.category_id,
            tag_ids: input.tag_ids,
            status: input.status,
            cover_image: input.cover_image,
        }
    }
}

impl PostReplacement {
    /// The whole new version of a stored post.
    pub(super) fn of(self, stored: &posts::Model) -> PostInput {
        PostInput {
            title: self.title,
            content: self.content.unwrap_or_else(|| stored.content.clone()),
            slug: self.slug,
            excerpt: self.excerpt,
            category_id: self.category_id,
            tag_ids: self.tag_ids,
            status: self.status,
            cover_image: self.cover_image,
        }
    }
}

/// A change of some fields of a post: what is absent stays. `Some(None)`, in JSON `null`, clears a
/// field that a post need not have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PostPatch {
    /// The headline.
    #[serde(deserialize_with = "sent")]
    pub title: Option<String>,
    /// The body, as Markdown.
    #[serde(deserialize_with = "sent")]
    pub content: Option<String>,
    /// The name in the URL.
    #[serde(deserialize_with = "sent")]
    pub slug: Option<String>,
    /// A short text for lists.
    #[serde(deserialize_with = "sent")]
    pub excerpt: Option<Option<String>>,
    /// The category's id.
    #[serde(deserialize_with = "sent")]
    pub category_id: Option<Option<String>>,
    /// The ids of the tags.
    #[serde(deserialize_with = "sent")]
    pub tag_ids: Option<Option<Vec<String>>>,
    /// `draft`, `published` or `archived`.
    #[serde(deserialize_with = "sent")]
    pub status: Option<String>,
    /// The cover image's URL.
    #[serde(deserialize_with = "sent")]
    pub cover_image: Option<Option<String>>,
}

impl PostPatch {
    /// The whole of a stored post with these fields changed.
    pub(super) fn of(self, stored: &posts::Model) -> PostInput {
        PostInput {
            title: self.title.unwrap_or_else(|| stored.title.clone()),
            content: self.content.unwrap_or_else(|| stored.content.clone()),
            slug: self.slug.or_else(|| Some(stored.slug.clone())),
            excerpt: self.excerpt.unwrap_or_else(|| stored.excerpt.clone()),
            category_id: self
                .category_id
                .unwrap_or_else(|| stored.category_id.clone()),
            tag_ids: self.tag_ids.unwrap_or_else(|| Some(tags(&stored.tag_ids))),
            status: self.status.or_else(|| Some(stored.status.clone())),
            cover_image: self
                .cover_image
                .unwrap_or_else(|| stored.cover_image.clone()),
        }
    }
}

/// A field that is there, `null` included where the field's own type takes it.
pub(crate) fn sent<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
