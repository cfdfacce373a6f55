//! The conformance plugins, by the names that they have on the page.

use anyhow::Result;
use raisfast_project::Language;

use crate::guests::{self, Guest};

/// One plugin with one way to build it.
pub(crate) struct Variant {
    /// For the page; no other has it.
    pub(crate) title: String,
    /// The language, of which one plugin is enough.
    pub(crate) language: Language,
    pub(crate) guest: Guest,
}

/// All of them, in the order of the page.
pub(crate) fn all() -> Result<Vec<Variant>> {
    let mut variants = Vec::new();
    for language in Language::ALL {
        for guest in guests::conformance(&[language])? {
            variants.push(Variant {
                title: title(&guest.name, language),
                language,
                guest,
            });
        }
    }
    Ok(variants)
}

/// A language that has several plugins has them told apart.
fn title(guest: &str, language: Language) -> String {
    match guest {
        "conformance-rust-plain-current" => "Rust, plain wit-bindgen".to_owned(),
        "conformance-rust-plain-0-36" => "Rust, wit-bindgen 0.36".to_owned(),
        "conformance-c" => "C, clang".to_owned(),
        "conformance-c-zig" => "C, zig cc".to_owned(),
        _ => language.title().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use super::all;
    use crate::workspace;

    #[test]
    fn every_conformance_plugin_is_judged() {
        let folder = workspace::root().join("sample-plugins");
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let plugins: BTreeSet<_> = names
            .filter(|name| name.starts_with("conformance-"))
            .collect();
        let mut judged: BTreeSet<_> = all()
            .unwrap()
            .into_iter()
            .map(|variant| variant.guest.name)
            .collect();
        assert!(
            judged.remove("conformance-c-zig"),
            "one folder, two compilers"
        );
        assert_eq!(judged, plugins);
    }

    #[test]
    fn titles_are_different() {
        let variants = all().unwrap();
        let titles: BTreeSet<_> = variants.iter().map(|variant| &variant.title).collect();
        assert_eq!(titles.len(), variants.len());
    }
}
