//! Requests without SQL, written as SQL.
//!
//! A plugin that asks `interface database` names a table, columns, a filter. Each request becomes
//! one [`Statement`] of the database's dialect: [`insert`], [`select`], [`update`], [`delete`],
//! [`count`], [`sum`], [`group`] and [`increment`].
//!
//! Everything that a guest names is checked to be a name and quoted; everything else that it sends
//! becomes a parameter, of the type that its column is declared with. So no text of a guest is ever
//! read as SQL. The gate reads the statement all the same: it tells the tables, and stands behind
//! this crate should it have a hole.
//!
//! This crate does not know who may touch a table, and it runs nothing.
//!
//! ```
//! use raisfast_contract::database::{Comparison, Condition, Filter, Operator, Value};
//! use raisfast_sql_gate::Dialect;
//! use raisfast_statement::{Columns, Scalar, Target, count};
//!
//! let columns = Columns::default();
//! let target = Target { dialect: Dialect::Postgres, columns: &columns };
//! let cheap = Filter::Matching(vec![Condition::Compare(Comparison {
//!     column: "price".to_owned(),
//!     operator: Operator::Less,
//!     value: Value::Integer(10),
//! })]);
//! let statement = count(target, "articles", cheap)?;
//! assert_eq!(
//!     statement.sql,
//!     "SELECT COUNT(*) AS counted FROM \"articles\" WHERE (\"price\" < ?)"
//! );
//! assert_eq!(statement.params, [Scalar::Integer(10)]);
//! assert!(count(target, "articles; --", Filter::All).is_err());
//! # Ok::<(), raisfast_statement::StatementError>(())
//! ```

mod column;
mod condition;
mod error;
mod increment;
mod name;
mod number;
mod requests;
mod scalar;
mod time;
mod value;
mod writer;

pub use column::{ColumnType, Columns, Digits};
pub use error::StatementError;
pub use increment::increment;
pub use name::is_name;
use raisfast_sql_gate::Dialect;
pub use requests::{count, delete, group, insert, select, sum, update};
pub use scalar::Scalar;
pub use value::shown;

/// The database for which statements are written, and the columns of the table that is meant.
#[derive(Debug, Clone, Copy)]
pub struct Target<'c> {
    /// The database's dialect.
    pub dialect: Dialect,
    /// The columns; a value for one that is not among them is left to the database.
    pub columns: &'c Columns,
}

/// A statement as an author could have written it, with `?` for each parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The text.
    pub sql: String,
    /// The parameters, in the order of their placeholders.
    pub params: Vec<Scalar>,
}
