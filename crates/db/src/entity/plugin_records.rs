//! The latest records of each plugin's log.

use sea_orm::entity::prelude::*;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plugin_records")]
pub struct Model {
    /// Counts up.
    #[sea_orm(primary_key)]
    pub sequence: i64,
    /// The plugin's id.
    pub plugin_id: String,
    /// In which hook; absent outside of hooks.
    pub hook: Option<String>,
    /// `trace`, `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// The text.
    pub message: String,
    /// Bytes of the text.
    pub bytes: i64,
    /// When, RFC 3339 with milliseconds.
    pub written_at: String,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
