//! `bench`: what a hook call costs, beside what a user would pick instead.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};
use cargo_metadata::MetadataCommand;
use clap::Args;

use crate::{build_plugins::build_guests, guests::Kind, interpreters, process, workspace};

const PACKAGE: &str = "raisfast-benchmark";

/// Measure this host side by side with what a user would pick instead.
///
/// Builds the benchmark's guests, the host and all peers, then runs everything in turn and writes
/// target/bench/report.json. The first build takes minutes: the peers are whole engines.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask bench --quick                  everything, within 3 minutes after the build
  cargo xtask bench                          with more rounds, for figures to publish
  cargo xtask bench --only markdown --only sha
  cargo xtask bench --publish                and docs/src/performance.md with its charts")]
pub(crate) struct Bench {
    /// Fewer rounds: for a look, not for publishing.
    #[arg(long)]
    quick: bool,
    /// Only the scenarios whose name has this text in it; may be given several times.
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// Write the book's page on performance and its charts from what was found.
    #[arg(long, conflicts_with = "only")]
    publish: bool,
    /// Run what is built already.
    #[arg(long)]
    no_build: bool,
}

impl Bench {
    pub(crate) fn run(self) -> Result<()> {
        if !self.no_build {
            interpreters::build()?;
            build_guests(&[Kind::Benchmark], &[])?;
            build_guests(&[Kind::Sample], &["quick-start".into()])?;
            let mut cargo = workspace::cargo();
            process::run(
                "Building the benchmark",
                cargo.args([
                    "build",
                    "--release",
                    "--package",
                    PACKAGE,
                    "--features",
                    "peers",
                ]),
            )?;
        }
        let program = program()?;
        ensure!(
            program.exists(),
            "{} is not built; leave --no-build away",
            workspace::shown(&program)
        );
        let mut benchmark = Command::new(&program);
        benchmark.arg("run").current_dir(workspace::root());
        if self.quick {
            benchmark.arg("--quick");
        }
        for text in &self.only {
            benchmark.args(["--only", text]);
        }
        process::run("Measuring", &mut benchmark)?;
        if self.publish {
            let mut publish = Command::new(&program);
            publish.arg("publish").current_dir(workspace::root());
            process::run("Publishing", &mut publish)?;
        }
        Ok(())
    }
}

/// Returns the benchmark's program, where cargo puts it whatever `CARGO_TARGET_DIR` says.
fn program() -> Result<PathBuf> {
    let metadata = MetadataCommand::new()
        .current_dir(workspace::root())
        .no_deps()
        .exec()
        .context("cargo does not say where it builds")?;
    let target = metadata.target_directory.into_std_path_buf();
    Ok(target.join("release").join(PACKAGE))
}
