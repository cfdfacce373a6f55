//! A project's name.

use std::{fmt, str::FromStr};

/// A name that can be a folder, a plugin id's last part and a package in every language: lower-case
/// letters, digits and inner hyphens, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectName(String);

impl ProjectName {
    /// The longest name, in bytes.
    pub const MAX_LEN: usize = 64;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a valid project name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` cannot be a project's name: {reason}; write it like `my-plugin`")]
pub struct InvalidProjectName {
    found: String,
    reason: &'static str,
}

impl FromStr for ProjectName {
    type Err = InvalidProjectName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match broken_rule(text) {
            None => Ok(Self(text.to_owned())),
            Some(reason) => Err(InvalidProjectName {
                found: text.to_owned(),
                reason,
            }),
        }
    }
}

fn broken_rule(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("it is empty")
    } else if text.len() > ProjectName::MAX_LEN {
        Some("it is longer than 64 bytes")
    } else if !text
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        Some("only lower-case letters, digits and hyphens are allowed")
    } else if !text.starts_with(|first: char| first.is_ascii_lowercase()) {
        Some("it does not begin with a letter")
    } else if text.ends_with('-') || text.contains("--") {
        Some("a hyphen has to stand between two others")
    } else if RESERVED.contains(&text) {
        Some("a compiler has a meaning of its own for that word")
    } else {
        None
    }
}

/// Names that cargo refuses for a package, and the SDK's own name.
const RESERVED: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "raisfast-plugin",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

#[cfg(test)]
mod tests {
    use raisfast_contract::PluginId;

    use super::ProjectName;

    #[test]
    fn a_name_can_be_a_plugins_id() {
        let longest = "a".repeat(ProjectName::MAX_LEN);
        for name in ["a", "my-plugin", "seo2", "x-1-y", &longest] {
            let name: ProjectName = name.parse().unwrap();
            format!("com.example.{name}").parse::<PluginId>().unwrap();
        }
    }

    #[test]
    fn what_is_no_name_is_refused_with_the_rule_that_it_breaks() {
        let too_long = "a".repeat(ProjectName::MAX_LEN + 1);
        for (text, rule) in [
            ("", "empty"),
            (&*too_long, "longer than 64"),
            ("MyPlugin", "lower-case"),
            ("my_plugin", "lower-case"),
            ("my plugin", "lower-case"),
            ("../up", "lower-case"),
            ("größe", "lower-case"),
            ("a\0", "lower-case"),
            ("7-plugins", "begin with a letter"),
            ("-x", "begin with a letter"),
            ("x-", "hyphen"),
            ("x--y", "hyphen"),
            ("fn", "compiler"),
            ("raisfast-plugin", "compiler"),
        ] {
            let error = text.parse::<ProjectName>().unwrap_err().to_string();
            assert!(error.contains(rule), "{text:?}: {error}");
            assert!(error.contains("my-plugin"), "{error}");
        }
    }
}
