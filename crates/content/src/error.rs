//! The reasons why an operation was refused or failed.

use std::fmt;

use raisfast_db::DbError;
use raisfast_hooks::Aborted;
use raisfast_outbox::{OutboxError, OutboxFull};
use serde::Serialize;

/// The reason why an operation was refused or failed. Nothing has been stored.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// The input breaks rules; all of them are listed.
    #[error("the input is not valid: {}", listed(.0))]
    Invalid(Vec<FieldError>),
    /// There is no such thing, or not for this reader.
    #[error("there is nothing with this name or id")]
    NotFound,
    /// The user may not do this.
    #[error("only its author may do this, or a user with more rights")]
    Forbidden,
    /// The user does not moderate comments.
    #[error("only an editor or an admin may do this")]
    NotAModerator,
    /// A post has as many comments as it may have.
    #[error("this post has {0} comments, and takes no more")]
    TooManyComments(u64),
    /// Others have changed the record again and again while it was to be patched.
    #[error("others keep changing this record")]
    Contended,
    /// A plugin whose manifest says `on_error = "abort"` failed in a filter.
    #[error(transparent)]
    Aborted(#[from] Aborted),
    /// A plugin has too many pending deliveries for another change; try again later.
    #[error(transparent)]
    OutboxFull(#[from] OutboxFull),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The server's own fault.
    #[error("{0}")]
    Internal(String),
}

impl ContentError {
    /// One field's error.
    pub(crate) fn invalid(pointer: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, message)])
    }
}

impl From<sea_orm::DbErr> for ContentError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Database(error.into())
    }
}

impl From<OutboxError> for ContentError {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::Full(full) => Self::OutboxFull(full),
            OutboxError::Database(error) => Self::Database(error),
            error => Self::Internal(error.to_string()),
        }
    }
}

/// One rule that the input breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// A JSON pointer into the input: `/title`, `/tag_ids/3`.
    pub pointer: String,
    /// The value that was expected and the one that was found.
    pub message: String,
}

impl FieldError {
    pub(crate) fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.message)
    }
}

/// The errors on one line.
pub(crate) fn listed(errors: &[FieldError]) -> String {
    errors
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
