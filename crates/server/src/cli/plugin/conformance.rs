//! `raisfast plugin conformance`: runs the suite that the bindings of any language have to pass.

use std::{fs, path::PathBuf};

use anyhow::{Context, bail};
use raisfast_cases::{
    Outcome,
    conformance::{Judged, SPECIFICATION, Subject, cases},
    measure::{Measurements, measure},
};
use serde::Serialize;

use super::verdict;
use crate::cli::output;

pub(super) const HELP: &str = "\
For those who make bindings for a language: write the plugin of the specification in it, build it, and this says \
whether every record, hook and host function arrives as it should. `none` stands for what the language has not. \
Exit code 1 says that a case failed.

Examples:
  raisfast plugin conformance --specification
  raisfast plugin conformance dist/plugin.wasm
  raisfast plugin conformance dist/plugin.wasm --only filters
  raisfast plugin conformance my-script/
  raisfast plugin conformance dist/plugin.wasm --measure --json > report.json";

#[derive(clap::Args)]
pub(in crate::cli) struct Conformance {
    /// The plugin's wasm, a core module or a component, or the folder of a script
    #[arg(required_unless_present = "specification")]
    wasm: Option<PathBuf>,
    /// Print what the plugin has to do
    #[arg(long, conflicts_with_all = ["wasm", "measure", "json", "only"])]
    specification: bool,
    /// Only the cases whose chapter or name has this in it
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Say too what it costs to load, to call and to keep
    #[arg(long)]
    measure: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    cases: Vec<Judged>,
    #[serde(skip_serializing_if = "Option::is_none")]
    measurements: Option<Measurements>,
}

impl Conformance {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Some(path) = self.wasm else {
            // Not `print!`, which panics when a reader such as `head` has seen enough.
            output::to_stdout(format_args!("{SPECIFICATION}"));
            return Ok(());
        };
        let subject = if path.is_dir() {
            if self.measure {
                bail!("a script is not measured: its interpreter is; leave --measure away");
            }
            Subject::of_script(&path)?
        } else {
            let wasm = fs::read(&path).with_context(|| {
                format!(
                    "{} cannot be read; name the wasm file that the language's toolchain has built",
                    path.display()
                )
            })?;
            Subject::new(&wasm)?
        };
        let is_wanted = |chapter: &str, name: &str| {
            let only = self.only.as_deref().unwrap_or_default();
            chapter.contains(only) || name.contains(only)
        };
        let mut report = Report {
            cases: Vec::new(),
            measurements: None,
        };
        let mut chapter_before = "";
        for (chapter, case) in cases() {
            if !is_wanted(chapter, &case.name) {
                continue;
            }
            let judged = subject.judge(chapter, &case).await?;
            if !self.json {
                if chapter != chapter_before {
                    say!("{chapter}");
                    chapter_before = chapter;
                }
                verdict::print(&judged.name, &judged.outcome);
            }
            report.cases.push(judged);
        }
        if report.cases.is_empty() {
            bail!(
                "no case has {:?} in its chapter or name; leave --only away for all",
                self.only.unwrap_or_default()
            );
        }
        if self.measure {
            report.measurements = Some(measure(&subject).await?);
        }
        if self.json {
            say!("{}", serde_json::to_string_pretty(&report)?);
        } else if let Some(measurements) = &report.measurements {
            print_costs(measurements);
        }
        report.verdict(self.json)
    }
}

impl Report {
    fn verdict(&self, quietly: bool) -> anyhow::Result<()> {
        let all = verdict::count(self.cases.len());
        let failed = |judged: &&Judged| matches!(judged.outcome, Outcome::Failed { .. });
        match self.cases.iter().filter(failed).count() {
            0 if quietly => {}
            0 => say!("\n{all} passed"),
            failed => bail!("{failed} of {all} failed"),
        }
        Ok(())
    }
}

fn print_costs(costs: &Measurements) {
    let milliseconds = |time: std::time::Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let kilobytes = |bytes: u64| format!("{} KB", bytes.div_ceil(1000));
    say!("\nsize              {}", kilobytes(costs.bytes));
    say!("first load        {}", milliseconds(costs.cold_load));
    say!("load from cache   {}", milliseconds(costs.cached_load));
    say!("a call            {:.1} µs", costs.call.as_secs_f64() * 1e6);
    if let Some(bytes) = costs.instance_bytes {
        say!("an instance       {}", kilobytes(bytes));
    }
}
