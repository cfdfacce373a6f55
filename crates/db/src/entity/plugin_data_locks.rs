//! Rows that a writer of a plugin's key-value store holds while it counts and writes.
//!
//! PostgreSQL and MariaDB let writers run side by side, and two of them could both find the last
//! free place. Rows of a table, rather than locks with a name: a transaction that ends, however it
//! ends, lets go of them.

use sea_orm::entity::prelude::*;

/// The number of rows. Plugins that share one wait for each other, for a moment.
pub const ROWS: i16 = 64;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plugin_data_locks")]
pub struct Model {
    /// From 0 to [`ROWS`] - 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
