//! The functions that scripts call: those of the global object [`HOST`] and of the module [`SDK`].
//!
//! Those of the global object take and return JSON text, and say in it what went wrong. Those of
//! the module take and return values, and fail.

mod arguments;
mod calls;
mod global;
mod module;

use self::arguments::Arguments;
use crate::{Host, Reason, Value, json};

pub use global::HOST;
pub use module::SDK;

/// A function that a script can call.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// The name in scripts.
    pub name: &'static str,
    /// The names of its parameters; later ones may be left out where their function says so.
    pub parameters: &'static [&'static str],
    call: fn(&dyn Host, Arguments) -> Called,
}

/// The answer of a function, or the reason why it did nothing.
type Called = Result<Value, Reason>;

/// The reason why a function did nothing, with the function's name before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{function}: {message}")]
pub struct Error {
    /// The name of the function.
    pub function: &'static str,
    /// The reason.
    pub message: String,
    /// The contract's name for the reason, such as `constraint`, where it has one.
    pub code: Option<String>,
}

impl Function {
    /// Calls the function. Arguments beyond its parameters are ignored, and those that are left out
    /// are nothing.
    pub fn call(&self, host: &dyn Host, arguments: Vec<Value>) -> Result<Value, Error> {
        let arguments = Arguments::new(arguments, self.parameters);
        (self.call)(host, arguments).map_err(|Reason { message, code }| Error {
            function: self.name,
            message,
            code,
        })
    }
}

/// Returns the function of a list that has this name.
pub fn find(list: &'static [Function], name: &str) -> Option<&'static Function> {
    list.iter().find(|function| function.name == name)
}

/// Returns the value in the host's JSON, or the error that it is.
pub(crate) fn answered(text: &str) -> Result<Value, Reason> {
    let answer = json::read(text).map_err(|error| Reason::named("internal", error.to_string()))?;
    let text_of = |name| answer.get(name).and_then(Value::as_text);
    match text_of("error") {
        Some(message) => Err(Reason::named(text_of("code").unwrap_or_default(), message)),
        None => Ok(answer),
    }
}
