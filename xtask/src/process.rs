//! Run other programs: those that show their own progress, and those that need a spinner.

use std::{
    fs::File,
    io::{BufRead, BufReader, IsTerminal as _, Read, Seek, Write},
    os::unix::fs::FileExt as _,
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    failed_tests::FailedTests,
    terminal,
    ticker::{SILENCE, while_saying},
};

/// The most lines of a quiet program's output that a failure shows.
const LAST_LINES: usize = 20;

/// The most of a line that a program's progress takes.
const LINE: usize = 60;

/// The age of the line that a terminal shows.
const REFRESH: Duration = Duration::from_millis(500);

/// Run a program that prints for itself (cargo does).
pub(crate) fn run(what: &str, command: &mut Command) -> Result<()> {
    terminal::heading(what);
    let began = Instant::now();
    let status = heard(what, || command.status());
    let status = status.with_context(|| format!("`{}` does not start", written(command)))?;
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

/// Does the work of a program that shows its progress on a terminal; elsewhere, says now and then
/// that it goes on.
pub(crate) fn heard<T>(what: &str, work: impl FnOnce() -> T) -> T {
    if std::io::stderr().is_terminal() {
        return work();
    }
    while_saying(
        SILENCE,
        |elapsed| terminal::going_on(what, elapsed, ""),
        work,
    )
}

/// Run a program whose output matters only if it fails, behind a spinner that counts the seconds
/// and shows its last line: a download says there how far it is.
pub(crate) fn run_quietly(what: &str, command: &mut Command) -> Result<()> {
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.set_style(
        ProgressStyle::with_template("{spinner}   {msg} ({elapsed}) {prefix:.dim}")
            .expect("the template is valid"),
    );
    let is_hidden = spinner.is_hidden();
    if is_hidden {
        terminal::heading(what);
    }
    spinner.enable_steady_tick(Duration::from_millis(100));

    let began = Instant::now();
    let mut log = tempfile::tempfile()?;
    command
        .stdin(std::process::Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?);
    let say = |elapsed| {
        let line = last_line(&log);
        if is_hidden {
            terminal::going_on(what, elapsed, &line);
        } else {
            spinner.set_prefix(line);
        }
    };
    let period = if is_hidden { SILENCE } else { REFRESH };
    let status = while_saying(period, say, || command.status());
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

/// Returns the end of the last line that a program has written so far, while it writes: the file's
/// position is the program's.
fn last_line(log: &File) -> String {
    let mut end = [0; 512];
    let length = log.metadata().map_or(0, |metadata| metadata.len());
    let begin = length.saturating_sub(end.len() as u64);
    let read = log.read_at(&mut end, begin).unwrap_or(0);
    let text = String::from_utf8_lossy(&end[..read]);
    let mut lines = text.split(['\n', '\r']).map(str::trim);
    let line = lines.rfind(|line| !line.is_empty());
    let printable = line.unwrap_or_default().chars().filter(|c| !c.is_control());
    printable.take(LINE).collect()
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::last_line;

    #[test]
    fn the_last_line_is_what_a_download_writes_over() {
        let mut log = tempfile::tempfile().unwrap();
        assert_eq!(last_line(&log), "");
        write!(log, "Get:1 a [1 MB]\n 10 %\r 20 %\r").unwrap();
        assert_eq!(last_line(&log), "20 %");
        write!(log, "\x1b[31mred\n\n").unwrap();
        assert_eq!(last_line(&log), "[31mred");
        write!(log, "{}", "é".repeat(1000)).unwrap();
        assert!(last_line(&log).ends_with("éé"));
        // What is read does not move the place where the program writes.
        writeln!(log, "\nlast").unwrap();
        assert_eq!(last_line(&log), "last");
    }
}
