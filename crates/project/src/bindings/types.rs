//! For JavaScript and Python, whose tools read the contract themselves: types, for editors.
//!
//! The languages' own tools made them once, of the whole contract; a test makes them anew and compares.

use rust_embed::RustEmbed;

use super::Files;
use crate::Language;

#[derive(RustEmbed)]
#[folder = "bindings/"]
struct Types;

pub(super) fn bindings(language: Language) -> Files {
    let files = Types::iter().filter_map(|path| {
        let inside = path.strip_prefix(language.as_str())?.strip_prefix('/')?;
        let file = Types::get(&path)?;
        Some((inside.into(), file.data.into_owned()))
    });
    files.collect()
}
