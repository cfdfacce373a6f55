//! For JavaScript, TypeScript and Python, whose tools read the contract themselves: types, for
//! editors.
//!
//! The languages' own tools made them once, of the whole contract; a test makes them anew and
//! compares.

use rust_embed::RustEmbed;

use super::Files;
use crate::Language;

#[derive(RustEmbed)]
#[folder = "bindings/"]
struct Types;

pub(super) fn bindings(language: Language) -> Files {
    // Those for JavaScript are written in TypeScript.
    let folder = match language {
        Language::TypeScript => Language::JavaScript,
        language => language,
    };
    let files = Types::iter().filter_map(|path| {
        let inside = path.strip_prefix(folder.as_str())?.strip_prefix('/')?;
        let file = Types::get(&path)?;
        Some((inside.into(), as_in_quickjs(&file.data)))
    });
    files.collect()
}

/// The types are those of jco's other engine, which has whole numbers of 64 bits; QuickJS is handed
/// doubles. No other file has this word.
fn as_in_quickjs(types: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(types)
        .replace("bigint", "number")
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::bindings;
    use crate::Language;

    #[test]
    fn an_editor_is_told_of_numbers_as_the_engine_has_them() {
        for language in [Language::JavaScript, Language::TypeScript] {
            let files = bindings(language);
            let types = &files[Path::new("interfaces/raisfast-plugin-wit-types.d.ts")];
            let types = String::from_utf8_lossy(types);
            assert!(types.contains("viewCount: number"), "{types}");
        }
    }
}
