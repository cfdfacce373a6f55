//! The row that a server holds while it joins the others, so that they join one after the other.

use sea_orm::entity::prelude::*;

/// The only row there is.
pub const ROW: i16 = 0;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "node_locks")]
pub struct Model {
    /// [`ROW`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
