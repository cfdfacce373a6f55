//! cargo-fuzz and libFuzzer: install, build, run, minimise.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};

use super::report::{self, Finding};
use crate::{process, terminal, tools::Tool, workspace};

/// The program that builds the targets.
const CARGO_FUZZ: Tool = Tool {
    name: "cargo-fuzz",
    version: "0.13.2",
    arguments: &[],
};
/// Seconds after which an input counts as one that never ends. The fuzzer measures them by the
/// clock on the wall, so there are enough of them for a machine that is busy with other work; the
/// targets' own budgets, which count the processor's time, are far smaller.
const LONGEST_RUN: u64 = 120;
/// MiB of memory that a target may take. An engine's own, and its compiler's, are in it.
const MOST_MEMORY: u64 = 2_048;
/// The time spent on making an input smaller that breaks something.
const MINIMISING: Duration = Duration::from_mins(1);
/// The longest input of the target that takes whole plugins, in bytes; the others have libFuzzer's
/// own limit.
const LONGEST_COMPONENT: u64 = 200_000;

/// The built targets.
pub(super) struct Engine {
    binaries: PathBuf,
}

impl Engine {
    /// Installs and builds what is not there yet.
    pub(super) fn prepare() -> Result<Self> {
        let cargo_fuzz = CARGO_FUZZ.installed()?;
        let project = workspace::root().join("tests/fuzz/targets");
        // The targets are built from the versions that the workspace is tested with.
        fs::copy(
            workspace::root().join("Cargo.lock"),
            project.join("Cargo.lock"),
        )
        .context("the workspace's Cargo.lock cannot be copied")?;
        let mut build = Command::new(cargo_fuzz);
        build.current_dir(workspace::root()).args(["fuzz", "build"]);
        // Coverage is all that the fuzzer needs, and that a stable compiler has. Unsafe code, for
        // which the address sanitizer is, is in other people's crates.
        build.args(["--sanitizer", "none", "--codegen-units", "4"]);
        build.arg("--fuzz-dir").arg(&project);
        build.arg("--target-dir").arg(folder());
        process::run("Building the targets", &mut build)?;
        Ok(Self {
            binaries: folder().join(host()?).join("release"),
        })
    }

    /// Runs one target until the time is over or an input breaks something.
    pub(super) fn search(&self, target: &str, time: Duration) -> Result<Finding> {
        let kept = made(folder().join("corpus").join(target))?;
        let broken = made(folder().join("broken").join(target))?;
        let log = folder().join(format!("{target}.log"));
        let before = files(&broken)?;

        let mut fuzzer = self.fuzzer(target, &broken);
        fuzzer
            .arg(format!("-max_total_time={}", time.as_secs()))
            .arg("-print_final_stats=1")
            .arg(&kept)
            .arg(seeds(target));
        let dictionary = project_file("dictionaries", &format!("{target}.txt"));
        if dictionary.exists() {
            fuzzer.arg(format!("-dict={}", dictionary.display()));
        }
        if target == "component" {
            fuzzer.arg(guests()?);
        }
        let success = watched(target, &mut fuzzer, &log, time)?;
        let found = files(&broken)?
            .into_iter()
            .find(|path| !before.contains(path));
        ensure!(
            success || found.is_some(),
            "`{}` failed; {} says why",
            process::written(&fuzzer),
            workspace::shown(&log)
        );
        let input = found
            .map(|input| self.minimised(target, input))
            .transpose()?;
        if input.is_none() {
            self.merge(target, &kept)?;
        }
        let text = fs::read(&log).context("the fuzzer's log cannot be read")?;
        Ok(Finding {
            target: target.to_owned(),
            runs: report::runs(&String::from_utf8_lossy(&text)),
            corpus: files(&kept)?.len(),
            input,
        })
    }

    fn fuzzer(&self, target: &str, broken: &Path) -> Command {
        let mut fuzzer = Command::new(self.binaries.join(target));
        fuzzer
            .current_dir(workspace::root())
            .env("RUST_BACKTRACE", "0")
            .arg(format!("-timeout={LONGEST_RUN}"))
            .arg(format!("-rss_limit_mb={MOST_MEMORY}"))
            .arg(format!("-artifact_prefix={}/", broken.display()));
        if target == "component" {
            fuzzer.arg(format!("-max_len={LONGEST_COMPONENT}"));
        }
        fuzzer
    }

    /// The input, or a smaller one that breaks something too.
    fn minimised(&self, target: &str, input: PathBuf) -> Result<PathBuf> {
        let folder = input.parent().unwrap_or(&input).to_owned();
        let smaller = input.with_extension("smaller");
        let mut fuzzer = self.fuzzer(target, &folder);
        fuzzer
            .arg("-minimize_crash=1")
            .arg(format!("-max_total_time={}", MINIMISING.as_secs()))
            .arg(format!("-exact_artifact_path={}", smaller.display()))
            .arg(&input);
        let log = folder.with_extension("log");
        // It fails where nothing smaller breaks.
        watched(
            &format!("{target}: a smaller input"),
            &mut fuzzer,
            &log,
            MINIMISING,
        )?;
        Ok(if smaller.exists() { smaller } else { input })
    }

    /// Keeps of the corpus what the smallest inputs reach together.
    fn merge(&self, target: &str, kept: &Path) -> Result<()> {
        let merged = made(kept.with_extension("merged"))?;
        let mut fuzzer = self.fuzzer(target, kept);
        fuzzer.arg("-merge=1").arg(&merged).arg(kept);
        let log = kept.with_extension("log");
        if watched(
            &format!("{target}: the corpus"),
            &mut fuzzer,
            &log,
            MINIMISING,
        )? {
            fs::remove_dir_all(kept)?;
            fs::rename(&merged, kept)?;
        } else {
            fs::remove_dir_all(&merged)?;
        }
        Ok(())
    }
}

/// Returns the folder of everything that the fuzzer makes, apart from what other commands build.
fn folder() -> PathBuf {
    workspace::target().join("fuzz")
}

fn project_file(folder: &str, name: &str) -> PathBuf {
    workspace::root().join("tests/fuzz").join(folder).join(name)
}

/// The inputs that every run of the tests tries too.
fn seeds(target: &str) -> PathBuf {
    project_file("corpus", target)
}

/// The wasm of the samples and of the tests' guests, those that are not too long, in one folder.
fn guests() -> Result<PathBuf> {
    let folder = made(folder().join("guests"))?;
    for built in [workspace::built_plugins(), workspace::built_guests()] {
        for guest in files(&built)? {
            let wasm = guest.join("plugin.wasm");
            let name = guest.file_name().unwrap_or_default();
            if fs::metadata(&wasm).is_ok_and(|found| found.len() <= LONGEST_COMPONENT) {
                fs::copy(&wasm, folder.join(name))?;
            }
        }
    }
    Ok(folder)
}

/// The platform's name, which cargo-fuzz has its folder under.
fn host() -> Result<String> {
    let version =
        process::output(Command::new("rustc").arg("-vV")).context("rustc does not answer")?;
    version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .context("rustc does not say what it runs on")
}

/// Runs a fuzzer into a log, behind a clock. Whether it found nothing.
fn watched(what: &str, fuzzer: &mut Command, log: &Path, time: Duration) -> Result<bool> {
    let clock =
        ProgressBar::new_spinner().with_message(format!("{what}, {}", terminal::Seconds(time)));
    clock.set_style(
        ProgressStyle::with_template("{spinner}   {msg} ({elapsed})")
            .expect("the template is valid"),
    );
    if clock.is_hidden() {
        terminal::heading(what);
    }
    clock.enable_steady_tick(Duration::from_millis(100));
    let began = Instant::now();
    let file = File::create(log)?;
    let status = fuzzer
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .status();
    clock.finish_and_clear();
    let status =
        status.with_context(|| format!("`{}` does not start", process::written(fuzzer)))?;
    if status.success() {
        terminal::done(what, began.elapsed());
    }
    Ok(status.success())
}

fn made(folder: PathBuf) -> Result<PathBuf> {
    fs::create_dir_all(&folder)
        .with_context(|| format!("{} cannot be made", workspace::shown(&folder)))?;
    Ok(folder)
}

/// Returns the files in a folder, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)
        .with_context(|| format!("{} cannot be read", workspace::shown(folder)))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}
