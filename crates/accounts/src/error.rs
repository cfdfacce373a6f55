//! Reasons why an account or a login is refused.

use std::fmt;

use raisfast_db::DbError;
use raisfast_outbox::{OutboxError, OutboxFull};

/// A reason why an operation on accounts was refused or failed. Nothing has been stored then.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The name or the password of a new account breaks rules; all of them are listed.
    #[error("the account is not valid: {}", listed(.0))]
    Invalid(Vec<InvalidField>),
    /// There is no such account.
    #[error("there is no account with this name")]
    NotFound,
    /// The user's name, password or token is not right; which of them is not said.
    #[error("the username or password is not right")]
    Unauthenticated,
    /// The user may not do this.
    #[error("only an admin may do this")]
    Forbidden,
    /// The name and the password are right, and an admin has disabled the account.
    #[error("this account is disabled: an admin can enable it")]
    Disabled,
    /// Nobody would be left who could undo it.
    #[error("nobody can disable, demote or remove the own account: another admin can")]
    OwnAccount,
    /// The site would have no admin who can log in.
    #[error("this is the last admin who can log in: make another one first")]
    LastAdmin,
    /// More passwords wait to be checked than can be in a moment.
    #[error("too many passwords are being checked")]
    Busy,
    /// A plugin that is to be notified of logins has no room left for them.
    #[error(transparent)]
    OutboxFull(#[from] OutboxFull),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The server's own fault.
    #[error("{0}")]
    Internal(String),
}

impl AccountError {
    /// Returns whether a password was wrong, so that trying others has to be slow.
    pub fn is_failed_guess(&self) -> bool {
        match self {
            Self::Unauthenticated => true,
            Self::Invalid(fields) => fields.iter().any(|broken| broken.field == CURRENT_PASSWORD),
            _ => false,
        }
    }
}

/// The field with the password that a user has, where it is to be changed.
pub(crate) const CURRENT_PASSWORD: &str = "current_password";
/// The field with the password that a user gets.
pub(crate) const NEW_PASSWORD: &str = "new_password";

impl From<sea_orm::DbErr> for AccountError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Database(error.into())
    }
}

impl From<OutboxError> for AccountError {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::Full(full) => Self::OutboxFull(full),
            OutboxError::Database(error) => Self::Database(error),
            error => Self::Internal(error.to_string()),
        }
    }
}

/// One rule that a new account breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidField {
    /// The name of the field: `username`, `password`, `current_password`, `new_password`.
    pub field: &'static str,
    /// A sentence about what was expected and what was found.
    pub message: String,
}

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// The errors on one line.
fn listed(errors: &[InvalidField]) -> String {
    let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
    errors.join("; ")
}
