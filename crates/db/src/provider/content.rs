//! Posts, for `get-post`.

use async_trait::async_trait;
use raisfast_host_api::{
    ApiError,
    capability::{Content, FoundPost},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::failure;
use crate::{Database, entity::posts};

#[async_trait]
impl Content for Database {
    async fn post_by_slug(&self, slug: &str) -> Result<Option<FoundPost>, ApiError> {
        // No slug has it, and PostgreSQL fails to look for it.
        if slug.contains('\0') {
            return Ok(None);
        }
        let post = posts::Entity::find()
            .filter(posts::Column::Slug.eq(slug))
            .one(self.connection())
            .await
            .map_err(failure)?;
        Ok(post.map(|post| FoundPost {
            is_public: post.is_public(),
            post: post.into(),
        }))
    }
}
