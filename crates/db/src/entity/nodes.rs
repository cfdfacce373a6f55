//! The servers of one site, each with its lease.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A server, from one lease that it has begun to its end.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "nodes")]
pub struct Model {
    /// The UUID of the node.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The name that the operator or the machine has given it.
    pub name: String,
    /// The address at which it listens.
    pub address: String,
    /// The version of its program.
    pub version: String,
    /// The place of plugins' files: `local` or `shared`.
    pub files: String,
    /// When it joined, by the database's clock.
    pub started_at: Timestamp,
    /// When its lease ends, by the database's clock.
    pub alive_until: Timestamp,
}

/// Tables that this one refers to: none. What names a node outlives it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
