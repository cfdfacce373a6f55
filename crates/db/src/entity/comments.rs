//! Comments on posts.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One comment.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "comments")]
pub struct Model {
    /// A UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The post that it is on.
    pub post_id: String,
    /// The text.
    pub content: String,
    /// The visitor's name.
    pub nickname: Option<String>,
    /// The visitor's address; never shown to other visitors.
    pub email: Option<String>,
    /// The comment that this one answers, on the same post.
    pub parent_id: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// `pending`, `approved` or `spam`.
    pub status: String,
}

/// The status of comments that everybody may read.
pub const APPROVED: &str = "approved";

/// Tables that this one refers to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The post that it is on.
    #[sea_orm(
        belongs_to = "super::posts::Entity",
        from = "Column::PostId",
        to = "super::posts::Column::Id",
        on_delete = "Cascade"
    )]
    Post,
}

impl Related<super::posts::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Post.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
