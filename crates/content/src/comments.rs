//! Comments on posts.

use raisfast_db::Database;
use raisfast_hooks::Bus;
use raisfast_types::CommentInput;
use serde::Serialize;

use crate::ContentError;

/// A comment as every reader may see it: without the visitor's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comment {
    /// A UUID.
    pub id: String,
    /// The post that it is on.
    pub post_id: String,
    /// The text.
    pub content: String,
    /// The visitor's name.
    pub nickname: Option<String>,
    /// The comment that this one answers.
    pub parent_id: Option<String>,
    /// When it was written, RFC 3339.
    pub created_at: String,
}

/// The comments of a site.
#[derive(Clone)]
pub struct Comments {
    database: Database,
    bus: Bus,
}

impl Comments {
    pub(crate) fn new(database: Database, bus: Bus) -> Self {
        Self { database, bus }
    }

    /// Stores a comment on a published post. Fires `on-comment-creating`, then `on-comment-created`.
    pub async fn create(&self, slug: &str, input: CommentInput) -> Result<Comment, ContentError> {
        unimplemented!("{slug} {input:?}")
    }

    /// The comments on a published post, the oldest first.
    pub async fn list(&self, slug: &str) -> Result<Vec<Comment>, ContentError> {
        unimplemented!("{slug}")
    }
}
