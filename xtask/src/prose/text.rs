//! The words of a file, without the marks of comments.

/// A file as its words, line by line.
pub(super) struct Text<'a> {
    pub(super) lines: Vec<Line<'a>>,
    /// All lines' words, one space between two lines; an empty line ends a sentence.
    pub(super) joined: String,
    /// The start of each line in `joined`.
    starts: Vec<usize>,
}

/// One line of a file.
pub(super) struct Line<'a> {
    /// The mark of the comment that the line is, such as `///`; empty for code and prose.
    pub(super) mark: &'static str,
    /// The line without indentation, mark and the backslash that continues a string.
    pub(super) words: &'a str,
    /// Characters of the whole line, indentation included.
    pub(super) width: usize,
}

impl<'a> Text<'a> {
    pub(super) fn new(path: &str, content: &'a str) -> Self {
        let marks = marks(path);
        let lines: Vec<Line<'a>> = content.lines().map(|line| Line::new(line, marks)).collect();
        let mut joined = String::with_capacity(content.len());
        let mut starts = Vec::with_capacity(lines.len());
        for line in &lines {
            starts.push(joined.len());
            joined.push_str(line.words);
            joined.push(' ');
        }
        Self {
            lines,
            joined,
            starts,
        }
    }

    /// Returns the number of the line that holds this place of `joined`, from 1.
    pub(super) fn line_at(&self, place: usize) -> usize {
        self.starts.partition_point(|start| *start <= place)
    }
}

impl<'a> Line<'a> {
    fn new(line: &'a str, marks: &[&'static str]) -> Self {
        let trimmed = line.trim();
        let mark = marks
            .iter()
            .find(|mark| trimmed.starts_with(**mark))
            .copied()
            .unwrap_or("");
        let words = trimmed[mark.len()..].trim_start();
        Self {
            mark,
            words: words.strip_suffix('\\').unwrap_or(words).trim_end(),
            width: line.chars().count(),
        }
    }
}

/// Returns the marks of comments in a file of this name, the longest first.
fn marks(path: &str) -> &'static [&'static str] {
    match path.rsplit_once('.').map_or("", |(_, kind)| kind) {
        "rs" | "zig" => &["///", "//!", "//"],
        "c" | "h" | "js" | "ts" => &["///", "//", "/**", "/*", "*"],
        "lua" | "sql" => &["---", "--"],
        "go" | "rhai" => &["//"],
        "py" | "toml" => &["#"],
        _ => &[],
    }
}
