//! `nightly`: what takes too long for every change.

use std::time::Instant;

use anyhow::Result;
use clap::Args;

use crate::{
    cluster_faults::ClusterFaults,
    crash::Crash,
    dependencies::Dependencies,
    fuzz::Fuzz,
    soak::Soak,
    steps::{Step, judge},
};

/// Run what is too long for every change: the fuzz targets, advisories, the soak, the crashes and
/// the faults of a cluster.
///
/// Meant for a job that runs once a night on the main branch; two hours with the defaults. Keep
/// target/fuzz from night to night: the fuzz targets go on from what they have found.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask nightly --minutes 30")]
pub(crate) struct Nightly {
    /// Minutes that each fuzz target, the soak and the faults of a cluster run
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    minutes: u64,
}

impl Nightly {
    pub(crate) fn run(self) -> Result<()> {
        let began = Instant::now();
        let minutes = self.minutes;
        let steps = [
            Step::run(
                "advisories",
                "cargo xtask dependencies --advisories",
                || Dependencies { advisories: true }.run(),
            ),
            Step::run(
                "fuzz",
                format!("cargo xtask fuzz --minutes {minutes}"),
                || Fuzz::every_target(minutes).run(),
            ),
            Step::run(
                "soak",
                format!("cargo xtask soak --minutes {minutes}"),
                || Soak::lasting(minutes).run(),
            ),
            Step::run("crash", "cargo xtask crash", || Crash::default().run()),
            Step::run(
                "cluster-faults",
                format!("cargo xtask cluster-faults --minutes {minutes}"),
                || ClusterFaults::lasting(minutes).run(),
            ),
        ];
        judge(&steps, began)
    }
}
