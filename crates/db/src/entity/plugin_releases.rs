//! The release of each plugin that every server of the site runs.

use sea_orm::entity::prelude::*;

/// The desired release of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plugin_releases")]
pub struct Model {
    /// The plugin's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub plugin_id: String,
    /// The release's digest; absent where the plugin was removed.
    pub digest: Option<String>,
    /// Counts the changes of this row, from 1.
    pub revision: i64,
    /// When it was changed last.
    pub changed_at: crate::Timestamp,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
