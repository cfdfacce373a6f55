//! `raisfast-benchmark publish`: the last report as a page of the book.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use raisfast_benchmark::report::{PAGE, Report};

/// Write the book's page on performance, and its charts, from report.json.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask bench --publish")]
pub(crate) struct Publish {
    /// The report.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench/report.json"))]
    report: PathBuf,
    /// The book's folder of sources.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src"))]
    book: PathBuf,
}

impl Publish {
    pub(crate) fn run(&self) -> Result<()> {
        Report::read(&self.report)?.publish(&self.book)?;
        println!("written to {}", self.book.join(PAGE).display());
        Ok(())
    }
}
