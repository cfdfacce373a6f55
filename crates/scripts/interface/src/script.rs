//! The files of a script, and the places where it fails.

use std::fmt;

/// A script's files.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// The path of the file that is run.
    pub entry: String,
    /// Paths, relative to the plugin's folder, and texts.
    pub files: Vec<(String, String)>,
}

impl Script {
    /// Returns the text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        let mut files = self.files.iter();
        files
            .find(|(file, _)| file == path)
            .map(|(_, text)| text.as_str())
    }

    /// Returns the path that a file names another one by: `./b` and `../b` beside the file `from`.
    /// The path that leads out of the plugin's folder is none.
    pub fn resolve(from: &str, path: &str) -> Option<String> {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        Some(parts.join("/"))
    }
}

/// The reason why a script failed, and the place.
#[derive(Debug, Clone, PartialEq, Eq, Default, thiserror::Error)]
pub struct Failure {
    /// The message of the error.
    pub message: String,
    /// The file, where the engine says it.
    pub file: Option<String>,
    /// The line, counted from 1.
    pub line: Option<u32>,
    /// The column, counted from 1.
    pub column: Option<u32>,
    /// The script's own frames, innermost first, a line each.
    pub stack: Option<String>,
}

impl Failure {
    /// A failure without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}:")?;
        }
        for place in [self.line, self.column].into_iter().flatten() {
            write!(f, "{place}:")?;
        }
        if self.file.is_some() || self.line.is_some() {
            f.write_str(" ")?;
        }
        f.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_within_the_folder() {
        let resolved = |from, path| Script::resolve(from, path);
        assert_eq!(resolved("main.js", "./lib/a.js"), Some("lib/a.js".into()));
        assert_eq!(resolved("lib/a.js", "./b.js"), Some("lib/b.js".into()));
        assert_eq!(resolved("lib/a.js", "../main.js"), Some("main.js".into()));
        assert_eq!(resolved("main.js", "../secret.js"), None);
        assert_eq!(resolved("lib/a.js", "../../secret.js"), None);
    }

    #[test]
    fn a_failure_says_its_place_first() {
        let failure = Failure {
            file: Some("main.js".into()),
            line: Some(3),
            column: Some(7),
            ..Failure::new("x is not defined")
        };
        assert_eq!(failure.to_string(), "main.js:3:7: x is not defined");
        assert_eq!(Failure::new("no place").to_string(), "no place");
    }
}
