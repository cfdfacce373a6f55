//! `ci`: what has to pass before a change is taken.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    guests::{self, Kind, Source},
    instructions::Instructions,
    language_page::Languages,
    process,
    schema::Schema,
    setup,
    table::{Align, Table},
    terminal::{self, Seconds},
    test::Test,
    workspace,
};

/// Run everything that continuous integration runs: formatting, lints, schema, tests, languages,
/// instruction counts, documentation.
///
/// A step that fails does not keep the next from running; the table at the end says what to run
/// alone.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask ci")]
pub(crate) struct Ci {}

/// The outcome of a step.
enum Outcome {
    Passed,
    Failed,
    /// It cannot run here, for this reason.
    Skipped(&'static str),
}

/// A step that has run.
struct Step {
    name: &'static str,
    /// The command that runs it alone.
    alone: String,
    outcome: Outcome,
    took: Duration,
}

impl Ci {
    #[expect(clippy::unused_self, reason = "every command runs like this")]
    pub(crate) fn run(self) -> Result<()> {
        let began = Instant::now();
        let steps = [
            cargo("formatting", &["fmt", "--all", "--check"]),
            cargo(
                "lints",
                &[
                    "clippy",
                    "--workspace",
                    "--all-targets",
                    "--",
                    "--deny",
                    "warnings",
                ],
            ),
            guest_lints(),
            step("schema", "cargo xtask schema --check", || {
                Schema { check: true }.run()
            }),
            step("tests", "cargo xtask test", || Test::default().run()),
            // With the server that the tests have built.
            step("languages", "cargo xtask languages --check", || {
                let check = Languages {
                    check: true,
                    ..Languages::default()
                };
                check.run()
            }),
            step("instructions", "cargo xtask instructions", || {
                Instructions::default().run()
            }),
            documentation(),
        ];

        terminal::heading("Summary");
        terminal::table(&table(&steps).lines());
        let failed: Vec<&Step> = steps
            .iter()
            .filter(|step| matches!(step.outcome, Outcome::Failed))
            .collect();
        if failed.is_empty() {
            terminal::done("everything passed", began.elapsed());
            return Ok(());
        }
        let commands: Vec<String> = failed
            .iter()
            .map(|step| format!("    {}", step.alone))
            .collect();
        bail!(
            "{} of {} steps failed; run alone with:\n\n{}\n",
            failed.len(),
            steps.len(),
            commands.join("\n")
        );
    }
}

fn table(steps: &[Step]) -> Table<3> {
    let mut table = Table::new([
        ("STEP", Align::Left),
        ("TIME", Align::Right),
        ("RESULT", Align::Left),
    ]);
    for step in steps {
        let outcome = match step.outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Failed => "failed".to_owned(),
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

fn step(name: &'static str, alone: impl Into<String>, run: impl FnOnce() -> Result<()>) -> Step {
    let began = Instant::now();
    let outcome = match run() {
        Ok(()) => Outcome::Passed,
        Err(error) => {
            terminal::failure(&error);
            Outcome::Failed
        }
    };
    Step {
        name,
        alone: alone.into(),
        outcome,
        took: began.elapsed(),
    }
}

/// A step that is one call of cargo.
fn cargo(name: &'static str, arguments: &[&str]) -> Step {
    let mut cargo = workspace::cargo();
    cargo.args(arguments);
    one_command(name, &mut cargo, &format!("cargo {}", arguments.join(" ")))
}

fn one_command(name: &'static str, command: &mut Command, alone: &str) -> Step {
    step(name, alone, || {
        process::run(&format!("Checking {name}"), command)
    })
}

/// Guests are mostly empty to a native lint, so they are linted for wasm too.
fn guest_lints() -> Step {
    let name = "lints of guests";
    let skipped = |outcome| Step {
        name,
        alone: String::new(),
        outcome,
        took: Duration::ZERO,
    };
    let prepared = setup::toolchain().and_then(|toolchain| {
        Ok((
            toolchain,
            guests::all(&[Kind::Sample, Kind::Conformance, Kind::Test])?,
        ))
    });
    match prepared {
        Err(error) => step(name, "cargo xtask setup", || Err(error)),
        Ok((toolchain, _)) if !toolchain.has_clippy() => {
            skipped(Outcome::Skipped("the guests' compiler has no clippy"))
        }
        Ok((toolchain, guests)) => {
            let mut cargo = toolchain.cargo("clippy");
            for guest in &guests {
                if let Source::Package { name, .. } = &guest.source {
                    cargo.args(["--package", name]);
                }
            }
            cargo.args(["--", "--deny", "warnings"]);
            let alone = process::written(&cargo);
            one_command(name, &mut cargo, &alone)
        }
    }
}

fn documentation() -> Step {
    let arguments = ["doc", "--workspace", "--no-deps"];
    let mut cargo = workspace::cargo();
    cargo.args(arguments).env("RUSTDOCFLAGS", "--deny warnings");
    let alone = format!(
        "RUSTDOCFLAGS='--deny warnings' cargo {}",
        arguments.join(" ")
    );
    one_command("documentation", &mut cargo, &alone)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use anyhow::bail;

    use super::{Outcome, Step, step, table};

    #[test]
    fn a_failing_step_is_reported_and_does_not_end_the_run() {
        let failed = step("schema", "cargo xtask schema --check", || bail!("stale"));
        assert!(matches!(failed.outcome, Outcome::Failed));
        assert_eq!(failed.alone, "cargo xtask schema --check");
    }

    #[test]
    fn the_summary_says_what_became_of_each_step() {
        let row = |name, outcome| Step {
            name,
            alone: String::new(),
            outcome,
            took: Duration::ZERO,
        };
        let steps = [
            row("tests", Outcome::Passed),
            row("lints", Outcome::Failed),
            row("lints of guests", Outcome::Skipped("no clippy")),
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
