//! The toolchains of the languages that plugins are written in beside Rust: in `target/toolchains`,
//! in one version.
//!
//! A toolchain is ready when its program, in `target/toolchains/bin`, answers with the pinned
//! version. Everything else, whether it is missing, older or half installed, is installed anew from
//! the language's registry. What a language needs and how it is checked is in [`c`], [`node`] and
//! [`python`]; nothing outside of `target/toolchains` is touched, but for Debian's packages where
//! root runs this.

mod c;
mod link;
mod node;
mod python;

use std::{env, ffi::OsString, path::PathBuf, str::FromStr};

use anyhow::{Context, Result};
use raisfast_project::{Language, UnknownLanguage};

use crate::{setup, workspace};

/// A word of `--lang`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    All,
    One(Language),
}

impl FromStr for Choice {
    type Err = UnknownLanguage;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "all" => Ok(Self::All),
            word => word.parse().map(Self::One),
        }
    }
}

/// The languages of a `--lang`, each once, in the order of [`Language::ALL`].
pub(crate) fn chosen(choices: &[Choice]) -> Vec<Language> {
    let is_chosen = |language: &Language| {
        choices
            .iter()
            .any(|choice| matches!(choice, Choice::All) || *choice == Choice::One(*language))
    };
    Language::ALL.into_iter().filter(is_chosen).collect()
}

/// Make a language's toolchain ready. Says nothing when nothing has to be done.
pub(crate) fn install(language: Language) -> Result<()> {
    match language {
        Language::Rust => setup::toolchain().map(drop),
        Language::C => c::install(),
        Language::Zig => python::ZIG.install(),
        Language::Go => python::GO.install(),
        Language::JavaScript | Language::TypeScript => node::install(),
        Language::Python => python::COMPONENTIZE.install(),
    }
    .with_context(|| format!("there is no toolchain for {}", language.title()))
}

/// `PATH` with the installed toolchains first.
pub(crate) fn path() -> Result<OsString> {
    let rest = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(link::folder()).chain(env::split_paths(&rest));
    env::join_paths(folders).context("the workspace's path has a `:`, which PATH cannot have")
}

/// Returns the folder in which toolchains are installed.
fn folder() -> PathBuf {
    workspace::target().join("toolchains")
}

#[cfg(test)]
mod tests {
    use raisfast_project::Language;

    use super::{Choice, chosen};

    fn choices(words: &[&str]) -> Vec<Choice> {
        words.iter().map(|word| word.parse().unwrap()).collect()
    }

    #[test]
    fn languages_are_chosen_by_their_words() {
        assert_eq!(
            chosen(&choices(&["python", "c"])),
            [Language::C, Language::Python]
        );
        assert_eq!(chosen(&choices(&["go", "go"])), [Language::Go]);
        assert_eq!(chosen(&choices(&["js", "all"])), Language::ALL);
        assert_eq!(chosen(&[]), []);
    }

    #[test]
    fn an_unknown_word_is_refused_with_the_known_ones() {
        let error = "fortran".parse::<Choice>().unwrap_err().to_string();
        assert!(
            error.contains("`fortran`") && error.contains("python"),
            "{error}"
        );
    }
}
