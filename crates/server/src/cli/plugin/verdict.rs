//! The outcome of a case or a replayed call, as `test`, `conformance` and `replay` print it.

use std::io::{self, Write};

use raisfast_cases::{Difference, LogLine, Outcome, Replayed};

use crate::cli::output;

/// Records that are shown of a step's log: the last ones, which are nearest to the failure.
const RECORDS: usize = 50;

/// One line, and below it what was otherwise than expected, and what the plugin logged.
pub(super) fn print(name: &str, outcome: &Outcome) {
    let mut text = Vec::new();
    write(&mut text, name, outcome).expect("memory can be written to");
    output::to_stdout(format_args!("{}", String::from_utf8_lossy(&text)));
}

fn write(out: &mut impl Write, name: &str, outcome: &Outcome) -> io::Result<()> {
    let word = match outcome {
        Outcome::Passed => "pass",
        Outcome::Unsupported => "none",
        Outcome::Failed { .. } => "FAIL",
    };
    writeln!(out, "{word}  {name}")?;
    if let Outcome::Failed { differences, log } = outcome {
        print_differences(out, differences)?;
        print_log(out, log)?;
    }
    Ok(())
}

/// The same for a recorded call that was made again.
pub(super) fn print_replayed(name: &str, replayed: &Replayed) {
    let mut text = Vec::new();
    write_replayed(&mut text, name, replayed).expect("memory can be written to");
    output::to_stdout(format_args!("{}", String::from_utf8_lossy(&text)));
}

fn write_replayed(out: &mut impl Write, name: &str, replayed: &Replayed) -> io::Result<()> {
    let remarks = match replayed {
        Replayed::Impossible(reason) => {
            return writeln!(out, "none  {name}\n      {}", printable(reason));
        }
        Replayed::Equal { remarks } => {
            writeln!(out, "same  {name}")?;
            remarks
        }
        Replayed::Different {
            differences,
            log,
            remarks,
        } => {
            writeln!(out, "DIFF  {name}")?;
            print_differences(out, differences)?;
            print_log(out, log)?;
            remarks
        }
    };
    for remark in remarks {
        writeln!(out, "      note: {}", printable(remark))?;
    }
    Ok(())
}

fn print_differences(out: &mut impl Write, differences: &[Difference]) -> io::Result<()> {
    for difference in differences {
        let lines = printable(&difference.to_string()).replace('\n', "\n      ");
        writeln!(out, "      {lines}")?;
    }
    Ok(())
}

fn print_log(out: &mut impl Write, log: &[LogLine]) -> io::Result<()> {
    if log.is_empty() {
        return Ok(());
    }
    writeln!(out, "      the plugin's log")?;
    let skipped = log.len().saturating_sub(RECORDS);
    if skipped > 0 {
        writeln!(out, "        ({skipped} earlier records are not shown)")?;
    }
    for LogLine { level, message } in &log[skipped..] {
        // The lines of one record stand below each other, as those of a stack do.
        let message = printable(message).replace('\n', "\n               ");
        writeln!(out, "        {level:<5}  {message}")?;
    }
    Ok(())
}

/// The text without what a terminal would obey: control characters, and those that turn the
/// direction of reading.
fn printable(text: &str) -> String {
    let obeyed = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.trim_end_matches('\n').chars() {
        if obeyed(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A number of cases, in words.
pub(super) fn count(cases: usize) -> String {
    match cases {
        1 => "1 case".to_owned(),
        cases => format!("{cases} cases"),
    }
}

#[cfg(test)]
mod tests {
    use raisfast_cases::LogLine;

    use super::{RECORDS, print_log};

    fn shown(log: &[LogLine]) -> String {
        let mut out = Vec::new();
        print_log(&mut out, log).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn record(message: &str) -> LogLine {
        LogLine {
            level: "warn",
            message: message.to_owned(),
        }
    }

    #[test]
    fn a_record_is_shown_whole_with_its_lines_below_each_other() {
        let denied = "x".repeat(3000);
        let log = shown(&[record(&denied), record("Error: a\n    at b\n")]);
        assert!(log.contains(&denied));
        assert!(
            log.ends_with("warn   Error: a\n                   at b\n"),
            "{log}"
        );
        assert_eq!(shown(&[]), "");
    }

    #[test]
    fn a_terminal_obeys_nothing_of_it() {
        let log = shown(&[record("a\u{1b}[2J\rb\u{202e}c")]);
        assert!(log.contains("a\\u{1b}[2J\\u{d}b\\u{202e}c"), "{log}");
    }

    #[test]
    fn of_many_records_the_last_are_shown() {
        let records: Vec<_> = (0..RECORDS + 2)
            .map(|n| record(&format!("n{n}.")))
            .collect();
        let log = shown(&records);
        assert!(log.contains("(2 earlier records"), "{log}");
        assert!(!log.contains("n1.") && log.contains("n2.") && log.contains("n51."));
    }
}
