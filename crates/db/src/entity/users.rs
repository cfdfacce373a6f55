//! Accounts.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// A UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The name to log in with.
    #[sea_orm(unique)]
    pub username: String,
    /// The argon2id hash, in PHC form.
    pub password_hash: String,
    /// `author`, `editor` or `admin`.
    pub role: String,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Since when nobody can log in to it.
    pub disabled_at: Option<Timestamp>,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
