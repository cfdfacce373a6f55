//! The findings of the search, as a table.

use std::path::PathBuf;

use crate::{
    table::{Align, Table},
    workspace,
};

/// The outcome of one target.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) target: String,
    /// The number of inputs that were tried; unknown where the fuzzer ended before it could report
    /// it.
    pub(super) runs: Option<u64>,
    /// The number of inputs that reach something no other does.
    pub(super) corpus: usize,
    /// The input that breaks a promise.
    pub(super) input: Option<PathBuf>,
}

impl Finding {
    fn next_step(&self) -> String {
        let Some(input) = &self.input else {
            return String::new();
        };
        format!(
            "cp {} tests/fuzz/corpus/{}/NAME && cargo test --package raisfast-fuzz {}",
            workspace::shown(input),
            self.target,
            self.target
        )
    }
}

pub(super) fn table(findings: &[Finding]) -> Table<5> {
    let mut table = Table::new([
        ("TARGET", Align::Left),
        ("RUNS", Align::Right),
        ("CORPUS", Align::Right),
        ("RESULT", Align::Left),
        ("NEXT STEP", Align::Left),
    ]);
    for finding in findings {
        let result = if finding.input.is_some() {
            "broken"
        } else {
            "held"
        };
        table.row([
            finding.target.clone(),
            finding
                .runs
                .map_or_else(|| "?".to_owned(), |runs| runs.to_string()),
            finding.corpus.to_string(),
            result.to_owned(),
            finding.next_step(),
        ]);
    }
    table
}

/// The number of runs, from libFuzzer's last words, or from the last line in which it counts them.
pub(super) fn runs(log: &str) -> Option<u64> {
    let at_the_end = log.lines().rev().find_map(|line| {
        let number = line.strip_prefix("stat::number_of_executed_units:")?;
        number.trim().parse().ok()
    });
    at_the_end.or_else(|| {
        log.lines().rev().find_map(|line| {
            let (number, _) = line.strip_prefix('#')?.split_once(char::is_whitespace)?;
            number.parse().ok()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{Finding, runs, table};

    #[test]
    fn runs_are_read_from_the_log_of_a_run_that_ended_and_of_one_that_broke_off() {
        let ended = "#2\tINITED\n#512\tNEW\nDone\nstat::number_of_executed_units: 1279\n";
        assert_eq!(runs(ended), Some(1279));
        assert_eq!(
            runs("#2\tINITED cov: 3\n#512\tNEW cov: 4\n==7== ERROR\n"),
            Some(512)
        );
        assert_eq!(runs("error: no such file\n"), None);
    }

    #[test]
    fn a_finding_says_how_it_becomes_a_test() {
        let root = crate::workspace::target();
        let findings = [
            Finding {
                target: "manifest".to_owned(),
                runs: Some(1279),
                corpus: 12,
                input: None,
            },
            Finding {
                target: "sql_gate".to_owned(),
                runs: None,
                corpus: 3,
                input: Some(root.join("fuzz/broken/sql_gate/crash-1")),
            },
        ];
        assert_eq!(
            table(&findings).lines(),
            [
                "TARGET    RUNS  CORPUS  RESULT  NEXT STEP",
                "manifest  1279      12  held",
                "sql_gate     ?       3  broken  cp target/fuzz/broken/sql_gate/crash-1 \
                 tests/fuzz/corpus/sql_gate/NAME && cargo test --package raisfast-fuzz sql_gate",
            ]
        );
    }
}
