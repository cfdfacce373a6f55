//! The record of which plugins changed what somebody wrote.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One write of a record in which plugins had a part. Written with the record and deleted with it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provenance")]
pub struct Model {
    /// The order of the writes.
    #[sea_orm(primary_key)]
    pub sequence: i64,
    /// The id of the post, the comment or the content.
    pub record_id: String,
    /// The filter that the plugins subscribe to.
    pub hook: String,
    /// The id of the user who wrote it; null for a visitor.
    pub written_by: Option<String>,
    /// When it was written.
    pub written_at: Timestamp,
    /// The plugins, as JSON: names of fields, never what is in them.
    pub steps: String,
}

/// Tables that this one refers to: posts, comments or contents, which share their ids among them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
