//! `test`: everything that CI runs as tests.

use anyhow::Result;
use clap::Args;

use crate::{build_plugins::BuildPlugins, process, workspace};

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
        let mut cargo = workspace::cargo();
        cargo.arg("test");
        if self.arguments.is_empty() {
            cargo.arg("--workspace");
        }
        process::run("Running the tests", cargo.args(&self.arguments))
    }
}
