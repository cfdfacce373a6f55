//! Plugins' migrations that have run.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plugin_migrations")]
pub struct Model {
    /// The plugin's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub plugin_id: String,
    /// The file's name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub checksum: String,
    /// When it ran.
    pub ran_at: Timestamp,
    /// On MariaDB, as JSON, what is still to be done for it; null when nothing is.
    pub journal: Option<String>,
}

/// Tables that this one refers to: none. The tables outlive the plugin, so that a plugin can come
/// back.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
