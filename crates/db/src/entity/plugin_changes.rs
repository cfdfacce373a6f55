//! The number of times that administrators have changed each plugin: its switch, its folder, its
//! settings, its breakers.

use sea_orm::entity::prelude::*;

/// One plugin; a plugin without a row was never changed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plugin_changes")]
pub struct Model {
    /// The plugin.
    #[sea_orm(primary_key, auto_increment = false)]
    pub plugin_id: String,
    /// Counts up with each change, in the transaction of the change.
    pub revision: i64,
    /// The revision of the last change that was a reset of the breakers; 0 if none was.
    pub reset_revision: i64,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
