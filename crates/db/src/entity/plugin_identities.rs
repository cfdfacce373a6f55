//! The owner of each plugin id.

use sea_orm::entity::prelude::*;

/// One plugin's id, and the folder that has it. It stays when the folder goes, as what the plugin
/// has stored does.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plugin_identities")]
pub struct Model {
    /// The plugin.
    #[sea_orm(primary_key, auto_increment = false)]
    pub plugin_id: String,
    /// The name of its folder in the directory of plugins.
    pub folder: String,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
