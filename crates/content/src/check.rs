//! Checking input: every broken rule is found, not only the first.
//!
//! The same checks judge what a user sends and what a plugin's filter makes of it.

use std::ops::RangeInclusive;

use crate::{FieldError, error::listed};

/// The rules broken so far.
#[derive(Debug, Default)]
pub(crate) struct Checks(Vec<FieldError>);

impl Checks {
    /// Notes an error unless `holds`.
    pub(crate) fn require(&mut self, holds: bool, pointer: &str, message: impl FnOnce() -> String) {
        if !holds {
            self.0.push(FieldError::new(pointer, message()));
        }
    }

    /// One line of text with this many characters, not only spaces.
    pub(crate) fn line(&mut self, pointer: &str, text: &str, characters: RangeInclusive<usize>) {
        self.text(pointer, text, characters);
        self.require(!text.chars().any(char::is_control), pointer, || {
            "must be one line without control characters".to_owned()
        });
    }

    /// Text of any lines with this many characters; where at least one is needed, not only spaces.
    pub(crate) fn text(&mut self, pointer: &str, text: &str, characters: RangeInclusive<usize>) {
        let (least, most) = (*characters.start(), *characters.end());
        let found = text.chars().count();
        self.require(characters.contains(&found), pointer, || {
            format!("must have {least} to {most} characters, not {found}")
        });
        self.require(
            least == 0 || found == 0 || !text.trim().is_empty(),
            pointer,
            || "must not be blank".to_owned(),
        );
        self.without_nul(pointer, text);
    }

    /// Text of at most this many bytes.
    pub(crate) fn long_text(&mut self, pointer: &str, text: &str, most: usize) {
        self.require(text.len() <= most, pointer, || {
            format!("must have at most {most} bytes, not {}", text.len())
        });
        self.without_nul(pointer, text);
    }

    /// No database keeps NUL in text as faithfully as SQLite does.
    fn without_nul(&mut self, pointer: &str, text: &str) {
        self.require(!text.contains('\0'), pointer, || {
            "must not contain the character NUL".to_owned()
        });
    }

    /// The value, if no rule was broken.
    pub(crate) fn finish<T>(self, value: T) -> Result<T, Vec<FieldError>> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self.0)
        }
    }
}

/// The hook bus's view of a checked answer: nothing, or the broken rules on one line.
pub(crate) fn verdict<T>(checked: Result<T, Vec<FieldError>>) -> Result<(), String> {
    checked.map(drop).map_err(|errors| listed(&errors))
}
