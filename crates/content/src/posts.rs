//! Posts.

use raisfast_db::Database;
use raisfast_hooks::Bus;
use raisfast_types::{PostInput, PostOutput};
use serde::Serialize;

use crate::{ContentError, Listing, User};

/// A published post, ready to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PostPage {
    /// The post.
    #[serde(flatten)]
    pub post: PostOutput,
    /// The content as HTML.
    pub html: String,
}

/// The posts of a site.
#[derive(Clone)]
pub struct Posts {
    database: Database,
    bus: Bus,
}

impl Posts {
    pub(crate) fn new(database: Database, bus: Bus) -> Self {
        Self { database, bus }
    }

    /// Stores a new post. Fires `on-post-creating`, then `on-post-created`.
    pub async fn create(&self, user: &User, input: PostInput) -> Result<PostOutput, ContentError> {
        unimplemented!("{user:?} {input:?}")
    }

    /// Replaces a post. Fires `on-post-updating`, then `on-post-updated`.
    pub async fn update(
        &self,
        user: &User,
        id: &str,
        input: PostInput,
    ) -> Result<PostOutput, ContentError> {
        unimplemented!("{user:?} {id} {input:?}")
    }

    /// Deletes a post and its comments. Fires `on-post-deleted`.
    pub async fn delete(&self, user: &User, id: &str) -> Result<(), ContentError> {
        unimplemented!("{user:?} {id}")
    }

    /// A published post as a page; counts a view. Fires `render-markdown`, then `filter-html`.
    pub async fn read(&self, slug: &str) -> Result<PostPage, ContentError> {
        unimplemented!("{slug}")
    }

    /// Published posts, the last published first; `limit` is 1 to 100.
    pub async fn list(
        &self,
        cursor: Option<&str>,
        limit: u64,
    ) -> Result<Listing<PostOutput>, ContentError> {
        unimplemented!("{cursor:?} {limit}")
    }
}
