//! A statement that a plugin sends.

use std::sync::{LazyLock, Mutex, PoisonError};

use raisfast_sql_gate::{Dialect, Gate, Statement, migration};

#[path = "../../../crates/sql-gate/tests/authorizer/database.rs"]
mod database;

use database::{Database, Touched};

/// Checks that a statement which passes the gate passes it again as it was rendered, with the same
/// tables, unless the gate wrote a bound into it; that a query writes nothing and a change writes
/// one table; and that SQLite's own authorizer finds no table that the gate has not named.
pub(crate) fn sql_gate(input: &[u8]) {
    let Ok(sql) = std::str::from_utf8(input) else {
        return;
    };
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
        // Nothing is promised of a migration but that it is decided on, within the budget.
        let _ = migration(dialect, sql);
        let gate = Gate::new(dialect);
        if let Ok(statement) = gate.query(sql) {
            assert!(statement.writes.is_empty(), "a query writes: {statement:?}");
            accepted(dialect, &statement, sql);
            again(dialect, &statement, |sql| gate.query(sql));
        }
        if let Ok(statement) = gate.execute(sql) {
            assert_eq!(statement.writes.len(), 1, "{statement:?}");
            accepted(dialect, &statement, sql);
            again(dialect, &statement, |sql| gate.execute(sql));
        }
    }
}

fn accepted(dialect: Dialect, statement: &Statement, sql: &str) {
    for table in statement.reads.iter().chain(&statement.writes) {
        assert!(!table.is_empty(), "{statement:?}");
        assert_eq!(*table, table.to_lowercase(), "{statement:?}");
    }
    if dialect == Dialect::Sqlite {
        static SQLITE: LazyLock<Mutex<Database>> = LazyLock::new(|| Mutex::new(Database::new()));
        let database = SQLITE.lock().unwrap_or_else(PoisonError::into_inner);
        // Not everything that may run means something: an unknown column, two tables of one name.
        if let Ok(touched) = database.touched(&statement.sql) {
            named(statement, &touched, sql);
        }
    }
}

/// Every table that SQLite reads or writes is one that the gate has named.
fn named(statement: &Statement, touched: &Touched, sql: &str) {
    assert!(
        touched.other.is_empty(),
        "SQLite does something else: {touched:?} for {statement:?}"
    );
    assert!(
        touched.writes.is_subset(&statement.writes),
        "{touched:?} for {statement:?}"
    );
    let lower = sql.to_lowercase();
    for (table, columns) in &touched.reads {
        // Functions in the place of a table; the gate has a list of them.
        let function = ["json_each", "json_tree"].contains(&table.as_str());
        // A name without a column may be that of a common table expression.
        let only_named = columns.iter().all(String::is_empty) && lower.contains("with");
        // The columns of an ON CONFLICT tell no more than the failing of a plain INSERT.
        let conflict = statement.writes.contains(table) && lower.contains("conflict");
        assert!(
            function || only_named || conflict || statement.reads.contains(table),
            "SQLite reads {table} {columns:?}, which the gate does not name: {statement:?}"
        );
    }
}

/// Parts of the bounds that the gate writes around operands. They call what no plugin may call, or
/// hold what no plugin writes, so a statement with them is not one that the gate would see again.
const BOUNDS: [&str; 3] = ["pg_catalog.\"varchar\"(", "raisfast_bounded(", "'too long'"];

/// Checks that the gate lets through its own rendering.
fn again<E: std::fmt::Debug>(
    dialect: Dialect,
    statement: &Statement,
    gate: impl Fn(&str) -> Result<std::sync::Arc<Statement>, E>,
) {
    // PostgreSQL's own form of a placeholder is not what authors write.
    if dialect == Dialect::Postgres && statement.placeholders > 0 {
        return;
    }
    if BOUNDS.iter().any(|bound| statement.sql.contains(bound)) {
        return;
    }
    let rendered = gate(&statement.sql)
        .unwrap_or_else(|error| panic!("what was rendered is refused: {error:?}: {statement:?}"));
    assert_eq!(*rendered, *statement, "{dialect:?}");
}
