//! Run other programs: those that show their own progress, and those that need a spinner.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek, Write},
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{failed_tests::FailedTests, terminal};

/// The most lines of a quiet program's output that a failure shows.
const LAST_LINES: usize = 20;

/// Run a program that prints for itself (cargo does).
pub(crate) fn run(what: &str, command: &mut Command) -> Result<()> {
    terminal::heading(what);
    let began = Instant::now();
    let status = command
        .status()
        .with_context(|| format!("`{}` does not start", written(command)))?;
    check(command, status, "")?;
    terminal::done(what, began.elapsed());
    Ok(())
}

/// Runs test programs, which print for themselves. The error has the tests that failed, because
/// they may be far above the end of a long run.
pub(crate) fn run_tests(what: &str, command: &mut Command) -> Result<()> {
    terminal::heading(what);
    let began = Instant::now();
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{}` does not start", written(command)))?;
    let mut failed = FailedTests::default();
    let mut terminal = std::io::stdout().lock();
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        terminal.write_all(&line)?;
        failed.read(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    drop(terminal);
    let status = child.wait()?;
    if !status.success() && !failed.is_empty() {
        bail!("`{}` failed ({status}):\n{failed}", written(command));
    }
    check(command, status, "")?;
    terminal::done(what, began.elapsed());
    Ok(())
}

/// Run a program whose output matters only if it fails, behind a spinner that counts the seconds.
pub(crate) fn run_quietly(what: &str, command: &mut Command) -> Result<()> {
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.set_style(
        ProgressStyle::with_template("{spinner}   {msg} ({elapsed})")
            .expect("the template is valid"),
    );
    if spinner.is_hidden() {
        terminal::heading(what);
    }
    spinner.enable_steady_tick(Duration::from_millis(100));

    let began = Instant::now();
    let mut log = tempfile::tempfile()?;
    let status = command
        .stdin(std::process::Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?)
        .status();
    spinner.finish_and_clear();
    let status = status.with_context(|| format!("`{}` does not start", written(command)))?;
    check(command, status, &last_lines(&mut log)?)?;
    terminal::done(what, began.elapsed());
    Ok(())
}

/// Returns the output of a program, if it can be run and succeeds.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A command as one would type it.
pub(crate) fn written(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(|word| {
        let word = word.to_string_lossy();
        if word.contains([' ', '*']) {
            format!("'{word}'")
        } else {
            word.into_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn check(command: &Command, status: ExitStatus, log: &str) -> Result<()> {
    if !status.success() {
        let log = if log.is_empty() {
            String::new()
        } else {
            format!("; its last words:\n{log}")
        };
        bail!("`{}` failed ({status}){log}", written(command));
    }
    Ok(())
}

fn last_lines(log: &mut File) -> Result<String> {
    log.rewind()?;
    let mut text = Vec::new();
    log.read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let lines = &lines[lines.len().saturating_sub(LAST_LINES)..];
    Ok(lines
        .iter()
        .map(|line| format!("    {line}"))
        .collect::<Vec<_>>()
        .join("\n"))
}
