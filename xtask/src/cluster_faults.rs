//! `cluster-faults`: servers of one site that fail in turn.

use anyhow::Result;
use clap::Args;

use crate::{build_plugins::BuildPlugins, process, setup, workspace};

/// Kill, pause and cut off the servers of one site, and restart their database, while clients
/// write, and look for what is lost, repeated or out of order.
///
/// The tests do so for three minutes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask cluster-faults
  cargo xtask cluster-faults --database mariadb --minutes 5
  cargo xtask cluster-faults --seed 8391")]
pub(crate) struct ClusterFaults {
    /// Minutes for which faults follow each other
    #[arg(long, value_name = "N", default_value_t = 15)]
    minutes: u64,
    /// On which database
    #[arg(long, default_value = "postgres", value_parser = ["postgres", "mariadb"])]
    database: String,
    /// The random faults of a run that has failed, as it has printed it
    #[arg(long)]
    seed: Option<u64>,
}

impl ClusterFaults {
    pub(crate) fn lasting(minutes: u64) -> Self {
        Self {
            minutes,
            database: "postgres".to_owned(),
            seed: None,
        }
    }

    pub(crate) fn run(self) -> Result<()> {
        BuildPlugins {
            guests: true,
            ..BuildPlugins::default()
        }
        .run()?;
        setup::databases()?;
        let mut cargo = workspace::cargo();
        // Of the whole workspace, as `test` builds it.
        cargo
            .args(["test", "--workspace", "--test", "cluster_faults"])
            .args(["--", "--nocapture"])
            .env("RAISFAST_TEST_DATABASE", &self.database)
            .env(
                "RAISFAST_CLUSTER_FAULTS_SECONDS",
                (self.minutes * 60).to_string(),
            );
        if let Some(seed) = self.seed {
            cargo.env("RAISFAST_CLUSTER_FAULTS_SEED", seed.to_string());
        }
        let title = format!(
            "Striking three servers on {} for {} minutes",
            self.database, self.minutes
        );
        process::run(&title, &mut cargo)
    }
}
