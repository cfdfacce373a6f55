//! Versions of plugins that were installed.

use sea_orm::entity::prelude::*;

/// A release. It never changes, and stays when its files are dropped: a folder that holds an old
/// one is known by it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "releases")]
pub struct Model {
    /// The SHA-256 of its archive, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    /// The plugin's id.
    pub plugin_id: String,
    /// The version, as its manifest says.
    pub version: String,
    /// Bytes of its archive.
    pub bytes: i64,
    /// When it was installed last.
    pub installed_at: crate::Timestamp,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
