//! Decide whether a plugin's SQL statement may run, and which tables it touches.
//!
//! The gate parses a statement in the dialect of the database in use, walks the whole syntax tree,
//! and lets through what it knows: one SELECT for [`Gate::query`], one INSERT, UPDATE or DELETE for
//! [`Gate::execute`], functions from an allow-list, tables of the default schema. Everything else
//! is refused with words that tell the plugin's author what to change. It never decides on text,
//! and the statement that reaches the database is rendered from the tree that was checked. That its
//! tables are those that a database finds, `tests/authorizer` shows: SQLite's authorizer names the
//! same ones for thousands of random statements.
//!
//! [`migration`] decides on a whole file of statements that may change the schema too, for those
//! who let a plugin have tables of its own.
//!
//! A gate remembers what it has let through, by text: a statement that a plugin repeats is parsed
//! once. The memory is bounded (256 statements, and 256 KiB of their text as written and as
//! rendered), and refusals are not kept.
//!
//! It does not know grants: it reports tables, and its caller decides who may touch them. It does
//! not know a database either: whether a table or column exists is for the database to say.
//!
//! ```
//! use raisfast_sql_gate::{Dialect, Gate};
//!
//! let gate = Gate::new(Dialect::Postgres);
//! let statement = gate.query(
//!     "select title from Posts p
//!      where exists (select 1 from tags where post = p.id and name = ?)",
//! )?;
//! assert!(statement.sql.ends_with("name = $1)"));
//! assert_eq!(statement.placeholders, 1);
//! assert_eq!(statement.reads.iter().collect::<Vec<_>>(), ["posts", "tags"]);
//! assert!(statement.writes.is_empty());
//!
//! let refusal = gate.query("select pg_read_file('/etc/passwd')").unwrap_err();
//! assert!(refusal.to_string().contains("pg_read_file"));
//! # Ok::<(), raisfast_sql_gate::Refusal>(())
//! ```

mod bounds;
mod cache;
mod data_types;
mod dialect;
mod functions;
mod migration;
mod names;
mod own_columns;
mod parse;
mod placeholders;
mod plain_form;
mod refusal;
mod steps;
mod walk;

use std::{collections::BTreeSet, sync::Arc};

use cache::Decisions;
use dialect::Rules;

pub use dialect::Dialect;
pub use migration::{MigrationRefusal, SchemaStatement, migration};
pub use refusal::Refusal;

/// A statement that may run, once its tables are granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text to run: rendered from the checked tree, table names quoted, placeholders in the
    /// dialect's own form (`$1`, `$2` … on PostgreSQL, `?` elsewhere), in the order in which the
    /// author wrote them.
    pub sql: String,
    /// The number of parameters that it takes.
    pub placeholders: usize,
    /// Tables it reads, in lower case, without schema.
    pub reads: BTreeSet<String>,
    /// Tables it changes, in lower case, without schema. Empty for a query.
    pub writes: BTreeSet<String>,
}

/// Decides on statements of one dialect, and remembers what it has let through. Made once a plugin
/// and shared by its instances: calls do not wait for one another.
#[derive(Debug)]
pub struct Gate {
    dialect: Dialect,
    queries: Decisions,
    changes: Decisions,
}

impl Gate {
    /// Makes a gate for one database's dialect.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            queries: Decisions::new(),
            changes: Decisions::new(),
        }
    }

    /// Decides as [`Gate::query`] does, or returns nothing where that may take longer than a thread
    /// of an executor should be kept: for a long statement that is not remembered.
    pub fn query_at_once(&self, sql: &str) -> Option<Result<Arc<Statement>, Refusal>> {
        match self.queries.get(sql) {
            Some(known) => Some(Ok(known)),
            None => parse::is_quick(sql).then(|| self.query(sql)),
        }
    }

    /// Decides as [`Gate::execute`] does, or returns nothing; see [`Gate::query_at_once`].
    pub fn execute_at_once(&self, sql: &str) -> Option<Result<Arc<Statement>, Refusal>> {
        match self.changes.get(sql) {
            Some(known) => Some(Ok(known)),
            None => parse::is_quick(sql).then(|| self.execute(sql)),
        }
    }

    /// Decides on the statement of a `db-query`: exactly one SELECT that changes nothing.
    pub fn query(&self, sql: &str) -> Result<Arc<Statement>, Refusal> {
        self.queries
            .get_or_decide(sql, |sql| decide(self.dialect.rules(), sql, walk::query))
    }

    /// Decides on the statement of a `db-execute`: exactly one INSERT (REPLACE and upserts
    /// included), UPDATE or DELETE, on one table. RETURNING is let through; whether the database
    /// has it is for the database to say.
    ///
    /// The changed table is among the reads too as soon as a condition, a new value or RETURNING
    /// names a column: the number of rows affected would otherwise tell what is in a table that may
    /// only be written.
    pub fn execute(&self, sql: &str) -> Result<Arc<Statement>, Refusal> {
        self.changes
            .get_or_decide(sql, |sql| decide(self.dialect.rules(), sql, walk::change))
    }
}

fn decide(
    rules: &'static Rules,
    sql: &str,
    walk: fn(&'static Rules, &sqlparser::ast::Statement) -> Result<walk::Tables, Refusal>,
) -> Result<Statement, Refusal> {
    let tokens = parse::tokenize(rules, sql)?;
    tokens.with_enough_stack(|tokens| {
        let parsed = parse::parse(tokens)?;
        let tables = walk(rules, &parsed.statement)?;
        let placeholders = parsed.placeholders;
        Ok(Statement {
            sql: parse::render(parsed)?,
            placeholders,
            reads: tables.reads,
            writes: tables.writes,
        })
    })
}
