//! The failed tests of a run, picked from what its test programs print.

use std::fmt;

/// The most lines of one test's own output that are kept, and of all together. A panic's message
/// stands first.
const LINES_OF_A_TEST: usize = 12;
const LINES: usize = 200;

/// The failed tests of a run, with the beginning of what each printed.
#[derive(Debug, Default)]
pub(crate) struct FailedTests {
    lines: Vec<String>,
    /// The lines that the test whose output comes now may still have.
    room: usize,
}

impl FailedTests {
    /// Takes the next line of the run.
    pub(crate) fn read(&mut self, line: &str) {
        let name = line
            .strip_prefix("---- ")
            .and_then(|rest| rest.strip_suffix(" stdout ----"));
        if let Some(name) = name {
            self.room = LINES_OF_A_TEST;
            self.keep(format!("{name}:"));
        } else if line == "failures:" || line.starts_with("stack backtrace:") {
            self.room = 0;
        } else if self.room > 0 && !line.trim().is_empty() {
            self.room -= 1;
            self.keep(format!("    {line}"));
        }
    }

    /// Tells a run without a failed test.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn keep(&mut self, line: String) {
        if self.lines.len() < LINES {
            self.lines.push(line);
        }
    }
}

impl fmt::Display for FailedTests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::{FailedTests, LINES, LINES_OF_A_TEST};

    #[test]
    fn a_failed_test_is_kept_with_its_message_and_without_its_stack() {
        let mut failed = FailedTests::default();
        for line in [
            "running 2 tests",
            "test a::passes ... ok",
            "test a::fails ... FAILED",
            "",
            "failures:",
            "",
            "---- a::fails stdout ----",
            "",
            "thread 'a::fails' (7) panicked at src/a.rs:9:5:",
            "it is not there",
            "stack backtrace:",
            "   0: core::panicking::panic_fmt",
            "",
            "failures:",
            "    a::fails",
        ] {
            failed.read(line);
        }
        assert_eq!(
            failed.to_string(),
            "a::fails:\n    thread 'a::fails' (7) panicked at src/a.rs:9:5:\n    it is not there"
        );
    }

    #[test]
    fn a_run_without_a_failure_is_empty() {
        let mut failed = FailedTests::default();
        failed.read("test a::passes ... ok");
        assert!(failed.is_empty());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut failed = FailedTests::default();
        for test in 0..100 {
            failed.read(&format!("---- test_{test} stdout ----"));
            for _ in 0..100 {
                failed.read("again and again");
            }
        }
        let text = failed.to_string();
        assert_eq!(text.lines().count(), LINES);
        assert_eq!(
            text.lines().position(|line| line == "test_1:"),
            Some(LINES_OF_A_TEST + 1)
        );
    }
}
