//! The surroundings of a hook call: loading, memory, many callers at once, and the whole server.

pub mod concurrency;
mod connection;
mod deployed;
mod guest;
pub mod loading;
pub mod many_plugins;
mod memory;
pub mod query;
pub mod server;
mod server_process;

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};

pub use guest::Guest;
pub use server_process::{COMPILE, SERVE, serve_while_parent_lives};

use crate::{
    contenders::{self, scripts},
    report::Report,
    sampling::Effort,
};

/// A function that is called with the current measurement and the share of the scenario that is
/// done, between 0 and 1.
pub type Progress<'a> = &'a dyn Fn(&str, f64);

/// The built plugins that scenarios deploy.
pub struct Guests {
    /// The benchmark's own: all works, and what comes with them.
    plugin: Guest,
    /// The one that waits for the host.
    waiting: Guest,
    /// The Quick Start's: what a small plugin is.
    quick_start: Guest,
}

impl Guests {
    /// Reads them: the benchmark's own in the folder of the built ones.
    pub fn read(guests: &Path, quick_start: &Path) -> Result<Self> {
        Ok(Self {
            plugin: Guest::read(&contenders::plugin(guests), "")?,
            waiting: Guest::read(&contenders::waiting_plugin(guests), "")?,
            quick_start: Guest::read(quick_start, "")?,
        })
    }
}

/// Something to measure that no contender of ours has an equal of.
pub struct Scenario {
    /// The name to choose it by, such as `loading`.
    pub name: &'static str,
    measure: fn(&Guests, bool, &mut Report, Progress) -> Result<()>,
}

impl Scenario {
    /// All of them, in the order of the report.
    pub fn all() -> Vec<Self> {
        vec![
            Self {
                name: "loading",
                measure: |guests, quick, report, progress| {
                    let rounds = if quick { 7 } else { 31 };
                    loading::measure("loading", &guests.plugin, rounds, report, progress)?;
                    loading::measure(
                        "loading the Quick Start",
                        &guests.quick_start,
                        rounds,
                        report,
                        progress,
                    )?;
                    for (scenario, language) in loading::SCRIPTS {
                        let guest = Guest::script(language, scripts::post(language), "");
                        loading::measure_script(scenario, &guest, rounds, report, progress)?;
                    }
                    Ok(())
                },
            },
            Self {
                name: "server start and memory",
                measure: |guests, quick, report, progress| {
                    let rounds = if quick { 3 } else { 11 };
                    many_plugins::measure(&guests.quick_start, rounds, report, progress)
                },
            },
            Self {
                name: "concurrent callers",
                measure: |guests, quick, report, progress| {
                    let effort = concurrency::Effort {
                        rounds: if quick { 9 } else { 41 },
                        batch: Duration::from_millis(if quick { 25 } else { 100 }),
                    };
                    concurrency::measure(&guests.plugin, effort, report, progress)
                },
            },
            Self {
                name: query::SCENARIO,
                measure: |_, quick, report, progress| {
                    let effort = if quick { Effort::QUICK } else { Effort::FULL };
                    query::measure(effort, report, progress)
                },
            },
            Self {
                name: "posts over HTTP",
                measure: |guests, quick, report, progress| {
                    let rounds = if quick { 9 } else { 27 };
                    server::measure(&guests.plugin, &guests.waiting, rounds, report, progress)
                },
            },
        ]
    }

    /// Measures, and adds what was found.
    pub fn run(
        &self,
        guests: &Guests,
        quick: bool,
        report: &mut Report,
        progress: Progress,
    ) -> Result<()> {
        (self.measure)(guests, quick, report, progress)
            .with_context(|| format!("{} cannot be measured", self.name))
    }
}
