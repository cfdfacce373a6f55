//! The reason why a function did nothing.

/// The reason why a function did nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The cause and the advice, in words.
    pub message: String,
    /// The contract's name for the cause, such as `constraint`, so that a script can tell one from
    /// another; none where the call itself is wrong.
    pub code: Option<String>,
}

impl Reason {
    /// Returns a reason that has a name.
    pub(crate) fn named(code: &str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: Some(code.to_owned()).filter(|code| !code.is_empty()),
        }
    }
}

impl From<String> for Reason {
    fn from(message: String) -> Self {
        Self {
            message,
            code: None,
        }
    }
}

impl From<&str> for Reason {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}
