//! Counts of failed logins, in a table of a fixed number of places.

use sea_orm::entity::prelude::*;

/// One count.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_counts")]
pub struct Model {
    /// The place of the count. Those below zero hold the secret by which places are found.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i64,
    /// When the count will be back at zero: milliseconds since 1970 by the database's clock.
    pub empty_at: i64,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
