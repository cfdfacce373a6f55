//! The two forms of what a command prints: for people, and JSON for programs.

use std::fmt::Write as _;

use raisfast_contract::is_printable;
use serde_json::Value;

#[derive(clap::Args, Clone, Copy)]
pub(super) struct Format {
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

impl Format {
    /// Prints an answer as JSON, or what `people` prints.
    pub(super) fn print(self, answer: &Value, people: impl FnOnce()) {
        if self.json {
            say!("{}", escaped(&format!("{answer:#}")));
        } else {
            people();
        }
    }

    /// Prints one of many answers as JSON on a line, or what `people` prints.
    pub(super) fn print_line(self, answer: &Value, people: impl FnOnce()) {
        if self.json {
            say!("{}", escaped(&answer.to_string()));
        } else {
            people();
        }
    }
}

/// Escapes what could drive a terminal as JSON does. Line breaks stand between values only.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || is_printable(c) {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::escaped;

    #[test]
    fn json_stays_json_and_drives_no_terminal() {
        let value = json!({ "a": "x\u{1b}[31m\n\u{9b}\u{202e}txt", "b": [1, "é"] });
        for text in [format!("{value:#}"), value.to_string()] {
            let shown = escaped(&text);
            assert!(shown.is_ascii() || shown.contains('é'));
            assert!(!shown.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{shown}");
            assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
        }
    }
}
