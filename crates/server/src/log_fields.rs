//! The form of a log record's fields: a record never looks like two, whatever its words quote.

use std::fmt::{self, Debug};

use raisfast_contract::Printable;
use tracing::field::Field;
use tracing_subscriber::{
    field::MakeExt,
    fmt::{
        FormatFields,
        format::{Writer, debug_fn},
    },
};

use crate::advice;

/// Writes a message, then `name=value` for each other field, as `tracing-subscriber` does by
/// itself; what could drive a terminal is escaped, and lines after the first are set in, so that
/// none begins as a record does.
pub(crate) fn printable() -> impl for<'writer> FormatFields<'writer> + 'static {
    debug_fn(write_field).delimited(" ")
}

fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> fmt::Result {
    let name = field.name();
    let shown = Printable::lines(format_args!("{value:?}"))
        .to_string()
        .replace('\n', "\n    ");
    if name == "message" {
        write!(writer, "{shown}")
    } else if name.starts_with("log.") {
        // Of records that came through the crate `log`: where they are from is written already.
        Ok(())
    } else if writer.has_ansi_escapes() {
        write!(writer, "\x1b[3m{name}\x1b[0m\x1b[2m=\x1b[0m{shown}")?;
        write_advice(writer, name, &shown)
    } else {
        write!(writer, "{name}={shown}")?;
        write_advice(writer, name, &shown)
    }
}

/// Writes what helps against a problem that a record names. The crates below do not know it.
fn write_advice(writer: &mut Writer<'_>, name: &str, shown: &str) -> fmt::Result {
    let problem = shown.trim_matches('"');
    match advice::of_problem(problem).filter(|_| name == "problem") {
        Some(advice) => write!(writer, " ({advice})"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::printable;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(log: impl FnOnce()) -> String {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .without_time()
            .with_target(false)
            .fmt_fields(printable())
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, log);
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_record_cannot_look_like_two_or_drive_a_terminal() {
        let hostile = "x\n2026-12-01T00:00:00Z  INFO all is well\x1b[31m\u{9b}31m\u{202e}";
        let record = logged(|| tracing::error!(name = %hostile, "not loaded: {hostile}"));
        let shown = "x\n    2026-12-01T00:00:00Z  INFO all is well\\u{1b}[31m\\u{9b}31m\\u{202e}";
        assert_eq!(record, format!("ERROR not loaded: {shown} name={shown}\n"));
    }

    #[test]
    fn a_problem_comes_with_what_helps() {
        let record = logged(|| tracing::error!(problem = "dead-letter", "a delivery failed"));
        assert_eq!(
            record,
            "ERROR a delivery failed problem=\"dead-letter\" \
             (`raisfast outbox retry <delivery>` tries it again)\n"
        );
    }

    #[test]
    fn other_records_are_written_as_ever() {
        let record = logged(|| tracing::info!(folder = "seo", generation = 2, "plugin loaded"));
        assert_eq!(record, " INFO plugin loaded folder=\"seo\" generation=2\n");
    }
}
