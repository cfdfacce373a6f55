//! `instructions`: what a hook call costs, counted, and held against the committed counts.
//!
//! A time on a busy machine says little about one change; the number of instructions is nearly the
//! same in every run. It says nothing about caches or locks: `cargo xtask bench` measures those.

mod baseline;
mod callgrind;

use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    build_plugins::build_guests,
    guests::Kind,
    instructions::baseline::{Baseline, Change, GROWTH_PER_CENT},
    setup,
    table::{Align, Table},
    terminal, workspace,
};

/// Count the instructions of a few hook calls and compare them with the committed baseline.
///
/// A call that grew by more than 3 % fails: make it as cheap as it was, or update the baseline and
/// say in the commit why. The calls run under callgrind, which is installed when run as root on
/// Debian.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  cargo xtask instructions             compare
  cargo xtask instructions --update    make today's counts the baseline")]
pub(crate) struct Instructions {
    /// Write the counts to benchmark/instructions/baseline.json; say in the commit why they
    /// changed.
    #[arg(long)]
    update: bool,
}

impl Instructions {
    pub(crate) fn run(self) -> Result<()> {
        let began = Instant::now();
        setup::valgrind()?;
        build_guests(&[Kind::Benchmark], &GUESTS.map(String::from))?;
        let found = callgrind::count(&Kind::Benchmark.built())?;
        let path = Baseline::path();
        let committed = Baseline::read(&path)?;
        let changes = found.changes_since(&committed);
        terminal::table(&table(&changes).lines());

        let shown = workspace::shown(&path);
        if self.update {
            found.write(&path)?;
            terminal::done(
                format!("{shown} holds these counts; say in the commit why they changed"),
                began.elapsed(),
            );
            return Ok(());
        }
        let grown: Vec<String> = changes.iter().filter_map(Change::growth).collect();
        let other_tools = found.other_tools(&committed);
        if !grown.is_empty() && !other_tools.is_empty() {
            // Another compiler makes other code: nobody has changed this workspace for that.
            terminal::skipped(format!(
                "{}, but the baseline was counted with other tools ({}): nothing can be said. Count the commit before yours here, or bring the baseline up to date with `{UPDATE}`",
                grown.join(", "),
                other_tools.join("; ")
            ));
            return Ok(());
        }
        if !grown.is_empty() {
            bail!(
                "{}; a call may grow by {GROWTH_PER_CENT} %. Where the growth is worth it, run this, and say in the commit why:\n\n    {UPDATE}\n",
                grown.join(", "),
            );
        }
        if changes.iter().any(Change::is_stale) {
            terminal::skipped(format!(
                "{shown} no longer says what these calls cost; bring it up to date with `{UPDATE}`"
            ));
        }
        terminal::done("no call has grown", began.elapsed());
        Ok(())
    }
}

const UPDATE: &str = "cargo xtask instructions --update";

/// The guests that are called: the benchmark's, written with the SDK.
const GUESTS: [&str; 2] = ["plugin", "waiting"];

fn table(changes: &[Change]) -> Table<4> {
    let mut table = Table::new([
        ("CALL", Align::Left),
        ("INSTRUCTIONS", Align::Right),
        ("BASELINE", Align::Right),
        ("CHANGE", Align::Right),
    ]);
    for change in changes {
        let number = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), grouped);
        table.row([
            change.call.clone(),
            number(change.found),
            number(change.committed),
            change
                .per_cent()
                .map_or_else(|| "-".to_owned(), |change| format!("{change:+.1} %")),
        ]);
    }
    table
}

/// `12345` as `12,345`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::{Change, grouped, table};

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(123), "123");
        assert_eq!(grouped(1_234), "1,234");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn the_table_shows_each_call_beside_its_baseline() {
        let change = |call: &str, found, committed| Change {
            call: call.into(),
            found,
            committed,
        };
        let changes = [
            change("on-login", Some(2_050), Some(2_000)),
            change("new", Some(10), None),
            change("gone", None, Some(10)),
        ];
        assert_eq!(
            table(&changes).lines(),
            [
                "CALL      INSTRUCTIONS  BASELINE  CHANGE",
                "on-login         2,050     2,000  +2.5 %",
                "new                 10         -       -",
                "gone                 -        10       -",
            ]
        );
    }
}
