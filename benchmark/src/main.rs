//! `raisfast-benchmark run`: measures everything, prints it and writes it down.
//!
//! `cargo xtask bench` builds what this needs and calls it.

mod publish;
mod repeat;
mod screen;

use std::{
    env,
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, ensure};
use clap::{Args, Parser};
use raisfast_benchmark::{
    comparison::Comparison,
    contenders::Setup,
    report::{Figure, Report, Unit},
    sampling::Effort,
    scenario::{self, Guests, Scenario},
};

use publish::Publish;
use repeat::Repeat;
use screen::Screen;

/// Measure the cost of a hook call, beside what a user would pick instead.
#[derive(Debug, Parser)]
#[command(max_term_width = 100)]
enum Commands {
    Run(Run),
    Publish(Publish),
    Repeat(Repeat),
}

/// Measure, print tables, and write report.json.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask bench --quick                   everything, within 3 minutes after the build
  cargo xtask bench --only on-post-creating   the scenarios with this in their name")]
struct Run {
    /// Fewer rounds: for a look, not for publishing.
    #[arg(long)]
    quick: bool,
    /// Only the scenarios whose name has this text in it; may be given several times.
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// The folder of the built guests.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/benchmark-guests"))]
    guests: PathBuf,
    /// The folder of the built sample plugins.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/plugins"))]
    samples: PathBuf,
    /// The built Quick Start, which some scenarios deploy too.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/plugins/quick-start/plugin.wasm"))]
    quick_start: PathBuf,
    /// The folder that report.json is written to.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench"))]
    out: PathBuf,
}

fn main() -> ExitCode {
    match env::args().nth(1).as_deref() {
        Some(scenario::SERVE) => return scenario::serve_while_parent_lives(),
        // It ends by itself.
        Some(scenario::COMPILE) => return raisfast::cli::run(None),
        _ => {}
    }
    let outcome = match Commands::parse() {
        Commands::Run(run) => run.run(),
        Commands::Publish(publish) => publish.run(),
        Commands::Repeat(repeat) => repeat.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("  because: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}

impl Run {
    fn run(&self) -> Result<()> {
        let (comparisons, scenarios) = self.chosen()?;
        let setup = Setup::new(&self.guests)?;
        let guests = Guests::read(&self.guests, &self.quick_start)?;
        let effort = if self.quick {
            Effort::QUICK
        } else {
            Effort::FULL
        };

        let mut report = Report::new(self.quick);
        let mut screen = Screen::new(comparisons.len() + scenarios.len());
        for comparison in &comparisons {
            screen.scenario(comparison.name);
            let progress = |what: &str, done| screen.progress(what, done);
            comparison.run(&setup, effort, &progress, &mut report)?;
            if comparison.name == Comparison::UNHEARD {
                report.add(allocations()?);
            }
        }
        for scenario in &scenarios {
            screen.scenario(scenario.name);
            let progress = |what: &str, done| screen.progress(what, done);
            scenario.run(&guests, self.quick, &mut report, &progress)?;
        }
        screen.finish();

        report.evaluate();
        for table in report.tables() {
            println!("\n{}", table.join("\n"));
        }
        let path = self.out.join("report.json");
        report.write(&path)?;
        println!("\nWritten to {}", path.display());
        Ok(())
    }

    fn chosen(&self) -> Result<(Vec<Comparison>, Vec<Scenario>)> {
        let (mut comparisons, mut scenarios) = (Comparison::all(), Scenario::all());
        let names = comparisons.iter().map(|comparison| comparison.name);
        let names = names.chain(scenarios.iter().map(|scenario| scenario.name));
        let known: Vec<&str> = names.collect();
        comparisons.retain(|comparison| self.wants(comparison.name));
        scenarios.retain(|scenario| self.wants(scenario.name));
        ensure!(
            !comparisons.is_empty() || !scenarios.is_empty(),
            "no scenario has `{}` in its name; there are {}",
            self.only.join("` or `"),
            known.join(", ")
        );
        Ok((comparisons, scenarios))
    }

    /// Returns whether `--only` has chosen a scenario; capitals do not matter.
    fn wants(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let mut texts = self.only.iter();
        self.only.is_empty() || texts.any(|text| name.contains(&text.to_lowercase()))
    }
}

/// Measures the allocations of a hook without plugins. Counting costs every allocation some time,
/// so a program of its own does it.
fn allocations() -> Result<Figure> {
    let program = env::current_exe()?.with_file_name("allocations");
    let output = Command::new(&program).output().with_context(|| {
        format!(
            "{} does not run; `cargo xtask bench` builds it",
            program.display()
        )
    })?;
    ensure!(output.status.success(), "{} failed", program.display());
    let count = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(Figure::of(
        Comparison::UNHEARD,
        "allocations",
        Unit::Count,
        vec![count],
    ))
}
