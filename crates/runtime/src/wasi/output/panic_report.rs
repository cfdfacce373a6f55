//! The report of a Rust guest's panic, as one record.
//!
//! Rust's standard library prints a place, the message, and a line about a variable that nobody can
//! set for a guest. The engine of plugins in JavaScript is such a guest: what it says of an error
//! that the plugin's guard has logged already, in the author's own words, is left out.

/// Bytes of a report.
const MOST: usize = 8 << 10;

/// The error that the guard throws once it has logged the reason.
const LOGGED: &str = "(its reason is in the plugin's log)";

/// The file in which the engine of JavaScript converts what the plugin hands to the host.
const CONVERSION: &str = "crates/runtime/src/call.rs:";

/// A report that has begun.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PanicReport {
    place: String,
    message: String,
}

/// The fate of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is part of the report.
    Part,
    /// It ends the report, and is part of it.
    End,
    /// It is too much; the report ends before it.
    No,
}

impl PanicReport {
    /// Begins with a line such as `thread 'main' panicked at src/lib.rs:5:9:`.
    pub(super) fn begin(line: &str) -> Option<Self> {
        let (_, place) = line.strip_prefix("thread '")?.split_once("panicked at ")?;
        let place = place.strip_suffix(':')?.to_owned();
        Some(Self {
            place,
            message: String::new(),
        })
    }

    pub(super) fn add(&mut self, line: &str) -> Taken {
        if line.starts_with("note: run with `RUST_BACKTRACE=") {
            return Taken::End;
        }
        if self.message.len() + line.len() > MOST {
            return Taken::No;
        }
        if !self.message.is_empty() {
            self.message.push('\n');
        }
        self.message.push_str(line);
        Taken::Part
    }

    /// The record; none where its reason is in the log already.
    pub(super) fn record(self) -> Option<String> {
        let Self { place, message } = self;
        if message.contains(LOGGED) {
            return None;
        }
        if place.starts_with(CONVERSION) {
            return Some(format!(
                "a function of the host was handed something else than it takes; compare the call with `bindings/interfaces`: {message}"
            ));
        }
        Some(format!("panicked at {place}:\n{message}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{PanicReport, Taken};

    fn record(place: &str, lines: &[&str]) -> Option<String> {
        let first = format!("thread '<unnamed>' (1) panicked at {place}:");
        let mut report = PanicReport::begin(&first).unwrap();
        for line in lines {
            assert_eq!(report.add(line), Taken::Part);
        }
        let note = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace";
        assert_eq!(report.add(note), Taken::End);
        report.record()
    }

    #[test]
    fn place_and_message_are_one_record_without_the_note() {
        assert_eq!(
            record("src/lib.rs:5:9", &["two", "lines"]).unwrap(),
            "panicked at src/lib.rs:5:9:\ntwo\nlines"
        );
    }

    #[test]
    fn what_the_guard_has_logged_is_left_out() {
        let engine = "Failed to call 'onLogin': Exception(Exception { message: Some(\"(its reason is in the plugin's log)\") })";
        assert_eq!(
            record("crates/runtime/src/interpreter.rs:51:31", &[engine]),
            None
        );
        assert!(record("crates/runtime/src/interpreter.rs:51:31", &["other"]).is_some());
    }

    #[test]
    fn what_the_host_was_handed_is_said_in_words() {
        let record = record("crates/runtime/src/call.rs:163:38", &["expected array"]).unwrap();
        assert!(
            record.ends_with("`bindings/interfaces`: expected array"),
            "{record}"
        );
    }

    #[test]
    fn other_lines_are_no_report_and_a_report_has_an_end() {
        for line in [
            "",
            "thread",
            "panicked at x:",
            "thread 'a' is here",
            "Error: thread 'x'",
        ] {
            assert_eq!(PanicReport::begin(line), None, "{line}");
        }
        let mut report = PanicReport::begin("thread 'main' panicked at a.rs:1:1:").unwrap();
        assert_eq!(report.add(&"x".repeat(8 << 10)), Taken::Part);
        assert_eq!(report.add("y"), Taken::No);
    }
}
