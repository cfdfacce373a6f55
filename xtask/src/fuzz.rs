//! `fuzz`: search for input that breaks a promise.

mod engine;
mod report;

use std::{collections::BTreeSet, fs, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::{
    build_plugins::build_guests, fuzz::engine::Engine, fuzz::report::Finding, guests::Kind,
    terminal, workspace,
};

/// Search for input that breaks a promise, with libFuzzer.
///
/// Installs cargo-fuzz into target/tools and builds the targets with the fuzzer's instrumentation
/// into target/fuzz, which takes minutes the first time. Each target then runs for the given time,
/// begins where its last run ended, and stops at the first input that breaks something, which is
/// made as small as it gets.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask fuzz                                  every target, a minute each
  cargo xtask fuzz --minutes 60 --target sql_gate   one target, for an hour

The targets are the functions of tests/fuzz/src. docs/src/contributors/fuzzing.md tells what to do with a finding.")]
pub(crate) struct Fuzz {
    /// Minutes that each target runs.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    minutes: u64,
    /// Only this target; may be given several times.
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
}

impl Fuzz {
    pub(crate) fn every_target(minutes: u64) -> Self {
        Self {
            minutes,
            target: Vec::new(),
        }
    }

    pub(crate) fn run(self) -> Result<()> {
        let targets = chosen(&targets()?, &self.target)?;
        if targets.contains("component") {
            // What it mutates, beside its corpus.
            build_guests(&[Kind::Sample, Kind::Test], &[])?;
        }
        let engine = Engine::prepare()?;
        let time = Duration::from_secs(self.minutes * 60);
        let findings = targets
            .iter()
            .map(|target| engine.search(target, time))
            .collect::<Result<Vec<Finding>>>()?;
        terminal::heading("Findings");
        terminal::table(&report::table(&findings).lines());
        let broken = findings
            .iter()
            .filter(|finding| finding.input.is_some())
            .count();
        ensure!(
            broken == 0,
            "{broken} of {} targets found input that breaks a promise",
            findings.len()
        );
        Ok(())
    }
}

/// The names of all targets: each has a binary.
fn targets() -> Result<BTreeSet<String>> {
    let folder = workspace::root().join("tests/fuzz/targets/fuzz_targets");
    let entries = fs::read_dir(&folder)
        .with_context(|| format!("{} cannot be read", workspace::shown(&folder)))?;
    let mut names = BTreeSet::new();
    for entry in entries {
        if let Some(name) = entry?.path().file_stem() {
            names.insert(name.to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

fn chosen(all: &BTreeSet<String>, wanted: &[String]) -> Result<BTreeSet<String>> {
    if let Some(unknown) = wanted.iter().find(|name| !all.contains(*name)) {
        let all: Vec<_> = all.iter().map(String::as_str).collect();
        bail!(
            "there is no target `{unknown}`; there are {}",
            all.join(", ")
        );
    }
    if wanted.is_empty() {
        return Ok(all.clone());
    }
    Ok(wanted.iter().cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::{chosen, targets};

    #[test]
    fn all_targets_run_where_none_is_named() {
        let all = targets().unwrap();
        assert!(all.contains("sql_gate"), "{all:?}");
        assert_eq!(chosen(&all, &[]).unwrap(), all);
        let one = chosen(&all, &["manifest".to_owned()]).unwrap();
        assert_eq!(one.into_iter().collect::<Vec<_>>(), ["manifest"]);
    }

    #[test]
    fn a_target_that_does_not_exist_is_refused_with_those_that_do() {
        let error = chosen(&targets().unwrap(), &["sqlgate".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("sql_gate"), "{error}");
    }
}
