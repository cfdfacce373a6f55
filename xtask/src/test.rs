//! `test`: everything that CI runs as tests.

use anyhow::Result;
use clap::Args;

use crate::{build_plugins::BuildPlugins, process, setup, terminal, workspace};

/// The packages whose tests are the same on every database. Those of `raisfast-db` run on all at once.
const ON_EVERY_DATABASE: [&str; 2] = ["raisfast-content", "raisfast-host-api"];

/// Build all guests, then run every test of the workspace, examples in the documentation included.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  cargo xtask test
  cargo xtask test -- --package raisfast-tests hot_reload")]
pub(crate) struct Test {
    /// Handed to `cargo test`; `--workspace` when there is none.
    #[arg(last = true)]
    pub(crate) arguments: Vec<String>,
}

impl Test {
    pub(crate) fn run(self) -> Result<()> {
        BuildPlugins {
            guests: true,
            ..BuildPlugins::default()
        }
        .run()?;
        // Tests that need them say so too.
        if let Err(error) = setup::databases() {
            terminal::skipped(error);
        }
        let mut cargo = workspace::cargo();
        cargo.arg("test");
        if self.arguments.is_empty() {
            cargo.arg("--workspace");
        }
        process::run("Running the tests", cargo.args(&self.arguments))?;
        if self.arguments.is_empty() {
            for database in ["postgres", "mariadb"] {
                let mut cargo = workspace::cargo();
                cargo.arg("test").env("RAISFAST_TEST_DATABASE", database);
                for package in ON_EVERY_DATABASE {
                    cargo.args(["--package", package]);
                }
                process::run(&format!("Running the tests on {database}"), &mut cargo)?;
            }
        }
        Ok(())
    }
}
