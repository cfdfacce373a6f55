//! Users and their roles.

use raisfast_db::entity::users;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::{AccountError, Right};

/// A user who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// A UUID.
    pub id: String,
    /// The name to log in with.
    pub username: String,
    /// The role, which decides on the user's rights.
    pub role: Role,
}

impl User {
    /// Returns whether the user may do everything.
    pub fn is_admin(&self) -> bool {
        self.may_everywhere(Right::Administer)
    }
}

impl TryFrom<users::Model> for User {
    type Error = AccountError;

    fn try_from(row: users::Model) -> Result<Self, AccountError> {
        let role = row.role.parse().map_err(|_| {
            AccountError::Internal(format!(
                "the account {} has the role `{}`; it must be `author`, `editor` or `admin`",
                row.username, row.role
            ))
        })?;
        Ok(Self {
            id: row.id,
            username: row.username,
            role,
        })
    }
}

/// A set of rights. [`Right`] has the table.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Role {
    /// Writes posts and typed content, and changes their own.
    Author,
    /// Changes everybody's posts and typed content, and moderates comments.
    Editor,
    /// Does everything.
    Admin,
}

impl Role {
    /// Every role, the one with the fewest rights first.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// Returns the word that stands for it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
