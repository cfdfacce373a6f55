//! The files of each plugin, counted for all servers of the site together.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// The count of one plugin, and the server that changes its files now.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plugin_files")]
pub struct Model {
    /// The plugin.
    #[sea_orm(primary_key, auto_increment = false)]
    pub plugin_id: String,
    /// The number of files; none while they have to be counted in the storage.
    pub files: Option<i64>,
    /// Their bytes; none as above.
    pub bytes: Option<i64>,
    /// The number of changes that ended after their server had lost its turn.
    pub disturbances: i64,
    /// The id of the server whose turn it is. It counts as long as that server's lease.
    pub held_by: Option<String>,
    /// The id of a server that waits for its turn, and comes next.
    pub wanted_by: Option<String>,
    /// When it no longer does, by the database's clock, unless it says so again.
    pub wanted_until: Option<Timestamp>,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
