//! Posts, for `get-post`.

use async_trait::async_trait;
use raisfast_contract::PostOutput;

use crate::ApiError;

/// A post that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPost {
    /// The post.
    pub post: PostOutput,
    /// True if everybody may read it.
    pub is_public: bool,
}

/// The server's posts.
#[async_trait]
pub trait Content: Send + Sync {
    /// The post with this slug, public or not; the caller decides who may see it.
    async fn post_by_slug(&self, slug: &str) -> Result<Option<FoundPost>, ApiError>;
}
