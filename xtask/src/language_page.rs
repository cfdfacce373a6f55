//! `languages`: the conformance plugin in every language, built and judged, and the book's page
//! about that.
//!
//! A plugin that cannot be built here is on the page with the reason. What is compared is what
//! holds on every machine: which case passes in which language. Times and sizes are those of
//! whoever wrote the page.

mod agreement;
mod page;
mod rebuild;
mod report;
mod variant;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    slice,
    time::Instant,
};

use anyhow::{Context, Result, bail};
use clap::Args;

use self::{
    page::Page,
    report::{Built, Finding, Mark, Report},
    variant::Variant,
};
use crate::{
    build_plugins::{self, BuildResult},
    process,
    table::{Align, Table},
    terminal::{self, Seconds, Size},
    workspace,
};

/// The page, from the workspace's root.
const PAGE: &str = "docs/src/languages.md";

/// Build the conformance plugin in every language, run the suite on each, and write
/// docs/src/languages.md.
///
/// Compilers come from target/toolchains, which `cargo xtask setup --lang all` fills, and from
/// PATH.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  cargo xtask languages --release      the page, with figures of a release build of the server
  cargo xtask languages --check        what CI asks: every case as the page has it
  cargo xtask languages --only go      judge some, and write nothing")]
pub(crate) struct Languages {
    /// Change nothing; fail if a case fails, a language is missing, or the page's cases are others.
    #[arg(long, conflicts_with_all = ["release", "only"])]
    pub(crate) check: bool,
    /// Use a release build of the server, whose figures are worth publishing.
    #[arg(long)]
    pub(crate) release: bool,
    /// Only those whose name has this in it; the page stays as it is.
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
}

impl Languages {
    pub(crate) fn run(self) -> Result<()> {
        let began = Instant::now();
        let only = self.only.as_deref().unwrap_or_default();
        let mut variants = variant::all()?;
        variants.retain(|variant| variant.title.to_lowercase().contains(only));
        if variants.is_empty() {
            bail!(
                "no plugin has {only:?} in its name; `cargo xtask languages --help` shows an example"
            );
        }
        let raisfast = raisfast(self.release)?;
        let findings = variants
            .into_iter()
            .map(|variant| self.find(variant, &raisfast))
            .collect::<Result<Vec<_>>>()?;

        terminal::heading("Languages");
        terminal::table(&table(&findings).lines());
        let problems = problems(&findings);
        if self.only.is_none() && !self.check {
            let text = Page::new(&findings, self.release).to_string();
            fs::write(workspace::root().join(PAGE), text)
                .with_context(|| format!("{PAGE} cannot be written"))?;
            terminal::done(format!("wrote {PAGE}"), began.elapsed());
        }
        if self.check {
            agreement::check(&findings)?;
        }
        if !problems.is_empty() {
            bail!("{}", problems.join("\n"));
        }
        terminal::done(
            "every case passes in every language that was built",
            began.elapsed(),
        );
        Ok(())
    }

    /// Builds one plugin and runs the suite on it.
    fn find(&self, variant: Variant, raisfast: &Path) -> Result<Finding> {
        let outcome = self.build(&variant)?;
        let outcome = match outcome {
            Ok(built) => {
                let report = self.judge(&built, raisfast)?;
                Ok((built, report))
            }
            Err(reason) => Err(reason),
        };
        Ok(Finding {
            title: variant.title,
            language: variant.language,
            outcome,
        })
    }

    /// Builds a plugin with a toolchain that is installed if need be; else says why that cannot be
    /// had.
    fn build(&self, variant: &Variant) -> Result<Result<Built, String>> {
        let guest = &variant.guest;
        let mut built = build_plugins::build(slice::from_ref(guest))?;
        match built.pop().map(|built| built.result) {
            Some(BuildResult::Built { bytes, .. }) => Ok(Ok(Built {
                wasm: guest.built().join("plugin.wasm"),
                bytes,
                // It is of interest on the page only, and takes a second build to know.
                rebuild: (!self.check).then(|| rebuild::time(guest)).transpose()?,
            })),
            Some(BuildResult::NotBuilt(reason)) => Ok(Err(reason)),
            None => bail!("{} was not built", variant.title),
        }
    }

    fn judge(&self, built: &Built, raisfast: &Path) -> Result<Report> {
        let began = Instant::now();
        let mut suite = Command::new(raisfast);
        suite
            .args(["plugin", "conformance", "--json"])
            .arg(&built.wasm);
        if !self.check {
            suite.arg("--measure");
        }
        let output = suite
            .output()
            .with_context(|| format!("`{}` does not start", process::written(&suite)))?;
        // A case that fails is an error too, with a report before it.
        let report: Report = serde_json::from_slice(&output.stdout).with_context(|| {
            format!(
                "the conformance suite does not run on {}: {}",
                workspace::shown(&built.wasm),
                String::from_utf8_lossy(&output.stderr).trim()
            )
        })?;
        terminal::done(
            format!("{} cases have run", report.cases.len()),
            began.elapsed(),
        );
        Ok(report)
    }
}

/// The binary, built as the tests build it: what is built for one package alone has other features.
fn raisfast(release: bool) -> Result<PathBuf> {
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--workspace", "--bin", "raisfast"]);
    if release {
        cargo.arg("--release");
    }
    process::run("Building the server", &mut cargo)?;
    let profile = if release { "release" } else { "debug" };
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(workspace::target, |folder| workspace::root().join(folder));
    Ok(target.join(profile).join("raisfast"))
}

/// Returns the faults of the table: cases that fail, languages that are missing.
fn problems(findings: &[Finding]) -> Vec<String> {
    let mut problems = Vec::new();
    for finding in findings {
        for case in finding.cases() {
            if case.mark() == Mark::Failed {
                problems.push(format!(
                    "{}: {}: {} failed; see what was otherwise with: raisfast plugin conformance {}",
                    finding.title,
                    case.chapter,
                    case.name,
                    finding.wasm()
                ));
            }
        }
    }
    for finding in findings {
        let mut same_language = findings
            .iter()
            .filter(|other| other.language == finding.language);
        if let Some(reason) = finding.reason()
            && same_language.all(|other| other.reason().is_some())
        {
            problems.push(format!("{}: not built: {reason}", finding.title));
        }
    }
    problems
}

fn table(findings: &[Finding]) -> Table<4> {
    let mut table = Table::new([
        ("LANGUAGE", Align::Left),
        ("SIZE", Align::Right),
        ("REBUILD", Align::Right),
        ("CASES", Align::Left),
    ]);
    for finding in findings {
        let (size, took) = finding.built().map_or_else(Default::default, |built| {
            let took = built.rebuild.map(|took| Seconds(took).to_string());
            (Size(built.bytes).to_string(), took.unwrap_or_default())
        });
        table.row([finding.title.clone(), size, took, finding.score()]);
    }
    table
}
