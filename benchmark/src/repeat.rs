//! `raisfast-benchmark repeat`: one contender's calls again and again, for a profiler to look at.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use clap::Args;
use raisfast_benchmark::{
    comparison::Comparison,
    contenders::Setup,
    report::{HOST, Report},
};

/// Let one contender call for some seconds, so that a profiler sees nothing else.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perf record --call-graph dwarf target/release/raisfast-benchmark repeat on-login
  target/release/raisfast-benchmark repeat 'on-post-creating 2 KB' --contender 'wasmtime, async'")]
pub(crate) struct Repeat {
    /// The scenario's name.
    scenario: String,
    /// The participant that calls.
    #[arg(long, value_name = "NAME", default_value = HOST)]
    contender: String,
    /// For how long.
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    seconds: u64,
    /// The folder of the built guests.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/benchmark-guests"))]
    guests: PathBuf,
}

impl Repeat {
    pub(crate) fn run(&self) -> Result<()> {
        let comparisons = Comparison::all();
        let Some(comparison) = comparisons.iter().find(|known| known.name == self.scenario) else {
            let known: Vec<_> = comparisons.iter().map(|known| known.name).collect();
            bail!(
                "there is no `{}`; there are {}",
                self.scenario,
                known.join(", ")
            );
        };
        let mut entries = comparison.entries(&Setup::new(&self.guests)?, &mut Report::new(true))?;
        let Some(entry) = entries
            .iter_mut()
            .find(|known| known.name == self.contender)
        else {
            let known: Vec<_> = entries.iter().map(|known| known.name).collect();
            bail!("`{}` is not one of {}", self.contender, known.join("; "));
        };
        let (mut calls, began) = (0, Instant::now());
        let mut took = Duration::ZERO;
        while began.elapsed() < Duration::from_secs(self.seconds) {
            took += entry.contender.run(1_000)?;
            calls += 1_000;
        }
        println!("{calls} calls, {} ns each", took.as_nanos() / calls);
        Ok(())
    }
}
