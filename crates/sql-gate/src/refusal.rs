//! Reasons for which a statement may not run.

/// The reason for which the gate refused a statement. The words are for the plugin's author: what
/// was found, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The text is longer than the gate reads.
    #[error(
        "the statement has {found} bytes, the limit is {limit}; pass long values as parameters, or split it"
    )]
    TooLong {
        /// Bytes of the statement.
        found: usize,
        /// The most that is allowed.
        limit: usize,
    },

    /// The file of a migration is longer than the gate reads.
    #[error("the file has {found} bytes, the limit is {limit}; split it into several")]
    FileTooLong {
        /// Bytes of the file.
        found: usize,
        /// The most that is allowed.
        limit: usize,
    },

    /// So many operators and keywords that walking the tree could exhaust the stack.
    #[error(
        "the statement has {found} operators and keywords, the limit is {limit}; split it into several"
    )]
    TooComplex {
        /// Operators and keywords of the statement.
        found: usize,
        /// The most that is allowed.
        limit: usize,
    },

    /// It can be read in more ways than there is time to try.
    #[error(
        "reading the statement takes more than {limit} steps; put fewer calls and subqueries into one another, \
         or split it"
    )]
    TooManySteps {
        /// The most that is allowed for a statement of its length.
        limit: usize,
    },

    /// The text is not SQL of this dialect, or SQL that the parser does not know.
    #[error("the statement cannot be parsed: {reason}")]
    Syntax {
        /// The parser's words, with line and column.
        reason: String,
    },

    /// None, or more than one.
    #[error("found {found} statements where exactly one is allowed; call once for each")]
    StatementCount {
        /// The number of them.
        found: usize,
    },

    /// Something other than a SELECT was given to `db-query`.
    #[error(
        "db-query runs one SELECT, and this is {found}; INSERT, UPDATE and DELETE go through db-execute"
    )]
    NotAQuery {
        /// The kind of statement.
        found: String,
    },

    /// Something other than an INSERT, UPDATE or DELETE was given to `db-execute`.
    #[error(
        "db-execute runs one INSERT, UPDATE or DELETE, and this is {found}; SELECT goes through db-query"
    )]
    NotAChange {
        /// The kind of statement.
        found: String,
    },

    /// A migration holds something other than what it may do.
    #[error(
        "a migration creates, alters and drops tables and indexes, and runs INSERT, UPDATE and DELETE; this is {found}"
    )]
    NotAMigration {
        /// The kind of statement.
        found: String,
    },

    /// A migration has a parameter.
    #[error("a migration takes no parameters; write the value in place of `?`")]
    PlaceholderInMigration,

    /// A word that has no place here in this dialect, and that the parser passes over.
    #[error("`{word}` means nothing at its place on this database; leave it out")]
    ForeignWord {
        /// The word, in upper case.
        word: String,
    },

    /// An INSERT, UPDATE, DELETE or MERGE inside of another statement.
    #[error(
        "a statement that changes data cannot stand inside another one; run it by itself with db-execute"
    )]
    ChangeInside,

    /// A clause that plugins do not have, or that the gate does not know.
    #[error("{clause} is not available to plugins; {instead}")]
    Clause {
        /// The clause, as an author would recognise it.
        clause: &'static str,
        /// The form to use in its place.
        instead: &'static str,
    },

    /// A function that is not on the dialect's allow-list.
    #[error(
        "the function `{name}` is not available to plugins; compute its result in the plugin, or use another function"
    )]
    Function {
        /// The name.
        name: String,
    },

    /// A function in the place of a table that is not on the dialect's allow-list.
    #[error("the table function `{name}` is not available to plugins; name a table instead")]
    TableFunction {
        /// The name.
        name: String,
    },

    /// An operator that is not on the allow-list.
    #[error(
        "the operator `{operator}` is not available to plugins; use a function or compare in the plugin"
    )]
    Operator {
        /// The operator.
        operator: String,
    },

    /// A type of a cast or a column that is not on the allow-list.
    #[error("the type `{name}` is not available to plugins; use text, a number, a date or JSON")]
    DataType {
        /// The type.
        name: String,
    },

    /// A way to write a literal that databases do not agree on.
    #[error("{found} is not available to plugins; pass the value as a parameter")]
    Literal {
        /// The text that was found.
        found: &'static str,
    },

    /// A table of another schema or database.
    #[error(
        "`{name}` names a table of another schema; plugins reach only the server's own: write `{table}`"
    )]
    Schema {
        /// The whole name.
        name: String,
        /// The name's last part.
        table: String,
    },

    /// A table that is part of the database itself.
    #[error("`{name}` belongs to the database itself, and plugins cannot reach it")]
    SystemTable {
        /// The table.
        name: String,
    },

    /// A table's name that could mean different tables on different databases.
    #[error("the table name `{name}` cannot be used: {reason}")]
    TableName {
        /// The name.
        name: String,
        /// The rule that it breaks.
        reason: &'static str,
    },

    /// A name that databases do not read alike.
    #[error("the name `{name}` cannot be used: {reason}")]
    Name {
        /// The name.
        name: String,
        /// The rule that it breaks.
        reason: &'static str,
    },

    /// A variable of the server or the session.
    #[error("the variable `{name}` is not available to plugins; pass the value as a parameter")]
    Variable {
        /// The variable.
        name: String,
    },

    /// A placeholder other than `?`.
    #[error(
        "the placeholder `{found}` is not supported; write `?` followed by a space for each parameter, and pass them in order"
    )]
    Placeholder {
        /// The text that was found.
        found: String,
    },

    /// A comment whose text MySQL and MariaDB execute.
    #[error(
        "`/*!` and `/*M!` begin text that the database would execute, even where it looks like a comment; remove it, or pass it as a parameter"
    )]
    ExecutableComment,

    /// The checked tree does not survive being written as text.
    #[error(
        "the statement means something else once it is written in plain form; simplify it, or put parentheses around its parts"
    )]
    Ambiguous,
}
