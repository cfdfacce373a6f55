//! Plugins that a server does not call for a hook, because they have failed too often there.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One plugin, hook and server; a plugin without a row is called.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plugin_pauses")]
pub struct Model {
    /// The plugin.
    #[sea_orm(primary_key, auto_increment = false)]
    pub plugin_id: String,
    /// The hook.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hook: String,
    /// The id of the server; empty for one of the former version.
    #[sea_orm(primary_key, auto_increment = false)]
    pub node: String,
    /// SHA-256 of the manifest and the wasm that have failed, in lower-case hexadecimal.
    pub version: String,
    /// Failures in a row.
    pub failures: i64,
    /// When it was paused first.
    pub paused_since: Timestamp,
    /// When a call tries it.
    pub paused_until: Timestamp,
    /// The length of this pause, in milliseconds.
    pub pause_ms: i64,
    /// The reason for the last of the failures.
    pub reason: String,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
