//! The archives of releases, in pieces that every database takes in one statement.

use sea_orm::entity::prelude::*;

/// A piece of an archive.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "release_parts")]
pub struct Model {
    /// The release's digest.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    /// The number of the piece, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub part: i32,
    /// The bytes: 1 MiB, in the last part fewer.
    pub content: Vec<u8>,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
