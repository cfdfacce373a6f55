//! Text that somebody else has chosen, as people may be shown it.

use std::fmt::{self, Display, Write};

/// Displays a text without what could make it look like several, drive a terminal or turn its own
/// direction: control characters, line breaks, and the marks of bidirectional writing are escaped
/// as in Rust, `\u{202e}`.
///
/// Guests name functions and imports, and files have names; wherever such a name reaches a log, a
/// terminal or an error's words, it does so through this.
#[derive(Debug, Clone, Copy)]
pub struct Printable<T> {
    text: T,
    keeps_lines: bool,
}

impl<T: Display> Printable<T> {
    /// The text on one line.
    pub const fn new(text: T) -> Self {
        Self {
            text,
            keeps_lines: false,
        }
    }

    /// The same for a text of the host's own, whose line breaks and tabs are meant.
    pub const fn lines(text: T) -> Self {
        Self {
            text,
            keeps_lines: true,
        }
    }
}

/// Returns whether a character may be shown as it is.
pub fn is_printable(c: char) -> bool {
    !(c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

/// Returns a text as people may be shown it, without what is beyond this many of its bytes.
///
/// ```
/// assert_eq!(raisfast_contract::printable_within("a\nbc", 3), r"a\nb…");
/// ```
pub fn printable_within(text: &str, most: usize) -> String {
    let kept = &text[..text.floor_char_boundary(most)];
    let mark = if kept.len() < text.len() { "…" } else { "" };
    format!("{}{mark}", Printable::new(kept))
}

impl<T: Display> Display for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut escaping = Escaping {
            to: f,
            keeps_lines: self.keeps_lines,
        };
        write!(escaping, "{}", self.text)
    }
}

/// Escapes what is written through it.
struct Escaping<'a, 'f> {
    to: &'a mut fmt::Formatter<'f>,
    keeps_lines: bool,
}

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut plain = 0;
        for (index, c) in text.char_indices() {
            if is_printable(c) || (self.keeps_lines && matches!(c, '\n' | '\t')) {
                continue;
            }
            self.to.write_str(&text[plain..index])?;
            write!(self.to, "{}", c.escape_default())?;
            plain = index + c.len_utf8();
        }
        self.to.write_str(&text[plain..])
    }
}

#[cfg(test)]
mod tests {
    use super::{Printable, printable_within};

    /// A forged record, a terminal's escape in seven and in eight bits, and text that is turned
    /// around.
    const HOSTILE: &str = "grün\n2026 INFO \x1b[2J\u{9b}31m\r\0 \u{202e}txt\u{2069}";

    #[test]
    fn a_text_stays_one_and_drives_nothing() {
        assert_eq!(
            Printable::new(HOSTILE).to_string(),
            r"grün\n2026 INFO \u{1b}[2J\u{9b}31m\r\u{0} \u{202e}txt\u{2069}"
        );
        assert_eq!(
            Printable::lines("one\ntwo\r\n\x1b").to_string(),
            "one\ntwo\\r\n\\u{1b}"
        );
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_so() {
        assert_eq!(printable_within("世界", 6), "世界");
        assert_eq!(printable_within("世界", 5), "世…");
        assert_eq!(printable_within("\u{1b}[2J", 1), "\\u{1b}…");
    }

    #[test]
    fn what_is_shown_once_is_not_changed_by_being_shown_again() {
        let shown = Printable::new(HOSTILE).to_string();
        assert_eq!(Printable::new(&shown).to_string(), shown);
    }

    #[test]
    fn other_writing_stays_as_it_is() {
        for text in ["", "日本語 العربية עברית", "👩‍👩‍👧 naïve", r"C:\n"]
        {
            assert_eq!(Printable::new(text).to_string(), text);
        }
    }
}
