//! The latest events of plugins and of their breakers, from all servers of the site.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One event. The newest row stays, however old: the next one is numbered after it. The first one
/// comes after a row 0 that is not an event.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// The number. Events that were lost before they could be written have one, too.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Bytes of all events up to this one.
    pub bytes_so_far: i64,
    /// When, by the database's clock.
    pub written_at: Timestamp,
    /// The server on which it happened.
    pub node: String,
    /// The name in the stream: `plugin` or `breaker`.
    pub name: String,
    /// JSON.
    pub body: String,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
