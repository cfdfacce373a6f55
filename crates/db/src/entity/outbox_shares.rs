//! The shares that nodes have of the room for a plugin's deliveries.

use sea_orm::entity::prelude::*;

/// The shares of one plugin's room. Whoever changes one, holds the row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox_shares")]
pub struct Model {
    /// The plugin's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub plugin_id: String,
    /// The room that each node may still fill: a JSON object by the nodes' ids.
    pub shares: String,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
