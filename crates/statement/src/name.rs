//! Names of tables and columns.

use std::fmt;

use raisfast_sql_gate::Dialect;

use crate::{StatementError, error::invalid};

/// Bytes of a name. PostgreSQL silently cuts a longer one.
const MAX_BYTES: usize = 63;

/// A checked name in the database's quotes.
///
/// Upper case is left out because databases do not agree on it, and everything else so that a name
/// needs no escaping anywhere.
pub(crate) struct Quoted {
    name: String,
    quote: char,
}

/// Returns true if a table or column can be called so.
pub fn is_name(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c == '_';
    name.len() <= MAX_BYTES
        && name.starts_with(letter)
        && name.chars().all(|c| letter(c) || c.is_ascii_digit())
}

impl Quoted {
    pub(crate) fn new(dialect: Dialect, name: &str) -> Result<Self, StatementError> {
        if !is_name(name) {
            let shown: String = name.chars().take(80).collect();
            return Err(invalid(format!(
                "{shown:?} is not a valid name of a table or column here: 1 to {MAX_BYTES} lower-case letters, digits and `_`, \
                 not beginning with a digit; for other names there are db-query and db-execute"
            )));
        }
        Ok(Self {
            name: name.to_owned(),
            quote: match dialect {
                // SQLite takes a name in double quotes that no column has for a text.
                Dialect::Sqlite | Dialect::Mysql => '`',
                Dialect::Postgres => '"',
            },
        })
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, quote } = self;
        write!(f, "{quote}{name}{quote}")
    }
}
