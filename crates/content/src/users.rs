//! Accounts and logins.

use std::fmt;

use raisfast_db::Database;
use raisfast_hooks::Bus;
use serde::{Deserialize, Serialize};

use crate::ContentError;

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// A UUID.
    pub id: String,
    /// The name to log in with.
    pub username: String,
    /// What the user may do.
    pub role: Role,
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Admin,
    /// Writes posts and content, and changes their own.
    Author,
}

/// A login that succeeded.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Login {
    /// The bearer token; the only time that anybody sees it.
    pub token: String,
    /// Whose login it is.
    pub user: User,
    /// From when on the token is refused, RFC 3339.
    pub expires_at: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Accounts and logins of a site.
#[derive(Clone)]
pub struct Users {
    database: Database,
    bus: Bus,
}

impl Users {
    pub(crate) fn new(database: Database, bus: Bus) -> Self {
        Self { database, bus }
    }

    /// Makes the account `admin` where there is none: at the first start. Answers the password when it had
    /// to make one up; it is in no log and cannot be asked for again.
    pub async fn ensure_admin(
        &self,
        password: Option<&str>,
    ) -> Result<Option<String>, ContentError> {
        unimplemented!("{password:?}")
    }

    /// Makes an account; only an admin may.
    pub async fn create(
        &self,
        user: &User,
        username: &str,
        password: &str,
        role: Role,
    ) -> Result<User, ContentError> {
        unimplemented!("{user:?} {username} {password} {role:?}")
    }

    /// Logs in: a new token for the right name and password. Fires `on-login`.
    pub async fn login(&self, username: &str, password: &str) -> Result<Login, ContentError> {
        unimplemented!("{username} {password}")
    }

    /// Whose token this is; `None` where it is nobody's or has expired.
    pub async fn authenticate(&self, token: &str) -> Result<Option<User>, ContentError> {
        unimplemented!("{token}")
    }

    /// Forgets a token; a token that is not there is forgotten already.
    pub async fn logout(&self, token: &str) -> Result<(), ContentError> {
        unimplemented!("{token}")
    }
}
