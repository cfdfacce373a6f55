//! JSON, with each digit of its numbers.
//!
//! A whole number that needs more than 64 bits is a [decimal](crate::Value::Decimal). Bytes
//! are written as base64, decimals as texts, and floats that JSON does not have as their names, as
//! `db-query` of the host does.

mod read;
mod write;

pub use read::{Error, read};
pub use write::{write, write_text};

/// The most lists and objects within each other.
pub const MAX_DEPTH: usize = 128;
