//! The walk over the whole tree: collects the tables, refuses what is not known.
//!
//! The rule that keeps it sound: a struct of the tree is taken apart field by field, without `..`,
//! and an enum's variants are allowed by name. A new version of the parser that adds a field does
//! not compile, and one that adds a variant refuses it.

mod change;
mod definition;
mod expression;
mod from;
mod function;
mod query;
mod schema;

use std::collections::BTreeSet;

use sqlparser::ast::{self, ObjectName};

use crate::{Refusal, dialect::Rules, names};

/// The names that the statement touches.
#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) reads: BTreeSet<String>,
    pub(crate) writes: BTreeSet<String>,
    /// Indexes and constraints that a migration makes, renames or drops.
    pub(crate) names: BTreeSet<String>,
}

/// Walks the statement of a `db-query`.
pub(crate) fn query(rules: &'static Rules, statement: &ast::Statement) -> Result<Tables, Refusal> {
    match statement {
        ast::Statement::Query(query) => {
            let mut walk = Walk::new(rules);
            walk.query(query)?;
            Ok(walk.tables)
        }
        other => Err(Refusal::NotAQuery { found: kind(other) }),
    }
}

/// Walks the statement of a `db-execute`.
pub(crate) fn change(rules: &'static Rules, statement: &ast::Statement) -> Result<Tables, Refusal> {
    let mut walk = Walk::new(rules);
    if walk.change(statement)? {
        Ok(walk.tables)
    } else {
        Err(Refusal::NotAChange {
            found: kind(statement),
        })
    }
}

/// Walks a statement of a migration.
pub(crate) fn schema(rules: &'static Rules, statement: &ast::Statement) -> Result<Tables, Refusal> {
    let mut walk = Walk::new(rules);
    if walk.schema(statement)? || walk.change(statement)? {
        Ok(walk.tables)
    } else {
        Err(Refusal::NotAMigration {
            found: kind(statement),
        })
    }
}

/// The statement's kind, by its first word.
fn kind(statement: &ast::Statement) -> String {
    let text = statement.to_string();
    let word = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| !word.is_empty());
    format!(
        "a statement that begins with {}",
        word.unwrap_or("no word").to_ascii_uppercase()
    )
}

/// The state of one walk.
struct Walk {
    rules: &'static Rules,
    tables: Tables,
    /// Common table expressions in scope, by key; the end of a scope cuts back to its beginning.
    common: Vec<String>,
    /// Set once a column is named, until it is cleared.
    names_column: bool,
    /// Set where `excluded` is the row that an INSERT could not insert: in what ON CONFLICT does.
    knows_excluded: bool,
}

impl Walk {
    fn new(rules: &'static Rules) -> Self {
        Self {
            rules,
            tables: Tables::default(),
            common: Vec::new(),
            names_column: false,
            knows_excluded: false,
        }
    }

    /// A table that is read, unless a common table expression in scope is meant.
    fn read(&mut self, name: &ObjectName) -> Result<(), Refusal> {
        if names::is_dual(self.rules, name) {
            return Ok(());
        }
        let table = names::table(self.rules, name)?;
        let common = !table.qualified && self.common.contains(&table.key);
        if !common {
            self.tables.reads.insert(table.key);
        }
        Ok(())
    }

    /// The table that is changed. No database lets a common table expression stand there.
    fn write(&mut self, name: &ObjectName) -> Result<String, Refusal> {
        let key = names::table(self.rules, name)?.key;
        self.tables.writes.insert(key.clone());
        Ok(key)
    }

    fn name(&self, name: &ast::Ident) -> Result<(), Refusal> {
        names::check(self.rules, name)
    }
}

/// Refuses a clause when it is there.
fn absent(is_there: bool, clause: &'static str, instead: &'static str) -> Result<(), Refusal> {
    if is_there {
        refuse(clause, instead)
    } else {
        Ok(())
    }
}

/// Refuses a clause, and says what to write in its place.
fn refuse<T>(clause: &'static str, instead: &'static str) -> Result<T, Refusal> {
    Err(Refusal::Clause { clause, instead })
}

const LEAVE_IT_OUT: &str = "leave it out";

/// See [`Walk::knows_excluded`].
const EXCLUDED: &str = "excluded";
