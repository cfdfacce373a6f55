//! `get-post` of `interface host-api`.

use raisfast_contract::grant::Access;

use super::FoundPost;
use crate::Session;

impl Session {
    /// `get-post`
    pub async fn get_post(&self, slug: &str) -> Option<String> {
        let post = self.plugin.capabilities.content.post_by_slug(slug).await;
        let FoundPost { post, is_public } = self.logged("get-post", post).flatten()?;
        let readable = is_public || self.plugin.grants.allows_table(Access::Read, "posts");
        if !readable {
            self.report_denial(
                "get-post of an unpublished post",
                "[permissions]: database = [\"read:posts\"]",
            );
            return None;
        }
        serde_json::to_string(&post).ok()
    }
}
