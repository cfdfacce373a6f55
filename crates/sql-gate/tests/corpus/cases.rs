//! The corpora under `tests/corpus`, case by case.

use std::{collections::BTreeSet, sync::Arc};

use raisfast_sql_gate::{Gate, Refusal, Statement};

/// One statement and what is expected of it.
pub(crate) struct Case<'a> {
    pub(crate) line: usize,
    pub(crate) function: Function,
    pub(crate) expected: Expected<'a>,
    pub(crate) sql: String,
}

#[derive(Clone, Copy)]
pub(crate) enum Function {
    Query,
    Execute,
}

pub(crate) enum Expected<'a> {
    Tables {
        reads: BTreeSet<String>,
        writes: BTreeSet<String>,
    },
    Refusal(&'a str),
}

impl Function {
    /// A decision of the gate.
    pub(crate) fn call(self, gate: &Gate, sql: &str) -> Result<Arc<Statement>, Refusal> {
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
pub(crate) fn cases(corpus: &str) -> Vec<Case<'_>> {
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
