//! The types of `interface database` in `plugin-wit/plugin.wit`: same order, same names as Rust
//! writes them.
//!
//! They are what a guest has sent, as it has sent it: whether a name is one and a condition has a
//! meaning, the host API finds out.

use serde::{Deserialize, Serialize};
#[cfg(feature = "component")]
use wasmtime::component::{ComponentType, Lift, Lower};

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(variant))]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// No value.
    #[cfg_attr(feature = "component", component(name = "null"))]
    Null,
    /// True or false.
    #[cfg_attr(feature = "component", component(name = "boolean"))]
    Boolean(bool),
    /// A whole number.
    #[cfg_attr(feature = "component", component(name = "integer"))]
    Integer(i64),
    /// A number that is not exact.
    #[cfg_attr(feature = "component", component(name = "float"))]
    Float(f64),
    /// A decimal with every digit; also a whole number that needs more than 64 bits.
    #[cfg_attr(feature = "component", component(name = "decimal"))]
    Decimal(String),
    /// Text; also dates and times (RFC 3339), UUIDs, JSON.
    #[cfg_attr(feature = "component", component(name = "text"))]
    Text(String),
    /// Bytes.
    #[cfg_attr(feature = "component", component(name = "bytes"))]
    Bytes(#[serde(with = "crate::octets")] Vec<u8>),
}

/// A column and its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct Field {
    /// The column.
    pub name: String,
    /// The value of the column.
    pub value: Value,
}

/// The fields of one row, in the order of the columns.
pub type Row = Vec<Field>;

/// A comparison of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(enum))]
#[repr(u8)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// `=`
    #[cfg_attr(feature = "component", component(name = "equal"))]
    Equal,
    /// `<>`
    #[cfg_attr(feature = "component", component(name = "not-equal"))]
    NotEqual,
    /// `<`
    #[cfg_attr(feature = "component", component(name = "less"))]
    Less,
    /// `<=`
    #[cfg_attr(feature = "component", component(name = "less-or-equal"))]
    LessOrEqual,
    /// `>`
    #[cfg_attr(feature = "component", component(name = "greater"))]
    Greater,
    /// `>=`
    #[cfg_attr(feature = "component", component(name = "greater-or-equal"))]
    GreaterOrEqual,
}

/// A column against a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct Comparison {
    /// The column.
    pub column: String,
    /// The operator that compares them.
    pub operator: Operator,
    /// The value; not null.
    pub value: Value,
}

/// A column against a list of values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct Membership {
    /// The column.
    pub column: String,
    /// The values; none of them null.
    pub values: Vec<Value>,
}

/// A column against a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct Pattern {
    /// The column.
    pub column: String,
    /// `%` stands for any characters, `_` for one; `\` before one of the three takes its meaning
    /// away.
    pub pattern: String,
}

/// A column against two ends, which both belong to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct Span {
    /// The column.
    pub column: String,
    /// The least value.
    pub low: Value,
    /// The greatest value.
    pub high: Value,
}

/// A part of a condition. The parts of a list stand in postfix order, and one condition is left at
/// its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(variant))]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// A comparison.
    #[cfg_attr(feature = "component", component(name = "compare"))]
    Compare(Comparison),
    /// One of these values.
    #[cfg_attr(feature = "component", component(name = "in"))]
    In(Membership),
    /// Text of this form.
    #[cfg_attr(feature = "component", component(name = "like"))]
    Like(Pattern),
    /// A value from here to there.
    #[cfg_attr(feature = "component", component(name = "between"))]
    Between(Span),
    /// The column has no value.
    #[cfg_attr(feature = "component", component(name = "is-null"))]
    IsNull(String),
    /// Logical AND of the *n* conditions before it.
    #[cfg_attr(feature = "component", component(name = "and"))]
    And(u32),
    /// Logical OR of the *n* conditions before it.
    #[cfg_attr(feature = "component", component(name = "or"))]
    Or(u32),
    /// The opposite of the last condition before it.
    #[cfg_attr(feature = "component", component(name = "not"))]
    Not,
}

/// The rows that are meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(variant))]
#[serde(rename_all = "kebab-case")]
pub enum Filter {
    /// Every row.
    #[cfg_attr(feature = "component", component(name = "all"))]
    All,
    /// The rows for which the condition holds.
    #[cfg_attr(feature = "component", component(name = "matching"))]
    Matching(Vec<Condition>),
}

/// The end that comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(enum))]
#[repr(u8)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The least first.
    #[cfg_attr(feature = "component", component(name = "ascending"))]
    Ascending,
    /// The greatest first.
    #[cfg_attr(feature = "component", component(name = "descending"))]
    Descending,
}

/// By what rows are sorted. NULL comes before every value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct Order {
    /// The column.
    pub column: String,
    /// The end that comes first.
    pub direction: Direction,
}

/// The columns, the rows and their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct Query {
    /// The table.
    pub table: String,
    /// Empty for all columns.
    pub columns: Vec<String>,
    /// The rows.
    pub filter: Filter,
    /// The first one counts most.
    pub order: Vec<Order>,
    /// The most rows to return.
    pub limit: Option<u64>,
    /// Rows that are left out at the beginning.
    pub offset: u64,
}

/// The least and the most that an increment may lead to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct Bounds {
    /// The least, a number.
    pub min: Option<Value>,
    /// The most, a number.
    pub max: Option<Value>,
}

/// A number to add to a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct Addition {
    /// The table.
    pub table: String,
    /// The rows.
    pub filter: Filter,
    /// The column that is added to.
    pub column: String,
    /// A number, which may be negative.
    pub by: Value,
    /// A row that would leave them stays as it is.
    pub bounds: Bounds,
    /// Other columns that get a value along with it.
    pub set: Row,
}

/// A sum of each group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct Total {
    /// The column.
    pub column: String,
    /// The name of the sum in the answer.
    pub name: String,
}

/// Rows counted and summed by groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct Grouping {
    /// The table.
    pub table: String,
    /// The columns whose values make a group.
    pub columns: Vec<String>,
    /// The rows that are looked at.
    pub filter: Filter,
    /// The name of the number of rows in the answer, if it is wanted.
    pub count: Option<String>,
    /// The sums.
    pub sums: Vec<Total>,
    /// The groups that are returned: names of columns, of the count, of sums.
    pub having: Filter,
    /// The same names.
    pub order: Vec<Order>,
    /// The most groups to return.
    pub limit: Option<u64>,
    /// Groups that are left out at the beginning.
    pub offset: u64,
}

/// The reason why nothing was done, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(variant))]
#[serde(rename_all = "kebab-case")]
pub enum Error {
    /// The manifest does not grant the table.
    #[error("{0}")]
    #[cfg_attr(feature = "component", component(name = "denied"))]
    Denied(String),
    /// The request is not what the function takes.
    #[error("{0}")]
    #[cfg_attr(feature = "component", component(name = "invalid"))]
    Invalid(String),
    /// A uniqueness, foreign key or check constraint.
    #[error("{0}")]
    #[cfg_attr(feature = "component", component(name = "constraint"))]
    Constraint(String),
    /// Another writer holds the database; trying again may help.
    #[error("{0}")]
    #[cfg_attr(feature = "component", component(name = "busy"))]
    Busy(String),
    /// Over a limit of the plugin.
    #[error("{0}")]
    #[cfg_attr(feature = "component", component(name = "limit"))]
    Limit(String),
    /// The database refuses it: an unknown table or column, a value of another type.
    #[error("{0}")]
    #[cfg_attr(feature = "component", component(name = "database"))]
    Database(String),
    /// The host's own fault; its log has the details.
    #[error("{0}")]
    #[cfg_attr(feature = "component", component(name = "internal"))]
    Internal(String),
}
