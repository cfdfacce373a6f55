//! Users and their roles.

use raisfast_db::entity::users;
use serde::{Deserialize, Serialize};

use crate::AccountError;

/// A user who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// A UUID.
    pub id: String,
    /// The name to log in with.
    pub username: String,
    /// The rights of the user.
    pub role: Role,
}

impl User {
    /// Returns whether the user may do everything.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    /// Returns whether the user may change what the author has written.
    pub fn may_change_of(&self, author: &str) -> bool {
        self.id == author || self.is_admin()
    }
}

impl TryFrom<users::Model> for User {
    type Error = AccountError;

    fn try_from(row: users::Model) -> Result<Self, AccountError> {
        let role = Role::parse(&row.role).ok_or_else(|| {
            AccountError::Internal(format!(
                "the account {} has the role `{}`; it must be `admin` or `author`",
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

/// The rights of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Admin,
    /// Writes posts and content, and changes their own.
    Author,
}

impl Role {
    fn parse(word: &str) -> Option<Self> {
        [Self::Admin, Self::Author]
            .into_iter()
            .find(|role| role.as_str() == word)
    }

    /// Returns the word that stands for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Author => "author",
        }
    }
}
