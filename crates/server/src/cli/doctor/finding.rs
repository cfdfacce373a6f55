//! The findings of a check.

use std::fmt::Write as _;

use serde::Serialize;

/// The width of a terminal that everybody has.
const WIDTH: usize = 80;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// The thing.
    pub(super) what: String,
    /// The reason why it matters.
    pub(super) why: String,
    /// The command to run, or the line to change.
    pub(super) remedy: String,
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was looked at.
    Looked(Vec<Finding>),
    /// It could not be looked at, for this reason.
    Skipped(String),
}

impl Finding {
    pub(super) fn new(
        what: impl Into<String>,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            what: what.into(),
            why: why.into(),
            remedy: remedy.into(),
        }
    }

    /// Returns it as people read it, on lines that fit a terminal. The remedy keeps its own lines,
    /// so that it can be pasted.
    pub(super) fn in_words(&self, check: &str) -> String {
        let mut text = wrapped(&format!("{check}: {}", self.what), "", "  ");
        let _ = write!(text, "\n{}", wrapped(&self.why, "  why: ", "       "));
        let _ = write!(text, "\n  do:  {}", self.remedy.replace('\n', "\n       "));
        text
    }
}

impl Outcome {
    /// Nothing was found.
    pub(super) const fn healthy() -> Self {
        Self::Looked(Vec::new())
    }

    pub(super) fn findings(&self) -> &[Finding] {
        match self {
            Self::Looked(findings) => findings,
            Self::Skipped(_) => &[],
        }
    }

    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Looked(findings) => match findings.len() {
                0 => "ok".to_owned(),
                1 => "1 finding".to_owned(),
                found => format!("{found} findings"),
            },
            Self::Skipped(reason) => format!("not checked: {reason}"),
        }
    }
}

impl FromIterator<Finding> for Outcome {
    fn from_iter<I: IntoIterator<Item = Finding>>(findings: I) -> Self {
        Self::Looked(findings.into_iter().collect())
    }
}

/// Breaks a text between words. The first line begins with `first`, each other one with `indent`.
fn wrapped(text: &str, first: &str, indent: &str) -> String {
    let mut lines = first.to_owned();
    let mut length = first.len();
    let mut begins = true;
    for word in text.split(' ') {
        let width = word.chars().count();
        if !begins && length + 1 + width > WIDTH {
            lines.push('\n');
            lines.push_str(indent);
            length = indent.len();
        } else if !begins {
            lines.push(' ');
            length += 1;
        }
        begins = false;
        lines.push_str(word);
        length += width;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Finding, WIDTH};

    #[test]
    fn a_finding_fits_a_terminal_and_its_remedy_can_be_pasted() {
        let remedy = "raisfast outbox retry --plugin com.example.a-plugin-with-a-rather-long-name-of-its-own";
        let finding = Finding::new("a word ".repeat(30), "because ".repeat(30), remedy);
        let text = finding.in_words("plugins");
        assert!(text.contains(remedy), "{text}");
        for line in text.lines().filter(|line| !line.contains(remedy)) {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        assert!(text.starts_with("plugins: a word a word"), "{text}");
    }
}
