//! Posts, for `get-post`.

use async_trait::async_trait;
use raisfast_contract::PostOutput;

use crate::ApiError;

/// The server's posts.
#[async_trait]
pub trait Content: Send + Sync {
    /// The post with this slug, whatever its status; the caller decides who may see it.
    async fn post_by_slug(&self, slug: &str) -> Result<Option<PostOutput>, ApiError>;
}
