//! What plugins have to be told of committed changes.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One action for one plugin. It is written with the change and deleted when the plugin has answered.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// A plugin hears of one record's changes in this order.
    #[sea_orm(primary_key)]
    pub sequence: i64,
    /// A UUID that the plugin is told.
    pub delivery_id: String,
    /// Who is to be told.
    pub plugin_id: String,
    /// What is called.
    pub hook: String,
    /// `post`, `comment`, `content` or `user`.
    pub record_kind: String,
    /// The id of what was changed.
    pub record_id: String,
    /// What the hook is called with: a JSON list with one item a parameter.
    pub params: String,
    /// When the change was made.
    pub created_at: Timestamp,
    /// How often it was tried.
    pub attempts: i32,
    /// From when on it may be tried.
    pub next_attempt_at: Timestamp,
    /// `waiting` or `dead`.
    pub state: String,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

/// Tables that this one refers to: none. A row outlives the record that it is about.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
