//! The kinds of plugins that a command can begin.

use std::{fmt, path::Path, str::FromStr};

use raisfast_contract::ScriptLanguage;

use crate::{CreateError, Language, Project, ProjectName, ScriptFolder};

/// The end of the word for a script in a language that components are written in too.
const SCRIPT: &str = "-script";

/// A kind of plugin to begin: a language, and for JavaScript whether it is a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PluginKind {
    /// A project that is built to a component.
    Component(Language),
    /// A script.
    Script(ScriptLanguage),
}

impl PluginKind {
    /// Returns every kind, components first.
    pub fn all() -> impl Iterator<Item = Self> {
        let scripts = ScriptLanguage::ALL.into_iter().map(Self::Script);
        let components = Language::ALL.into_iter().map(Self::Component);
        components.chain(scripts)
    }

    /// Returns true where the word is that of a component, and a script can be meant as well.
    pub fn has_a_script_too(self) -> bool {
        matches!(self, Self::Component(Language::JavaScript))
    }

    /// Makes a folder with a small plugin of this kind, in a folder that is not there yet, or is
    /// empty.
    pub fn create(self, folder: &Path, name: &ProjectName) -> Result<(), CreateError> {
        match self {
            Self::Component(language) => Project::create(folder, name, language).map(drop),
            Self::Script(language) => ScriptFolder::create(folder, name, language).map(drop),
        }
    }
}

impl fmt::Display for PluginKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Component(language) => language.fmt(f),
            Self::Script(ScriptLanguage::JavaScript) => write!(f, "js{SCRIPT}"),
            Self::Script(language) => f.write_str(language.as_str()),
        }
    }
}

/// The word is not one for a kind of plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a language with a template; write rust, c, zig, go, js, ts or python, or for a script js-script, lua or rhai"
)]
pub struct UnknownPluginKind(String);

impl FromStr for PluginKind {
    type Err = UnknownPluginKind;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::all()
            .find(|kind| kind.to_string() == word)
            .ok_or_else(|| UnknownPluginKind(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::PluginKind;

    #[test]
    fn a_kind_is_what_its_word_says() {
        let words: Vec<_> = PluginKind::all().map(|kind| kind.to_string()).collect();
        let expected = "rust c zig go js ts python js-script lua rhai";
        assert_eq!(words.join(" "), expected);
        for kind in PluginKind::all() {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
    }

    #[test]
    fn another_word_is_answered_with_those_that_there_are() {
        for word in ["", "Lua", "cobol", "lua-script", "js-script "] {
            let error = word.parse::<PluginKind>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{word}`")), "{error}");
            for kind in PluginKind::all() {
                assert!(error.contains(&kind.to_string()), "{error}");
            }
        }
    }
}
