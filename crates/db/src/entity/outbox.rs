//! Deliveries of committed changes to plugins.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One action for one plugin. It is written with the change and deleted when the plugin has
/// answered.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// The order in which a plugin is notified of one record's changes.
    #[sea_orm(primary_key)]
    pub sequence: i64,
    /// The UUID of the delivery, which the plugin sees.
    pub delivery_id: String,
    /// The plugin's id.
    pub plugin_id: String,
    /// The hook that is called.
    pub hook: String,
    /// `post`, `comment`, `content` or `user`.
    pub record_kind: String,
    /// The id of what was changed.
    pub record_id: String,
    /// The parameters of the call: a JSON list with one item each.
    pub params: String,
    /// When the change was made.
    pub created_at: Timestamp,
    /// The number of attempts so far.
    pub attempts: i32,
    /// From when on it may be tried.
    pub next_attempt_at: Timestamp,
    /// `waiting` or `dead`.
    pub state: String,
    /// The reason for which the last attempt failed.
    pub last_error: Option<String>,
    /// The span in which the change was made, as W3C's `traceparent`, if it is in a trace.
    pub traceparent: Option<String>,
    /// The id of the node that delivers it, which counts while the node's lease does. `None` where
    /// no node has taken it, and where one server has the database for itself.
    pub claimed_by: Option<String>,
}

/// Tables that this one refers to: none. A row outlives the record that it is about.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
