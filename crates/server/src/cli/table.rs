//! Tables for people, as wide as the terminal at most: columns line up, two spaces between them.
//!
//! A cell that does not fit is wrapped between words. If the table is still too wide, each row is
//! a paragraph with a line for each column: nothing is cut off, because ids are pasted.

use std::io::{self, IsTerminal as _};

use raisfast_contract::Printable;
use unicode_width::UnicodeWidthStr as _;

/// The width where there is no terminal.
const PIPED: usize = 80;
/// The least width that is worth wrapping for.
const LEAST: usize = 40;
/// The space between two columns.
const GAP: usize = 2;

/// Prints a header and rows to standard output.
pub(super) fn print<const COLUMNS: usize>(header: [&str; COLUMNS], rows: &[[String; COLUMNS]]) {
    for line in lines(header, rows, width()) {
        say!("{line}");
    }
}

/// Prints a table whose values are paths and addresses, which are not broken: as wide as it is.
pub(super) fn print_wide<const COLUMNS: usize>(
    header: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
) {
    for line in lines(header, rows, usize::MAX) {
        say!("{line}");
    }
}

/// Prints named values, a line each.
pub(super) fn print_fields(fields: &[(&str, String)]) {
    for line in field_lines(fields, width()) {
        say!("{line}");
    }
}

/// Prints a text, wrapped, with its further lines indented.
pub(super) fn print_text(text: &str) {
    for line in text_lines(text, width()) {
        say!("{line}");
    }
}

/// Returns a time, RFC 3339, without what is shorter than a second.
pub(super) fn time(text: &str) -> String {
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => text.to_owned(),
    }
}

/// Returns the columns that a line may have.
fn width() -> usize {
    let given = std::env::var("COLUMNS").ok();
    let given = given.and_then(|columns| columns.parse::<usize>().ok());
    let of_terminal = || {
        let stdout = io::stdout();
        let size = stdout
            .is_terminal()
            .then(|| rustix::termios::tcgetwinsize(&stdout));
        size?.ok().map(|size| usize::from(size.ws_col))
    };
    given
        .or_else(of_terminal)
        .filter(|columns| *columns > 0)
        .unwrap_or(PIPED)
        .max(LEAST)
}

fn lines<const COLUMNS: usize>(
    header: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
    width: usize,
) -> Vec<String> {
    let rows: Vec<[String; COLUMNS]> = rows
        .iter()
        .map(|row| row.each_ref().map(|cell| Printable::new(cell).to_string()))
        .collect();
    let Some(widths) = fitting(&header, &rows, width) else {
        return paragraphs(header, &rows, width);
    };
    let header = header.map(str::to_owned);
    let all = [&header].into_iter().chain(&rows);
    all.flat_map(|row| row_lines(row, &widths)).collect()
}

/// Returns the columns' widths with which the table fits, if there are any that break no word.
fn fitting<const COLUMNS: usize>(
    header: &[&str; COLUMNS],
    rows: &[[String; COLUMNS]],
    width: usize,
) -> Option<[usize; COLUMNS]> {
    let most = |column: usize, of: fn(&str) -> usize| {
        let cells = rows.iter().map(|row| of(&row[column]));
        cells.chain([of(header[column])]).max().unwrap_or_default()
    };
    let longest_word = |text: &str| text.split(' ').map(str::width).max().unwrap_or_default();
    let least: [usize; COLUMNS] = std::array::from_fn(|column| most(column, longest_word));
    let mut widths: [usize; COLUMNS] = std::array::from_fn(|column| most(column, str::width));
    let room = width.checked_sub(GAP * COLUMNS.saturating_sub(1))?;
    if least.iter().sum::<usize>() > room {
        return None;
    }
    while widths.iter().sum::<usize>() > room {
        // The one with the most to give.
        let widest = (0..COLUMNS).max_by_key(|&column| widths[column] - least[column])?;
        widths[widest] -= 1;
    }
    Some(widths)
}

/// The lines of a row; several where a cell is wrapped.
fn row_lines<const COLUMNS: usize>(
    row: &[String; COLUMNS],
    widths: &[usize; COLUMNS],
) -> Vec<String> {
    let cells: [Vec<String>; COLUMNS] =
        std::array::from_fn(|column| wrap(&row[column], widths[column]));
    let height = cells.iter().map(Vec::len).max().unwrap_or_default();
    (0..height)
        .map(|line| {
            let parts = cells.iter().zip(widths).map(|(cell, &width)| {
                let part = cell.get(line).map_or("", String::as_str);
                padded(part, width)
            });
            let parts: Vec<_> = parts.collect();
            parts.join(&" ".repeat(GAP)).trim_end().to_owned()
        })
        .collect()
}

fn paragraphs<const COLUMNS: usize>(
    header: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
    width: usize,
) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let fields: Vec<_> = header.into_iter().zip(row.iter().cloned()).collect();
        lines.extend(field_lines(&fields, width));
    }
    lines
}

fn field_lines(fields: &[(&str, String)], width: usize) -> Vec<String> {
    let names = fields.iter().map(|(name, _)| name.width()).max();
    let indent = names.unwrap_or_default() + GAP;
    let mut lines = Vec::new();
    for (name, value) in fields {
        let value = Printable::new(value).to_string();
        for (index, part) in wrap(&value, width.saturating_sub(indent))
            .iter()
            .enumerate()
        {
            let name = if index == 0 { *name } else { "" };
            lines.push(
                format!("{}{part}", padded(name, indent))
                    .trim_end()
                    .to_owned(),
            );
        }
    }
    lines
}

fn text_lines(text: &str, width: usize) -> Vec<String> {
    let text = Printable::new(text).to_string();
    let mut parts = wrap(&text, width).into_iter();
    let first = parts.next().unwrap_or_default();
    let rest: Vec<_> = parts.collect();
    let rest = wrap(&rest.join(" "), width - GAP).into_iter();
    let rest = rest.filter(|line| !line.is_empty());
    [first]
        .into_iter()
        .chain(rest.map(|line| format!("  {line}")))
        .collect()
}

fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing))
}

/// Breaks a text between words into lines of this width, and a word that is longer anywhere.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    for mut word in words(text, width) {
        let last = lines.last().map_or(0, |line| line.width());
        if last > 0 && last + 1 + word.width() <= width {
            append(&mut lines, " ");
        } else if last > 0 {
            lines.push(String::new());
        }
        while word.width() > width {
            let (head, tail) = word.split_at(breakable(word, width));
            append(&mut lines, head);
            lines.push(String::new());
            word = tail;
        }
        append(&mut lines, word);
    }
    lines
}

/// Returns the parts that a text may be broken between. A command in backticks is pasted, so it is
/// one part where it fits on a line.
fn words(text: &str, width: usize) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = Some(text);
    while let Some(text) = rest {
        let opened = text.find('`').filter(|at| !text[..*at].contains(' '));
        let closed = opened.and_then(|at| Some(at + 2 + text[at + 1..].find('`')?));
        let quoted = closed.filter(|end| text[..*end].width() <= width);
        let from = quoted.unwrap_or_default();
        let end = text[from..].find(' ').map(|at| from + at);
        words.push(&text[..end.unwrap_or(text.len())]);
        rest = end.map(|end| &text[end + 1..]);
    }
    words
}

fn append(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// Returns the number of bytes of a word that fit, one letter at least.
fn breakable(word: &str, width: usize) -> usize {
    let ends = word.char_indices().map(|(start, c)| start + c.len_utf8());
    let fits = |end: &usize| word[..*end].width() <= width;
    let first = word.chars().next().map_or(0, char::len_utf8);
    ends.take_while(fits).last().unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: [&str; 3]) -> [String; 3] {
        cells.map(str::to_owned)
    }

    const HEADER: [&str; 3] = ["ID", "STATE", "LAST ERROR"];

    #[test]
    fn a_table_that_fits_is_left_as_it_is() {
        let rows = [row(["one", "running", "-"]), row(["two", "", "it broke"])];
        assert_eq!(
            lines(HEADER, &rows, 40),
            [
                "ID   STATE    LAST ERROR",
                "one  running  -",
                "two           it broke",
            ]
        );
    }

    #[test]
    fn the_column_with_the_most_to_give_is_wrapped() {
        let rows = [row([
            "com.example.x",
            "running",
            "no answer within 5000 ms",
        ])];
        assert_eq!(
            lines(HEADER, &rows, 42),
            [
                "ID             STATE    LAST ERROR",
                "com.example.x  running  no answer within",
                "                        5000 ms",
            ]
        );
    }

    #[test]
    fn a_table_that_cannot_fit_becomes_paragraphs() {
        let id = "0197c9f0-6c1e-7b3a-9d55-1c2e3f405162";
        let rows = [
            row([id, "dead", "it broke"]),
            row(["two", "dead", "it broke"]),
        ];
        assert_eq!(
            lines(HEADER, &rows, 44),
            [
                "ID          0197c9f0-6c1e-7b3a-9d55-1c2e3f40",
                "            5162",
                "STATE       dead",
                "LAST ERROR  it broke",
                "",
                "ID          two",
                "STATE       dead",
                "LAST ERROR  it broke",
            ]
        );
    }

    #[test]
    fn no_line_is_wider_than_it_may_be() {
        let texts = [
            "",
            "a",
            "ein längeres Wort",
            "日本語のテキスト",
            "\u{1b}[31m",
            "x y  z",
        ];
        for width in [40, 41, 80] {
            for one in texts {
                for other in texts {
                    let long = other.repeat(30);
                    let rows = [row([one, other, &long]), row([&long, one, ""])];
                    for line in lines(HEADER, &rows, width)
                        .into_iter()
                        .chain(text_lines(&long, width))
                    {
                        assert!(line.width() <= width, "{width}: {line}");
                        assert!(!line.contains('\u{1b}'));
                    }
                }
            }
        }
    }

    #[test]
    fn a_command_is_not_broken_where_it_fits() {
        for (text, expected) in [
            (
                "to end it: `raisfast plugin reset x`; then",
                vec!["to end it:", "`raisfast plugin reset x`; then"],
            ),
            ("a `b", vec!["a `b"]),
            ("a `b c` `d e`", vec!["a `b c` `d e`"]),
            (
                "`a command that is longer than any line may be`",
                vec!["`a command that is longer than", "any line may be`"],
            ),
        ] {
            assert_eq!(wrap(text, 32), expected);
        }
    }

    #[test]
    fn nothing_of_a_text_is_lost() {
        let text = "2026-03-02T08:47:20Z error on-login the call failed: no answer within 5000 ms";
        let lines = text_lines(text, 40);
        assert!(lines[1..].iter().all(|line| line.starts_with("  ")));
        let joined: Vec<_> = lines.iter().map(|line| line.trim()).collect();
        assert_eq!(joined.join(" "), text);
    }
}
