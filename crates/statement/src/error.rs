//! Requests that no statement is written for.

use raisfast_contract::database::Error;

/// The reason why a request is not written as a statement, in words for the plugin's author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// The request is not valid for any table: a name, a condition, a bound.
    #[error("{0}")]
    Invalid(String),
    /// The table has a column of a type that does not take the value, or cannot be computed with.
    #[error("{0}")]
    Unfit(String),
}

impl From<StatementError> for Error {
    /// A value that does not fit is refused as a database would refuse it.
    fn from(error: StatementError) -> Self {
        match error {
            StatementError::Invalid(message) => Self::Invalid(message),
            StatementError::Unfit(message) => Self::Database(message),
        }
    }
}

pub(crate) fn invalid(message: impl Into<String>) -> StatementError {
    StatementError::Invalid(message.into())
}
