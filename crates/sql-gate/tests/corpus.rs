//! Every statement of the corpora under `tests/corpus`, on the databases that they are for.

#[path = "corpus/cases.rs"]
mod cases;

use cases::{Case, Expected, cases};
use raisfast_sql_gate::{Dialect, Gate};

/// Returns the fault in the gate's answer, if there is one.
fn complaint(gate: &Gate, dialect: Dialect, case: &Case<'_>) -> Option<String> {
    let answer = case.function.call(gate, &case.sql);
    match (&case.expected, answer) {
        (Expected::Refusal(words), Err(refusal)) => {
            let message = refusal.to_string();
            (!message.contains(words)).then(|| format!("refused for another reason: {message}"))
        }
        (Expected::Refusal(_), Ok(statement)) => Some(format!("let through: {statement:?}")),
        (Expected::Tables { .. }, Err(refusal)) => Some(format!("refused: {refusal}")),
        (Expected::Tables { reads, writes }, Ok(statement)) => {
            if (reads, writes) != (&statement.reads, &statement.writes) {
                return Some(format!(
                    "other tables: {:?} -> {:?}",
                    statement.reads, statement.writes
                ));
            }
            if statement.placeholders != case.sql.matches('?').count() {
                return Some(format!("{} placeholders", statement.placeholders));
            }
            // What the database gets is a statement that the gate lets through with the same
            // tables. (On PostgreSQL its placeholders are no longer those that authors write.)
            let mut rendered = statement.sql.clone();
            if dialect == Dialect::Postgres {
                for number in (1..=statement.placeholders).rev() {
                    rendered = rendered.replace(&format!("${number}"), "?");
                }
            }
            // The bounds that the gate writes around operands call what no plugin may call.
            if ["pg_catalog.\"varchar\"(", "raisfast_bounded(", "'too long'"]
                .iter()
                .any(|bound| rendered.contains(bound))
            {
                return None;
            }
            match case.function.call(gate, &rendered) {
                Ok(again) if again == statement => None,
                other => Some(format!("rendered as `{rendered}`, which gives {other:?}")),
            }
        }
    }
}

fn check(dialect: Dialect, name: &str, corpus: &str, at_least: usize) {
    let gate = Gate::new(dialect);
    let cases = cases(corpus);
    assert!(
        cases.len() >= at_least,
        "{name} has only {} cases",
        cases.len()
    );
    let complaints: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let complaint = complaint(&gate, dialect, case)?;
            Some(format!(
                "{name}:{} on {dialect:?}\n    {}\n    {complaint}",
                case.line, case.sql
            ))
        })
        .collect();
    assert!(
        complaints.is_empty(),
        "{} of {} cases:\n{}",
        complaints.len(),
        cases.len(),
        complaints.join("\n")
    );
}

#[test]
fn every_database() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
        check(dialect, "every.txt", include_str!("corpus/every.txt"), 150);
    }
}

#[test]
fn sqlite() {
    check(
        Dialect::Sqlite,
        "sqlite.txt",
        include_str!("corpus/sqlite.txt"),
        90,
    );
}

#[test]
fn postgres() {
    check(
        Dialect::Postgres,
        "postgres.txt",
        include_str!("corpus/postgres.txt"),
        90,
    );
}

#[test]
fn mysql() {
    check(
        Dialect::Mysql,
        "mysql.txt",
        include_str!("corpus/mysql.txt"),
        80,
    );
}
