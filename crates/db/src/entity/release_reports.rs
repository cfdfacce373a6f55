//! The state of each plugin's release on each server.

use sea_orm::entity::prelude::*;

/// A server's report on the desired release.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "release_reports")]
pub struct Model {
    /// The plugin's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub plugin_id: String,
    /// The server's id among the site's servers.
    #[sea_orm(primary_key, auto_increment = false)]
    pub node_id: String,
    /// The revision of the desired release that it has taken.
    pub revision: i64,
    /// The reason why the release does not serve there, if it does not.
    pub problem: Option<String>,
    /// When it said so.
    pub reported_at: crate::Timestamp,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
