//! Steps that run one after the other, whatever becomes of those before, and their summary.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::{
    process,
    table::{Align, Table},
    terminal::{self, Seconds},
    workspace,
};

/// The end of a step.
pub(crate) enum Outcome {
    Passed,
    /// It failed, with this error.
    Failed(String),
    /// It cannot run here, for this reason.
    Skipped(&'static str),
}

/// A step that has run.
pub(crate) struct Step {
    name: &'static str,
    /// The command that runs it alone.
    alone: String,
    outcome: Outcome,
    took: Duration,
}

impl Step {
    /// Runs a step.
    pub(crate) fn run(
        name: &'static str,
        alone: impl Into<String>,
        run: impl FnOnce() -> Result<()>,
    ) -> Self {
        let began = Instant::now();
        let outcome = match run() {
            Ok(()) => Outcome::Passed,
            Err(error) => {
                terminal::failure(&error);
                Outcome::Failed(format!("{error:#}"))
            }
        };
        Self {
            name,
            alone: alone.into(),
            outcome,
            took: began.elapsed(),
        }
    }

    /// Runs a step that is one call of cargo.
    pub(crate) fn cargo(name: &'static str, arguments: &[&str]) -> Self {
        let mut cargo = workspace::cargo();
        cargo.args(arguments);
        Self::command(name, &mut cargo, &format!("cargo {}", arguments.join(" ")))
    }

    /// Runs a step that is one command.
    pub(crate) fn command(name: &'static str, command: &mut Command, alone: &str) -> Self {
        Self::run(name, alone, || {
            process::run(&format!("Checking {name}"), command)
        })
    }

    /// A step that cannot run here.
    pub(crate) fn skipped(name: &'static str, reason: &'static str) -> Self {
        Self {
            name,
            alone: String::new(),
            outcome: Outcome::Skipped(reason),
            took: Duration::ZERO,
        }
    }
}

/// Prints the summary. Fails if a step has, with the commands that run those steps alone.
pub(crate) fn judge(steps: &[Step], began: Instant) -> Result<()> {
    terminal::heading("Summary");
    terminal::table(&table(steps).lines());
    let failed: Vec<(&Step, &str)> = steps
        .iter()
        .filter_map(|step| match &step.outcome {
            Outcome::Failed(error) => Some((step, error.as_str())),
            Outcome::Passed | Outcome::Skipped(_) => None,
        })
        .collect();
    if failed.is_empty() {
        terminal::done("everything passed", began.elapsed());
        return Ok(());
    }
    let commands: Vec<String> = failed
        .iter()
        .map(|(step, error)| format!("    {}\n\n{error}\n", step.alone))
        .collect();
    bail!(
        "{} of {} steps failed; run alone with:\n\n{}",
        failed.len(),
        steps.len(),
        commands.join("\n")
    );
}

fn table(steps: &[Step]) -> Table<3> {
    let mut table = Table::new([
        ("STEP", Align::Left),
        ("TIME", Align::Right),
        ("RESULT", Align::Left),
    ]);
    for step in steps {
        let outcome = match &step.outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Failed(_) => "failed".to_owned(),
            Outcome::Skipped(reason) => format!("skipped: {reason}"),
        };
        table.row([
            step.name.to_owned(),
            Seconds(step.took).to_string(),
            outcome,
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use anyhow::bail;

    use super::{Outcome, Step, judge, table};

    fn step(name: &'static str, outcome: Outcome) -> Step {
        Step {
            name,
            alone: String::new(),
            outcome,
            took: Duration::ZERO,
        }
    }

    #[test]
    fn a_failing_step_does_not_end_the_run_and_is_reported_at_its_end() {
        let steps = [
            Step::run("schema", "cargo xtask schema --check", || bail!("stale")),
            step("tests", Outcome::Passed),
        ];
        let error = judge(&steps, Instant::now()).unwrap_err().to_string();
        assert!(error.contains("1 of 2"), "{error}");
        assert!(error.contains("    cargo xtask schema --check"), "{error}");
        assert!(error.contains("stale"), "{error}");
    }

    #[test]
    fn the_summary_has_a_line_for_each_step() {
        let steps = [
            step("tests", Outcome::Passed),
            step("lints", Outcome::Failed("unused".to_owned())),
            step("lints of guests", Outcome::Skipped("no clippy")),
        ];
        assert_eq!(
            table(&steps).lines(),
            [
                "STEP              TIME  RESULT",
                "tests            0.0 s  passed",
                "lints            0.0 s  failed",
                "lints of guests  0.0 s  skipped: no clippy",
            ]
        );
    }
}
