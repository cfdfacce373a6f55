//! The mistakes in a manifest with their places: collected while reading, rendered with the source
//! line.

use std::{fmt, ops::Range};

use unicode_width::UnicodeWidthStr;

/// The longest piece of a source line that an error shows, in characters.
const MAX_EXCERPT: usize = 120;
/// The longest sentence of an error, in characters; it may quote the manifest.
const MAX_SENTENCE: usize = 500;

/// Everything that is wrong with one manifest, in the order of the file.
///
/// `Display` renders it as plain text for a terminal, one paragraph an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestErrors {
    file: String,
    errors: Vec<ManifestError>,
}

impl ManifestErrors {
    /// The errors, in the order of the file; never empty.
    pub fn errors(&self) -> &[ManifestError] {
        &self.errors
    }
}

impl std::error::Error for ManifestErrors {}

impl fmt::Display for ManifestErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for error in &self.errors {
            writeln!(f, "{error}\n")?;
        }
        match self.errors.len() {
            1 => write!(f, "{}: 1 error", self.file),
            count => write!(f, "{}: {count} errors", self.file),
        }
    }
}

/// One thing that is wrong with a manifest.
///
/// `Display` renders it the way a compiler does:
///
/// ```text
/// manifest.toml:8:1: unknown key `priorty` in `[hooks.on-post-created]`
///   |
/// 8 | priorty = 10
///   | ^^^^^^^
///   = expected: `priority`, `timeout_ms`, `on_error` or `content_types`
///   = help: did you mean `priority`?
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ManifestError {
    /// The file's name, as the caller gave it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The offending text as it stands in the file, its first line where it has several.
    pub found: String,
    /// The mistake.
    pub message: String,
    /// The correct form.
    pub expected: Option<String>,
    /// The remedy, where the crate knows one.
    pub help: Option<String>,
    excerpt: Excerpt,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            message,
            excerpt,
            ..
        } = self;
        let gutter = line.to_string().len();
        let (space, carets) = (" ".repeat(excerpt.indent), "^".repeat(excerpt.width));
        writeln!(f, "{file}:{line}:{column}: {message}")?;
        writeln!(f, "{:gutter$} |", "")?;
        writeln!(f, "{}", format!("{line} | {}", excerpt.text).trim_end())?;
        write!(f, "{:gutter$} | {space}{carets}", "")?;
        if let Some(expected) = &self.expected {
            write!(f, "\n{:gutter$} = expected: {expected}", "")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n{:gutter$} = help: {help}", "")?;
        }
        Ok(())
    }
}

/// The source line as shown, and where the carets stand below it, in terminal columns.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Excerpt {
    text: String,
    indent: usize,
    width: usize,
}

impl Excerpt {
    /// Shows `line`, of which the characters in `marked` are meant. A terminal must not be made to
    /// obey what a manifest contains, so control characters are replaced; long lines are cut.
    fn new(line: &str, marked: Range<usize>) -> Self {
        let start = if marked.end > MAX_EXCERPT {
            marked.start.saturating_sub(MAX_EXCERPT / 4)
        } else {
            0
        };
        let show = |range: Range<usize>| -> String {
            line.chars()
                .skip(range.start)
                .take(range.len())
                .map(printable)
                .collect()
        };
        let length = line.chars().count();
        let end = length.min(start + MAX_EXCERPT);
        let before = if start > 0 { "…" } else { "" };
        let after = if end < length { "…" } else { "" };
        Self {
            indent: before.width() + show(start..marked.start).width(),
            width: show(marked.start..marked.end.min(end)).width().max(1),
            text: format!("{before}{}{after}", show(start..end)),
        }
    }
}

/// The character, or a stand-in for one that would steer a terminal or turn the text's direction.
fn printable(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

/// A text on one line, for people, of at most this many characters.
fn one_line(text: &str, most: usize) -> String {
    let mark = if text.chars().nth(most).is_some() {
        "…"
    } else {
        ""
    };
    text.chars()
        .take(most)
        .map(printable)
        .chain(mark.chars())
        .collect()
}

/// `text` in backquotes as a message shows it: on one line, cut when long.
pub(crate) fn quoted(text: &str) -> String {
    if text.is_empty() {
        return "an empty text".to_owned();
    }
    format!("`{}`", one_line(text, 80))
}

/// One problem, before it is known on which line it stands.
pub(crate) struct Problem {
    /// Bytes of the source.
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) expected: Option<String>,
    pub(crate) help: Option<String>,
}

/// Collects the problems of one source text.
pub(crate) struct Problems<'s> {
    file: &'s str,
    source: &'s str,
    found: Vec<Problem>,
}

impl<'s> Problems<'s> {
    pub(crate) fn new(file: &'s str, source: &'s str) -> Self {
        Self {
            file,
            source,
            found: Vec::new(),
        }
    }

    pub(crate) fn report(&mut self, problem: Problem) {
        self.found.push(problem);
    }

    pub(crate) fn retain(&mut self, keep: impl FnMut(&Problem) -> bool) {
        self.found.retain(keep);
    }

    pub(crate) fn source(&self) -> &'s str {
        self.source
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The source text of a value.
    pub(crate) fn text(&self, span: &Range<usize>) -> &'s str {
        self.source.get(span.clone()).unwrap_or_default()
    }

    /// The line on which a value begins, from 1.
    pub(crate) fn line(&self, span: &Range<usize>) -> usize {
        1 + self
            .source
            .bytes()
            .take(span.start)
            .filter(|&byte| byte == b'\n')
            .count()
    }

    /// Gives the problems their lines and puts them in the file's order.
    pub(crate) fn into_errors(mut self) -> ManifestErrors {
        self.found.sort_by_key(|problem| problem.span.start);
        let lines = Lines::new(self.source);
        let errors = self
            .found
            .into_iter()
            .map(|problem| lines.locate(self.file, problem))
            .collect();
        ManifestErrors {
            file: self.file.to_owned(),
            errors,
        }
    }
}

/// The start of each line of a text.
struct Lines<'s> {
    source: &'s str,
    starts: Vec<usize>,
}

impl<'s> Lines<'s> {
    fn new(source: &'s str) -> Self {
        let starts = std::iter::once(0)
            .chain(source.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self { source, starts }
    }

    fn locate(&self, file: &str, problem: Problem) -> ManifestError {
        let start = self.source.floor_char_boundary(problem.span.start);
        let line = self.starts.partition_point(|&begin| begin <= start);
        let begin = self.starts[line - 1];
        let text = self.source[begin..].lines().next().unwrap_or_default();
        let end = self.source.floor_char_boundary(
            problem
                .span
                .end
                .clamp(start, (begin + text.len()).max(start)),
        );
        let characters = |to: usize| self.source[begin..to].chars().count();
        let marked = characters(start)..characters(end);
        ManifestError {
            file: file.to_owned(),
            line,
            column: marked.start + 1,
            found: self.source[start..end].to_owned(),
            message: one_line(&problem.message, MAX_SENTENCE),
            expected: problem.expected.map(|text| one_line(&text, MAX_SENTENCE)),
            help: problem.help.map(|text| one_line(&text, MAX_SENTENCE)),
            excerpt: Excerpt::new(text, marked),
        }
    }
}
