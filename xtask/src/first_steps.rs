//! `first-steps`: what a new user waits for, measured with the program that they get.

mod journey;
mod site;

use std::{
    collections::BTreeMap,
    env,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use clap::Args;

use self::journey::{Journey, Step};
use crate::{
    dist::Dist,
    languages::{self, Choice},
    process,
    table::{Align, Table},
    terminal::{self, Seconds},
};

/// Measure what a new user waits for: from the archive to a service, from an idea to a plugin in
/// each language, from a save to live, from a backup to the restored site, and from a failure to
/// its line.
///
/// Each in a new folder with a new server, several times; the table has the medians, beside what
/// was measured before there were commands for it. Toolchains come from target/toolchains, which
/// `cargo xtask setup --lang all` fills, and from PATH.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask first-steps                                of a release build
  cargo xtask first-steps --binary target/debug/raisfast --lang c,js --rounds 1")]
pub(crate) struct FirstSteps {
    /// Package and try this program, and build none
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// Plugins in these languages: rust, c, zig, go, js, ts, python, or all
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "all"
    )]
    lang: Vec<Choice>,
    /// Times that each is measured
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: u32,
}

impl FirstSteps {
    pub(crate) fn run(self) -> Result<()> {
        let archive = Dist::of(self.binary).package()?.archive;
        let chosen = languages::chosen(&self.lang);
        let mut measured: BTreeMap<Step, Vec<Duration>> = BTreeMap::new();
        for round in 1..=self.rounds {
            terminal::heading(format!("Round {round} of {}", self.rounds));
            let journey = Journey::begin(&archive)?;
            for step in Step::all(&chosen) {
                let began = Instant::now();
                let name = step.to_string();
                match process::heard(&name, || journey.take(step)) {
                    Ok(took) => {
                        terminal::done(format!("{name}: {}", Seconds(took)), began.elapsed());
                        measured.entry(step).or_default().push(took);
                    }
                    // The others are worth their numbers.
                    Err(error) => terminal::skipped(format!("{name}: {error:#}")),
                }
            }
        }
        terminal::table(&table(&chosen, measured).lines());
        let cores = thread::available_parallelism().context("the cores cannot be counted")?;
        terminal::item(format!(
            "medians of {} on {} cores, {}",
            self.rounds,
            cores,
            env::consts::ARCH
        ));
        Ok(())
    }
}

fn table(
    chosen: &[raisfast_project::Language],
    mut measured: BTreeMap<Step, Vec<Duration>>,
) -> Table<3> {
    let mut table = Table::new([
        ("STEP", Align::Left),
        ("NOW", Align::Right),
        ("FORMERLY", Align::Left),
    ]);
    for step in Step::all(chosen) {
        let times = measured.remove(&step).unwrap_or_default();
        let now = median(times).map_or_else(
            || "failed".to_owned(),
            |time| format!("{:.2} s", time.as_secs_f64()),
        );
        table.row([step.to_string(), now, step.formerly().to_owned()]);
    }
    table
}

fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use raisfast_project::Language;

    use super::*;

    #[test]
    fn the_table_fits_a_terminal_and_has_a_row_for_each_step() {
        let mut measured = BTreeMap::new();
        for step in Step::all(&Language::ALL) {
            measured.insert(step, vec![Duration::from_secs(100); 3]);
        }
        let lines = table(&Language::ALL, measured).lines();
        assert_eq!(lines.len(), 1 + 3 + 2 * Language::ALL.len());
        for line in &lines {
            assert!(line.chars().count() <= 80, "{line}");
        }
        assert!(lines[1].contains("100.00 s"), "{}", lines[1]);
        let failed = table(&[], BTreeMap::new()).lines();
        assert!(failed[1].contains("failed"), "{}", failed[1]);
    }

    #[test]
    fn one_slow_round_does_not_count() {
        let seconds = |numbers: &[u64]| numbers.iter().map(|n| Duration::from_secs(*n)).collect();
        assert_eq!(median(seconds(&[90, 1, 2])), Some(Duration::from_secs(2)));
        assert_eq!(median(Vec::new()), None);
    }
}
