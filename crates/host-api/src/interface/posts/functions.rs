//! `get-post` of `interface host-api`.

use raisfast_contract::grant::Access;

use crate::Session;

impl Session {
    /// `get-post`
    pub async fn get_post(&self, slug: &str) -> Option<String> {
        let post = self.plugin.capabilities.content.post_by_slug(slug).await;
        let post = self.logged("get-post", post).flatten()?;
        let readable =
            post.status == "published" || self.plugin.grants.allows_table(Access::Read, "posts");
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
