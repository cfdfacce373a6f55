//! The gate finds the tables that SQLite finds.
//!
//! SQLite asks an authorizer for each column that a statement reads and each table that it changes.
//! For random statements, the gate's answer is compared with what SQLite asks for: for the text as
//! it was written, and for the text that the gate has rendered.

#![expect(
    clippy::format_push_string,
    reason = "a statement is put together piece by piece, and nobody waits for it"
)]

mod database;
mod generator;
mod grown;

use std::{collections::BTreeSet, fmt::Write as _, sync::Arc};

use database::{Database, Touched};
use generator::{Function, Random};
use grown::Seeds;
use raisfast_sql_gate::{Dialect, Gate, Refusal, Statement};

const STATEMENTS: u64 = 4_000;

const GROWN: u64 = 30_000;

#[test]
fn the_gate_reports_the_tables_that_sqlite_reports() {
    let database = Database::new();
    let gate = Gate::new(Dialect::Sqlite);
    let (mut accepted, mut compared) = (0, 0);
    let mut complaints = Vec::new();
    for seed in 0..STATEMENTS {
        let random = generator::statement(seed);
        let Ok(statement) = decide(&gate, random.function, &random.sql) else {
            continue;
        };
        accepted += 1;
        // Not every random statement means something: an ambiguous column, a circle of names.
        let Ok(touched) = database.touched(&random.sql) else {
            continue;
        };
        compared += 1;
        let complaint = complaint(&random, &statement, &touched).or_else(|| {
            match database.touched(&statement.sql) {
                Ok(touched) => complaint(&random, &statement, &touched),
                Err(error) => Some(format!("SQLite refuses what was rendered: {error}")),
            }
        });
        if let Some(complaint) = complaint {
            complaints.push(format!(
                "seed {seed}, {:?}: {}\n  rendered: {}\n  {complaint}",
                random.function, random.sql, statement.sql
            ));
        }
    }
    // The shortest says most.
    complaints.sort_by_key(String::len);
    assert!(
        complaints.is_empty(),
        "{} of {compared} statements, among them:\n{}",
        complaints.len(),
        complaints[..complaints.len().min(5)].join("\n")
    );
    assert!(
        accepted * 100 >= STATEMENTS * 94,
        "the gate lets only {accepted} of {STATEMENTS} through"
    );
    assert!(
        compared * 100 >= STATEMENTS * 80,
        "SQLite understands only {compared} of {STATEMENTS}"
    );
}

fn decide(gate: &Gate, function: Function, sql: &str) -> Result<Arc<Statement>, Refusal> {
    match function {
        Function::Query => gate.query(sql),
        Function::Execute => gate.execute(sql),
    }
}

/// A grown statement may be anything. What the gate lets through touches no table that it has not
/// reported.
#[test]
fn a_statement_that_grew_from_the_corpora_touches_no_table_that_the_gate_does_not_report() {
    let seeds = Seeds::new();
    let mut columns = String::new();
    for name in seeds.columns() {
        // SQLite takes `true` for a column where there is one of that name. Here there is none.
        if !["id", "title", "views", "code", "true", "false"].contains(&name.as_str()) {
            write!(columns, ", \"{name}\" text").unwrap();
        }
    }
    let database = Database::with_columns(&columns);
    let gate = Gate::new(Dialect::Sqlite);
    let mut compared = 0;
    let mut complaints = Vec::new();
    for seed in 0..GROWN {
        let (function, sql) = seeds.grow(seed);
        let Ok(statement) = decide(&gate, function, &sql) else {
            continue;
        };
        // What was written may mean something else: `SELECT a rlike FROM b` has an alias there.
        let Ok(touched) = database.touched(&statement.sql) else {
            continue;
        };
        compared += 1;
        if !reports_all(&statement, &touched, &sql) {
            complaints.push(format!(
                "seed {seed}: {sql}\n  {statement:?}\n  {touched:?}"
            ));
        }
    }
    complaints.sort_by_key(String::len);
    assert!(
        complaints.is_empty(),
        "{} of {compared}, among them:\n{}",
        complaints.len(),
        complaints[..complaints.len().min(5)].join("\n")
    );
    assert!(compared * 25 > GROWN, "SQLite understands only {compared}");
}

/// Returns whether the gate has reported every table that SQLite touches.
fn reports_all(statement: &Statement, touched: &Touched, sql: &str) -> bool {
    let conflict = grown::conflict_columns(sql);
    let has_common = sql.to_lowercase().contains("with");
    let reported = |table: &str, columns: &BTreeSet<String>| {
        statement.reads.contains(table)
            // A function in the place of a table, for which the gate has a list of its own.
            || ["json_each", "json_tree"].contains(&table)
            // It may be a common table expression of this name.
            || has_common && columns.iter().all(String::is_empty)
            // The columns of an ON CONFLICT tell no more than the failing of a plain INSERT.
            || statement.writes.contains(table) && columns.is_subset(&conflict)
    };
    touched.other.is_empty()
        && touched.writes.is_subset(&statement.writes)
        && touched
            .reads
            .iter()
            .all(|(table, columns)| reported(table, columns))
}

/// Returns the fault in the gate's answer, if there is one.
fn complaint(random: &Random, statement: &Statement, touched: &Touched) -> Option<String> {
    let reads = reads(random, touched);
    let Touched { writes, other, .. } = touched;
    if !other.is_empty() {
        return Some(format!("it does something else: {other:?}"));
    }
    (reads != statement.reads || *writes != statement.writes).then(|| {
        format!(
            "the gate: {:?} -> {:?}\n  SQLite: {reads:?} -> {writes:?}, in full {touched:?}",
            statement.reads, statement.writes
        )
    })
}

/// The tables that SQLite reads, as the gate's documentation counts them.
fn reads(random: &Random, touched: &Touched) -> BTreeSet<String> {
    let counts = |table: &str, column: &str| {
        // A function in the place of a table, for which the gate has a list of its own.
        let is_function = ["json_each", "json_tree"].contains(&table);
        // The columns of an ON CONFLICT tell no more than the failing of a plain INSERT.
        let is_conflict = column == "code" && touched.writes.contains(table);
        // No column of it is read. It may be a common table expression; see the generator.
        let is_only_named = column.is_empty() && !random.bare;
        !is_function && !is_conflict && !is_only_named
    };
    touched
        .reads
        .iter()
        .filter(|(table, columns)| columns.iter().any(|column| counts(table, column)))
        .map(|(table, _)| table.clone())
        // SQLite knows whose column is named. The gate does not, and takes it for the changed
        // table's.
        .chain(random.reads_own.map(str::to_owned))
        .collect()
}
