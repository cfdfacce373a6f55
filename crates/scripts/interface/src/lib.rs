//! The interface that script plugins have, for interpreters of any language.
//!
//! An interpreter converts its language's values to [`Value`] and back, binds the functions of
//! [`functions`] under their names, and hands what a handler returns to [`records`]. Which engine
//! it is, and how it raises an error, this crate does not know. [`Host`] stands between the
//! functions and the server, so that tests can stand in for it.
//!
//! ```
//! use raisfast_script_interface::{Value, json, records};
//!
//! let refusal = r#"{"__plugin_error": true, "__status": 409, "__message": "taken"}"#;
//! let returned = json::read(refusal)?;
//! assert_eq!(records::refusal(&returned), Some((409, "taken".to_owned())));
//! assert_eq!(Value::from(9_007_199_254_740_993_i64).to_string(), "9007199254740993");
//! # Ok::<(), json::Error>(())
//! ```

pub mod database;
pub mod functions;
pub mod handlers;
pub mod host;
pub mod json;
mod reason;
pub mod records;
pub mod script;
#[cfg(any(test, feature = "stand-in"))]
pub mod stand_in;
mod value;

pub use host::Host;
pub use reason::Reason;
pub use value::{Object, Value};
