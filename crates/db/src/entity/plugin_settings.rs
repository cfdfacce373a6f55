//! The values of plugins' settings that were set while the server ran.

use sea_orm::entity::prelude::*;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plugin_settings")]
pub struct Model {
    /// The plugin's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub plugin_id: String,
    /// The setting's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub setting: String,
    /// The value; of a secret, what it was sealed to.
    pub value: String,
    /// The id of the key that seals it; absent where it is not a secret.
    pub key_id: Option<String>,
    /// When it was set last.
    pub updated_at: crate::Timestamp,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
