//! Typed content.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One record of some type.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contents")]
pub struct Model {
    /// A UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The type's name.
    pub content_type: String,
    /// A JSON object, as text.
    pub data: String,
    /// The id of the user who wrote it.
    pub created_by: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// Tables that this one refers to: none. A record outlives its author's account.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
