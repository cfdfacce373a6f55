//! Every statement of the corpora under `tests/corpus`, on the databases that they are for.

use std::{collections::BTreeSet, sync::Arc};

use raisfast_sql_gate::{Dialect, Gate, Refusal, Statement};

/// One statement and what is expected of it.
struct Case<'a> {
    line: usize,
    function: Function,
    expected: Expected<'a>,
    sql: String,
}

#[derive(Clone, Copy)]
enum Function {
    Query,
    Execute,
}

enum Expected<'a> {
    Tables {
        reads: BTreeSet<String>,
        writes: BTreeSet<String>,
    },
    Refusal(&'a str),
}

impl Function {
    fn call(self, gate: &Gate, sql: &str) -> Result<Arc<Statement>, Refusal> {
        match self {
            Self::Query => gate.query(sql),
            Self::Execute => gate.execute(sql),
        }
    }
}

fn tables(text: &str) -> BTreeSet<String> {
    text.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Reads a corpus; its form is explained at the top of `every.txt`.
fn cases(corpus: &str) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    let mut lines = corpus
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.starts_with("# ") && *line != "#");
    while let Some((index, header)) = lines.next() {
        if header.is_empty() {
            continue;
        }
        let (function, expected) = header.split_once(' ').unwrap_or((header, ""));
        let function = match function {
            "query" => Function::Query,
            "execute" => Function::Execute,
            other => panic!("line {}: `{other}` is neither query nor execute", index + 1),
        };
        let expected = match (
            expected.strip_prefix("refused: "),
            expected.split_once("->"),
        ) {
            (Some(words), _) => Expected::Refusal(words),
            (None, Some((reads, writes))) => Expected::Tables {
                reads: tables(reads),
                writes: tables(writes),
            },
            (None, None) => Expected::Tables {
                reads: tables(expected),
                writes: BTreeSet::new(),
            },
        };
        let sql = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| !line.is_empty())
            .collect::<Vec<_>>();
        cases.push(Case {
            line: index + 1,
            function,
            expected,
            sql: sql.join("\n"),
        });
    }
    cases
}

/// What is wrong with the gate's answer, if anything.
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
            // What the database gets is a statement that the gate lets through with the same tables.
            // (On PostgreSQL its placeholders are no longer those that authors write.)
            let mut rendered = statement.sql.clone();
            if dialect == Dialect::Postgres {
                for number in (1..=statement.placeholders).rev() {
                    rendered = rendered.replace(&format!("${number}"), "?");
                }
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
