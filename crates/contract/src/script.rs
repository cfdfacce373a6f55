//! Plugins that are scripts: their files, and where one failed.

#[cfg(feature = "component")]
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::printable_within;

/// The most bytes that are kept of a failure's message, of its file's name, and of its stack.
const MOST_SAID: usize = 2 << 10;
/// The most characters of a line that are shown around a failure.
const MOST_SHOWN: usize = 160;

/// A language that scripts are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScriptLanguage {
    /// JavaScript, as an ES module.
    JavaScript,
    /// Lua 5.4.
    Lua,
    /// Rhai.
    Rhai,
}

impl ScriptLanguage {
    /// Every language.
    pub const ALL: [Self; 3] = [Self::JavaScript, Self::Lua, Self::Rhai];

    /// Returns the word that manifests have for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JavaScript => "js",
            Self::Lua => "lua",
            Self::Rhai => "rhai",
        }
    }

    /// Returns the name that people have for it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::JavaScript => "JavaScript",
            Self::Lua => "Lua",
            Self::Rhai => "Rhai",
        }
    }

    /// Returns the file that a script begins with where its manifest names none.
    #[must_use]
    pub const fn usual_entry(self) -> &'static str {
        match self {
            Self::JavaScript => "main.js",
            Self::Lua => "init.lua",
            Self::Rhai => "init.rhai",
        }
    }

    /// Returns the ends of the names of files that a script can load.
    #[must_use]
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::JavaScript => &["js", "mjs", "json"],
            Self::Lua => &["lua"],
            Self::Rhai => &["rhai"],
        }
    }
}

/// A text file of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct ScriptFile {
    /// Relative to the plugin's folder, with `/`.
    pub path: String,
    /// The content.
    pub text: String,
}

/// A script: what its interpreter takes from the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The language.
    pub language: ScriptLanguage,
    /// The path of the file that it begins with.
    pub entry: String,
    /// All files that it can load, that one among them.
    pub files: Vec<ScriptFile>,
}

/// The place and the reason of a script's failure, in its interpreter's words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct ScriptFailure {
    /// The reason.
    pub message: String,
    /// The file, where the interpreter says it.
    pub file: Option<String>,
    /// Counted from 1.
    pub line: Option<u32>,
    /// Counted from 1.
    pub column: Option<u32>,
    /// The script's own frames, innermost first, a line each.
    pub stack: Option<String>,
}

impl ScriptFailure {
    /// Returns the same, fit to be kept and shown: of bounded length, and on one line but for the
    /// stack, which has a line for each frame. An interpreter runs what a stranger wrote, so
    /// nothing of it is believed.
    #[must_use]
    pub fn bounded(self) -> Self {
        let bounded = |text: String| printable_within(&text, MOST_SAID);
        let stack = self.stack.map(|stack| {
            let cut = &stack[..stack.floor_char_boundary(MOST_SAID)];
            let frames = cut.lines().map(str::trim).filter(|line| !line.is_empty());
            let frames: Vec<_> = frames
                .map(|frame| printable_within(frame, MOST_SAID))
                .collect();
            frames.join("\n")
        });
        Self {
            message: bounded(self.message),
            file: self.file.map(bounded),
            stack: stack.filter(|stack| !stack.is_empty()),
            ..self
        }
    }

    /// Returns the failure with the line that it is in and a caret under the column, as far as the
    /// interpreter says them.
    #[must_use]
    pub fn in_source(&self, script: &Script) -> String {
        let mut shown = self.place_and_message();
        if let Some(excerpt) = self.excerpt(script) {
            shown.push('\n');
            shown.push_str(&excerpt);
        }
        for frame in self.stack.iter().flat_map(|stack| stack.lines()) {
            shown.push_str("\n  in ");
            shown.push_str(frame);
        }
        shown
    }

    fn place_and_message(&self) -> String {
        let Some(file) = &self.file else {
            return self.message.clone();
        };
        match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{file}:{line}:{column}: {}", self.message),
            (Some(line), None) => format!("{file}:{line}: {}", self.message),
            _ => format!("{file}: {}", self.message),
        }
    }

    fn excerpt(&self, script: &Script) -> Option<String> {
        let (name, number) = (self.file.as_ref()?, self.line?);
        let file = script.files.iter().find(|file| file.path == *name)?;
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        // A failure may be behind the last line, where something is missing.
        let line = file.text.lines().nth(index).unwrap_or_default();
        let shown: String = line.chars().take(MOST_SHOWN).map(printable).collect();
        let margin = " ".repeat(number.to_string().len());
        let mut excerpt = format!("{margin} |\n{number} | {shown}");
        let column = self.column.and_then(|column| usize::try_from(column).ok());
        if let Some(column) = column.filter(|column| (1..=MOST_SHOWN + 1).contains(column)) {
            excerpt += "\n";
            excerpt += &margin;
            excerpt += " | ";
            excerpt += &" ".repeat(column - 1);
            excerpt += "^";
        }
        Some(excerpt)
    }
}

/// One line: the place, the reason, and the functions that were being called.
impl std::fmt::Display for ScriptFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.place_and_message())?;
        if let Some(stack) = &self.stack {
            let frames: Vec<_> = stack.lines().collect();
            write!(f, " (in {})", frames.join(", "))?;
        }
        Ok(())
    }
}

/// A tab would move the caret.
fn printable(character: char) -> char {
    if crate::is_printable(character) {
        character
    } else {
        ' '
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script() -> Script {
        Script {
            language: ScriptLanguage::Rhai,
            entry: "init.rhai".to_owned(),
            files: vec![ScriptFile {
                path: "init.rhai".to_owned(),
                text: "let x = 1;\n\tlet y = ;\n".to_owned(),
            }],
        }
    }

    fn failure() -> ScriptFailure {
        ScriptFailure {
            message: "an expression is missing".to_owned(),
            file: Some("init.rhai".to_owned()),
            line: Some(2),
            column: Some(10),
            stack: None,
        }
    }

    #[test]
    fn a_failure_is_shown_in_its_line_with_a_caret_under_the_column() {
        assert_eq!(
            failure().in_source(&script()),
            "init.rhai:2:10: an expression is missing\n  |\n2 |  let y = ;\n  |          ^"
        );
    }

    #[test]
    fn a_failure_without_a_place_is_its_message_and_one_elsewhere_has_no_excerpt() {
        let nowhere = ScriptFailure {
            file: None,
            ..failure()
        };
        assert_eq!(nowhere.in_source(&script()), "an expression is missing");
        let elsewhere = ScriptFailure {
            file: Some("other.rhai".to_owned()),
            ..failure()
        };
        assert_eq!(
            elsewhere.in_source(&script()),
            "other.rhai:2:10: an expression is missing"
        );
        let beyond = ScriptFailure {
            line: Some(u32::MAX),
            column: Some(u32::MAX),
            ..failure()
        };
        assert_eq!(
            beyond.in_source(&script()),
            "init.rhai:4294967295:4294967295: an expression is missing\n           |\n4294967295 | "
        );
    }

    #[test]
    fn what_an_interpreter_says_is_bounded_and_on_one_line() {
        let hostile = ScriptFailure {
            message: "x\n2026 INFO all is well\u{1b}[31m".repeat(1_000),
            file: Some("a\nb".to_owned()),
            stack: Some("one\n\n  two\u{1b}\n".to_owned() + &"ä".repeat(5_000)),
            ..failure()
        };
        let bounded = hostile.bounded();
        assert!(bounded.message.len() <= 4 * MOST_SAID);
        assert!(bounded.message.chars().all(crate::is_printable));
        assert!(
            bounded
                .file
                .as_ref()
                .is_some_and(|file| !file.contains('\n'))
        );
        let stack = bounded.stack.as_ref().unwrap();
        assert_eq!(stack.lines().next(), Some("one"));
        assert_eq!(stack.lines().count(), 3);
        assert!(stack.len() <= 2 * MOST_SAID, "{}", stack.len());
        assert!(bounded.to_string().chars().all(crate::is_printable));
    }
}
