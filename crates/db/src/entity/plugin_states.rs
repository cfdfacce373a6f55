//! The operator's decision about each plugin.

use sea_orm::entity::prelude::*;

/// One plugin; a plugin without a row is enabled.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plugin_states")]
pub struct Model {
    /// The plugin.
    #[sea_orm(primary_key, auto_increment = false)]
    pub plugin_id: String,
    /// True if it may run.
    pub enabled: bool,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
