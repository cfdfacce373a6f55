//! The databases, and the facts in which their SQL differs.
//!
//! The rest of the gate asks [`Rules`] and knows no database by name: a further one is a file here,
//! a variant, and an arm of [`Dialect::rules`].

mod mysql;
mod postgres;
mod sqlite;

use sqlparser::{
    ast::{self, CreateTableOptions, DataType, Expr},
    parser::Parser,
    tokenizer::TokenWithSpan,
};

use crate::Refusal;

/// The database whose dialect a statement is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite 3.
    Sqlite,
    /// PostgreSQL 15 and later.
    Postgres,
    /// MariaDB 10.11 and MySQL 8.
    Mysql,
}

impl Dialect {
    pub(crate) fn rules(self) -> &'static Rules {
        match self {
            Self::Sqlite => &sqlite::RULES,
            Self::Postgres => &postgres::RULES,
            Self::Mysql => &mysql::RULES,
        }
    }
}

/// The facts of one database, without a default: whoever adds one says each.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact about a database, not a state"
)]
pub(crate) struct Rules {
    /// The parser's own dialect.
    pub(crate) grammar: &'static (dyn sqlparser::dialect::Dialect + Sync),
    /// Parses one statement with a bound on the parser's work.
    pub(crate) parse: fn(Vec<TokenWithSpan>) -> Result<ast::Statement, Refusal>,
    /// Beginnings of comments that the database runs.
    pub(crate) executable_comments: &'static [&'static str],

    /// The quotes in which a name may stand.
    pub(crate) name_quotes: &'static [char],
    /// The quotes in which the gate writes the names of tables.
    pub(crate) table_quote: char,
    /// Set where double quotes are for text.
    pub(crate) double_quotes_are_text: bool,
    /// Returns true where a name in upper case may be another table than one in lower case; it is
    /// given whether the name stands in quotes.
    pub(crate) case_matters: fn(bool) -> bool,
    /// The schema in which a table without one is looked for.
    pub(crate) default_schema: Option<&'static str>,
    /// Returns true for the key of a table that the database has without being asked.
    pub(crate) is_system_table: fn(&str) -> bool,
    /// Set where `dual` without quotes is a word for no table at all.
    pub(crate) has_dual: bool,

    /// The sign before a placeholder's number in the tree.
    pub(crate) placeholder: char,
    /// Set where the database itself numbers its placeholders.
    pub(crate) numbers_placeholders: bool,

    /// Functions beside those of every database.
    pub(crate) functions: &'static str,
    /// Functions that may stand in the place of a table.
    pub(crate) table_functions: &'static str,
    /// Names that are not columns but call a function, without parentheses, and tell of the
    /// session.
    pub(crate) bare_functions: &'static str,
    /// Returns true for a name that, as `row.name`, may call a function on the whole row.
    pub(crate) is_row_function: fn(&str) -> bool,

    /// Set where a backslash in a string may escape the next character.
    pub(crate) has_backslash_escapes: bool,
    /// Set where INTERVAL begins a literal; elsewhere it is a column's name.
    pub(crate) has_intervals: bool,
    /// Returns true where this type before a string makes a literal; elsewhere it is a column and
    /// its alias.
    pub(crate) is_typed_literal: fn(&DataType) -> bool,
    /// Returns true where the expressions of a WITH all see one another; it is given whether the
    /// WITH is RECURSIVE.
    pub(crate) with_sees_all: fn(bool) -> bool,
    /// Set where UPDATE may have a FROM.
    pub(crate) has_update_from: bool,
    /// Set where the tables of DELETE … USING are only read.
    pub(crate) has_delete_using: bool,

    /// Returns true for a type that columns have here and casts do not.
    pub(crate) is_column_type: fn(&DataType) -> bool,
    /// Returns the type that holds the same as on the other databases, where that is another one.
    pub(crate) wider_type: fn(&DataType) -> Option<DataType>,
    /// Returns the default that is now, for a time with this number of places after the second,
    /// where it is not `CURRENT_TIMESTAMP`.
    pub(crate) now: fn(u64) -> Option<Expr>,
    /// Set where a column that is added to a table may have a computed default.
    pub(crate) computes_added_defaults: bool,
    /// Returns the options with which every table is made, where it has any.
    pub(crate) table_options: fn() -> Option<CreateTableOptions>,

    /// Returns the places of a function's arguments, each with the most that may stand there.
    pub(crate) bounded_arguments: fn(&str) -> &'static [(usize, usize)],
    /// Returns the operand with a check of its greatest length, where one can be written.
    pub(crate) bounded: fn(&Expr, usize) -> Option<String>,
    /// Set where the patterns of LIKE and POSITION are bounded.
    pub(crate) bounds_patterns: bool,
    /// Set where the texts of LIKE, POSITION and TRIM are bounded, too.
    pub(crate) bounds_texts: bool,
}

/// Parses an expression that one of the files here has written.
fn expression(grammar: &dyn sqlparser::dialect::Dialect, sql: &str) -> Option<Expr> {
    Parser::new(grammar)
        .try_with_sql(sql)
        .ok()?
        .parse_expr()
        .ok()
}
