//! The answer of a host function, as an event reports it.

use raisfast_plugin::{database, exports::raisfast::plugin_wit::plugin_hooks::ContentEvent, http};

/// The answer of a host function.
pub enum Answer {
    Nothing,
    None,
    Value(String),
    Error {
        case: &'static str,
        message: String,
    },
    /// Rust on `wasm32-unknown-unknown` has no such thing.
    Unsupported,
}

impl From<()> for Answer {
    fn from((): ()) -> Self {
        Self::Nothing
    }
}

impl From<String> for Answer {
    fn from(value: String) -> Self {
        Self::Value(value)
    }
}

impl From<bool> for Answer {
    fn from(value: bool) -> Self {
        Self::Value(value.to_string())
    }
}

impl From<u64> for Answer {
    fn from(value: u64) -> Self {
        Self::Value(value.to_string())
    }
}

impl<T: Into<Answer>> From<Option<T>> for Answer {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

impl<T: Into<Answer>, E: Into<Answer>> From<Result<T, E>> for Answer {
    fn from(result: Result<T, E>) -> Self {
        result.map_or_else(Into::into, Into::into)
    }
}

impl From<database::Error> for Answer {
    fn from(error: database::Error) -> Self {
        use database::Error;

        let (case, message) = match error {
            Error::Denied(message) => ("denied", message),
            Error::Invalid(message) => ("invalid", message),
            Error::Constraint(message) => ("constraint", message),
            Error::Busy(message) => ("busy", message),
            Error::Limit(message) => ("limit", message),
            Error::Database(message) => ("database", message),
            Error::Internal(message) => ("internal", message),
        };
        Self::Error { case, message }
    }
}

impl From<http::Error> for Answer {
    fn from(error: http::Error) -> Self {
        use http::Error;

        let (case, message) = match error {
            Error::Denied(message) => ("denied", message),
            Error::Invalid(message) => ("invalid", message),
            Error::Address(message) => ("address", message),
            Error::Limit(message) => ("limit", message),
            Error::TooLarge(message) => ("too-large", message),
            Error::Redirect(message) => ("redirect", message),
            Error::Timeout(message) => ("timeout", message),
            Error::Connection(message) => ("connection", message),
        };
        Self::Error { case, message }
    }
}

impl From<Answer> for ContentEvent {
    fn from(answer: Answer) -> Self {
        let (content_type, data) = match answer {
            Answer::Nothing => ("nothing", String::new()),
            Answer::None => ("none", String::new()),
            Answer::Value(value) => ("value", value),
            Answer::Error { case, message } => ("error", format!("{case}: {message}")),
            Answer::Unsupported => ("unsupported", String::new()),
        };
        Self {
            content_type: content_type.to_owned(),
            data,
            id: None,
        }
    }
}
