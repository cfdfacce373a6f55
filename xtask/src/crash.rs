//! `crash`: a server that is killed at any moment.

use anyhow::Result;
use clap::Args;

use crate::{build_plugins::BuildPlugins, process, setup, workspace};

/// Kill a server at random moments while clients write, and look for what it has forgotten.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask crash
  cargo xtask crash --database postgres --rounds 500
  cargo xtask crash --seed 8391")]
pub(crate) struct Crash {
    /// On which database
    #[arg(long, default_value = "sqlite", value_parser = ["sqlite", "postgres", "mariadb"])]
    database: String,
    /// Number of times that the server is killed
    #[arg(long, default_value_t = 200)]
    rounds: u32,
    /// The random moments of a run that has failed, as it has printed it
    #[arg(long)]
    seed: Option<u64>,
}

impl Default for Crash {
    /// As the command line without arguments.
    fn default() -> Self {
        Self {
            database: "sqlite".to_owned(),
            rounds: 200,
            seed: None,
        }
    }
}

impl Crash {
    pub(crate) fn run(self) -> Result<()> {
        BuildPlugins {
            guests: true,
            ..BuildPlugins::default()
        }
        .run()?;
        if self.database != "sqlite" {
            setup::databases()?;
        }
        let mut cargo = workspace::cargo();
        // Of the whole workspace, as `test` builds it.
        cargo
            .args([
                "test",
                "--workspace",
                "--test",
                "crash",
                "--",
                "--nocapture",
            ])
            .env("RAISFAST_TEST_DATABASE", &self.database)
            .env("RAISFAST_CRASH_ROUNDS", self.rounds.to_string());
        if let Some(seed) = self.seed {
            cargo.env("RAISFAST_CRASH_SEED", seed.to_string());
        }
        let title = format!(
            "Killing a server {} times on {}",
            self.rounds, self.database
        );
        process::run(&title, &mut cargo)
    }
}
