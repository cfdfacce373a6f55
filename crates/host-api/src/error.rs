//! The one error that crosses from a provider to a guest.

use raisfast_contract::database::Error;
use serde::Serialize;

/// The reason why a host function could not do what it was asked. A guest sees `{"error": message,
/// "code": code}` where the contract has room for it, and the function's failure value where it has
/// none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// A message with what was expected, what was found and what to do. Holds no secret and no path
    /// of the host.
    #[serde(rename = "error")]
    pub message: String,
    /// The kind, for programs.
    pub code: ErrorCode,
}

/// The kinds of [`ApiError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The manifest does not grant it.
    Denied,
    /// The arguments are not what the function takes.
    InvalidArgument,
    /// The database refused the statement.
    Sql,
    /// A uniqueness, foreign key or check constraint.
    Constraint,
    /// The database is locked by somebody else; trying again may help.
    Busy,
    /// No transaction is open, or one already is.
    Transaction,
    /// The plugin is at a limit of its own.
    Quota,
    /// The answer is larger than a plugin may receive.
    TooLarge,
    /// It is not there.
    NotFound,
    /// The other side did not answer, or not in time.
    Unreachable,
    /// The host's own fault; its log has the details.
    Internal,
}

impl ApiError {
    /// An error with a message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code,
        }
    }
}

impl From<ApiError> for Error {
    /// The case of `interface database` that a guest decides on.
    fn from(error: ApiError) -> Self {
        let case = match error.code {
            ErrorCode::Denied => Self::Denied,
            ErrorCode::InvalidArgument => Self::Invalid,
            ErrorCode::Sql => Self::Database,
            ErrorCode::Constraint => Self::Constraint,
            ErrorCode::Busy => Self::Busy,
            ErrorCode::Quota | ErrorCode::TooLarge => Self::Limit,
            ErrorCode::Transaction
            | ErrorCode::NotFound
            | ErrorCode::Unreachable
            | ErrorCode::Internal => Self::Internal,
        };
        case(error.message)
    }
}
