//! The functions that scripts call: those of the global object [`HOST`] and of the module [`SDK`].
//!
//! Those of the global object take and return JSON text, and say in it what went wrong. Those of
//! the module take and return values, and fail.

mod arguments;
mod global;
mod module;

use self::arguments::Arguments;
use crate::{Host, Value, json};

pub use global::HOST;
pub use module::SDK;

/// A function that a script can call.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// The name in scripts.
    pub name: &'static str,
    /// The names of its parameters; later ones may be left out where their function says so.
    pub parameters: &'static [&'static str],
    call: fn(&dyn Host, Arguments) -> Result<Value, String>,
}

/// The reason why a function did nothing, with the function's name before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{function}: {message}")]
pub struct Error {
    /// The name of the function.
    pub function: &'static str,
    /// The reason.
    pub message: String,
}

impl Function {
    /// Calls the function. Arguments beyond its parameters are ignored, and those that are left out
    /// are nothing.
    pub fn call(&self, host: &dyn Host, arguments: Vec<Value>) -> Result<Value, Error> {
        let arguments = Arguments::new(arguments, self.parameters);
        (self.call)(host, arguments).map_err(|message| Error {
            function: self.name,
            message,
        })
    }
}

/// Returns the function of a list that has this name.
pub fn find(list: &'static [Function], name: &str) -> Option<&'static Function> {
    list.iter().find(|function| function.name == name)
}

/// The error that a function of the host has returned as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostError {
    pub(crate) message: String,
    pub(crate) code: String,
}

/// Returns the value in the host's JSON, or the error that it is.
pub(crate) fn answered(text: &str) -> Result<Value, HostError> {
    let answer = json::read(text).map_err(|error| HostError {
        message: error.to_string(),
        code: "internal".into(),
    })?;
    let text_of = |name| answer.get(name).and_then(Value::as_text);
    match text_of("error") {
        Some(message) => Err(HostError {
            message: message.to_owned(),
            code: text_of("code").unwrap_or_default().to_owned(),
        }),
        None => Ok(answer),
    }
}
