//! The language of a script, also where its manifest has mistakes.

use raisfast_contract::ScriptLanguage;
use toml::de::DeTable;

use crate::foreign;

/// Returns the language of a script by its manifest; none for a plugin of WebAssembly.
///
/// Nothing else of the manifest has to be right: a command that is about to show its mistakes knows
/// by this which kind of folder it has.
///
/// ```
/// use raisfast_contract::ScriptLanguage;
/// use raisfast_manifest::script_language;
///
/// assert_eq!(
///     script_language("[plugin]\nruntime = \"lua\"\nversion = 7"),
///     Some(ScriptLanguage::Lua)
/// );
/// assert_eq!(script_language("[plugin]\nid = \"com.example.x\""), None);
/// ```
pub fn script_language(manifest: &str) -> Option<ScriptLanguage> {
    let (table, _) = DeTable::parse_recoverable(manifest);
    let plugin = table.get_ref().get("plugin")?.get_ref().as_table()?;
    let elsewhere = foreign::name_of("plugin", "runtime");
    let mut keys = ["runtime"].into_iter().chain(elsewhere);
    let word = keys.find_map(|key| plugin.get(key))?.get_ref().as_str()?;
    let mut all = ScriptLanguage::ALL.into_iter();
    all.find(|language| language.as_str() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_with_mistakes_still_says_the_language() {
        for language in ScriptLanguage::ALL {
            let word = language.as_str();
            let text = format!("[plugin]\nruntime = \"{word}\"\nnaem = 3\n[hooks");
            assert_eq!(script_language(&text), Some(language), "{text}");
        }
        let elsewhere = "[plugin]\nlanguage = \"js\"";
        assert_eq!(script_language(elsewhere), Some(ScriptLanguage::JavaScript));
    }

    #[test]
    fn what_is_not_a_script_has_no_language() {
        for text in [
            "",
            "[plugin]",
            "[plugin]\nruntime = \"wasm\"",
            "[plugin]\nruntime = \"cobol\"",
            "[plugin]\nruntime = 7",
            "plugin = \"lua\"",
            "runtime = \"lua\"",
            "not a manifest",
        ] {
            assert_eq!(script_language(text), None, "{text}");
        }
    }
}
