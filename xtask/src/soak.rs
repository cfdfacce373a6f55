//! `soak`: everything at once, for long.

use anyhow::Result;
use clap::Args;

use crate::{build_plugins::BuildPlugins, process, workspace};

/// Run hostile and healthy plugins, reloads, a schedule, readers and writers together, and watch
/// that nothing healthy fails and that the server's memory stays flat.
///
/// The tests do so for a minute. A line every 10 seconds says how things go, a table at the end how
/// they went.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask soak --minutes 10")]
pub(crate) struct Soak {
    /// Minutes of load, after one to get warm.
    #[arg(long, value_name = "N", default_value_t = 10)]
    minutes: u64,
}

impl Soak {
    pub(crate) fn lasting(minutes: u64) -> Self {
        Self { minutes }
    }

    pub(crate) fn run(self) -> Result<()> {
        BuildPlugins {
            guests: true,
            ..BuildPlugins::default()
        }
        .run()?;
        let mut cargo = workspace::cargo();
        // Of the whole workspace, because what is built for one package alone has other features.
        cargo
            .args(["test", "--workspace", "--test", "soak"])
            .args(["--", "--nocapture"])
            .env("RAISFAST_SOAK_SECONDS", (self.minutes * 60).to_string());
        let title = format!("Running everything at once for {} minutes", self.minutes);
        process::run(&title, &mut cargo)
    }
}
