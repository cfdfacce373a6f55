//! The plugins' key-value stores.

use sea_orm::entity::prelude::*;

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plugin_data")]
pub struct Model {
    /// The plugin's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub plugin_id: String,
    /// The key, unique within the plugin.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The value.
    pub value: String,
}

/// Tables that this one refers to: none. Data outlives the plugin, so that a plugin can come back.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
