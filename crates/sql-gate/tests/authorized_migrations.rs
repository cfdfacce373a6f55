//! Everything that SQLite touches when it runs a migration, the gate has reported.
//!
//! SQLite asks an authorizer before it makes, changes, reads or drops anything. Whatever it asks
//! for while it prepares a statement of the corpora must be among what the gate has found.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use raisfast_sql_gate::{Dialect, SchemaStatement, migration};
use rusqlite::{
    Connection,
    hooks::{AuthAction, AuthContext, Authorization},
};

/// Columns that the statements of the corpora name.
const COLUMNS: &str =
    "id integer primary key, name text, note text, made text, status text, price integer";

/// A database in which the tables are there that a statement does not make.
fn database(statement: &SchemaStatement) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let made = statement
        .sql
        .strip_prefix("CREATE TABLE ")
        .and_then(|rest| {
            let name = rest.split(" (").next()?;
            name.rsplit('"').nth(1)
        });
    let renamed = statement.sql.split(" RENAME TO ").nth(1);
    let is_new = |table: &String| {
        made == Some(table) || renamed.is_some_and(|name| name.trim_matches('"') == table)
    };
    let columns = if statement.sql.contains("ADD COLUMN note") {
        COLUMNS.replace("note text, ", "")
    } else {
        COLUMNS.to_owned()
    };
    for table in statement.reads.union(&statement.writes) {
        if !is_new(table) {
            let create = format!("create table {table} ({columns})");
            connection.execute_batch(&create).unwrap();
        }
    }
    if statement.sql.starts_with("DROP INDEX") {
        connection
            .execute_batch("create table indexed (n); create index early on indexed (n)")
            .unwrap();
    }
    connection
}

/// Tables and indexes for which SQLite asks; its own are left out.
fn touched(connection: &Connection, sql: &str) -> rusqlite::Result<BTreeSet<String>> {
    let touched = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&touched);
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        let names: &[&str] = match context.action {
            AuthAction::CreateTable { table_name }
            | AuthAction::DropTable { table_name }
            | AuthAction::AlterTable { table_name, .. }
            | AuthAction::Insert { table_name }
            | AuthAction::Delete { table_name }
            | AuthAction::Read { table_name, .. }
            | AuthAction::Update { table_name, .. } => &[table_name],
            AuthAction::CreateIndex {
                index_name,
                table_name,
            }
            | AuthAction::DropIndex {
                index_name,
                table_name,
            } => &[index_name, table_name],
            AuthAction::Reindex { index_name } => &[index_name],
            AuthAction::Select | AuthAction::Function { .. } | AuthAction::Recursive => &[],
            other => panic!("a migration of the corpora does {other:?}"),
        };
        seen.lock()
            .unwrap()
            .extend(names.iter().map(|name| name.to_ascii_lowercase()));
        Authorization::Allow
    }))?;
    connection.prepare(sql)?;
    let touched = touched.lock().unwrap().clone();
    let is_own = |name: &String| !name.is_empty() && !name.starts_with("sqlite_");
    Ok(touched.into_iter().filter(is_own).collect())
}

#[test]
fn sqlite_touches_nothing_that_the_gate_has_not_reported() {
    let corpora = [
        include_str!("migrations/every.txt"),
        include_str!("migrations/sqlite.txt"),
    ];
    let mut compared = 0;
    for case in corpora.iter().flat_map(|corpus| corpus.split("\n\n")) {
        let Some((header, file)) = case.trim_start().split_once('\n') else {
            continue;
        };
        if !header.starts_with("allowed ") {
            continue;
        }
        for statement in migration(Dialect::Sqlite, file).unwrap() {
            let connection = database(&statement);
            let touched = match touched(&connection, &statement.sql) {
                Ok(touched) => touched,
                Err(error) => panic!("SQLite refuses {}: {error}", statement.sql),
            };
            assert!(!touched.is_empty(), "{}", statement.sql);
            let mut reported: BTreeSet<_> = statement.reads.union(&statement.writes).collect();
            reported.extend(&statement.names);
            for name in &touched {
                assert!(
                    reported.contains(name) || name == "indexed",
                    "{name} is touched by {}, and reported are {reported:?}",
                    statement.sql
                );
            }
            compared += 1;
        }
    }
    assert!(compared > 25, "only {compared} statements were compared");
}
