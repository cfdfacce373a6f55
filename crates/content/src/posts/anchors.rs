//! Anchors of headings: ids that a link can lead to.
//!
//! An anchor is made of a heading's text as GitHub makes it, so that links in a text that was
//! written for there work here: in lower case, letters, digits and marks of every script, `-` for
//! each space, `-1`, `-2` behind those of the same text. Before it stands [`ANCHOR`]: a page around
//! the post may have any other id.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use unicode_general_category::{GeneralCategory as Category, get_general_category};

/// The start of each id in a post, but for those of footnotes.
pub(super) const ANCHOR: &str = "user-content-";

/// The most headings of a post that have anchors. A long book has fewer.
const MAX_ANCHORS: usize = 1_000;
/// Bytes of an anchor without its number.
const MAX_SLUG: usize = 200;
/// Bytes of an anchor, without [`ANCHOR`].
const MAX_LENGTH: usize = MAX_SLUG + 16;

/// Returns whether this may be the id of something in a post.
pub(super) fn is_anchor(id: &str) -> bool {
    id.strip_prefix(ANCHOR)
        .is_some_and(|slug| (1..=MAX_LENGTH).contains(&slug.len()) && slug.chars().all(is_kept))
}

/// The anchors of a post so far.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    /// Each slug, with the number that the last heading of this text has.
    slugs: HashMap<String, usize>,
}

impl Anchors {
    /// Returns the id of a heading with this text. One without a letter or a digit has none.
    pub(super) fn of(&mut self, text: &str) -> Option<String> {
        let slug = slug(text);
        if self.slugs.len() >= MAX_ANCHORS || !slug.contains(char::is_alphanumeric) {
            return None;
        }
        let mut number = self.slugs.get(&slug).copied().unwrap_or_default();
        let mut id = slug.clone();
        // The text of another heading may have been a slug with its number.
        while self.slugs.contains_key(&id) {
            number += 1;
            id = format!("{slug}-{number}");
        }
        self.slugs.insert(slug, number);
        self.slugs.entry(id.clone()).or_default();
        Some(format!("{ANCHOR}{id}"))
    }

    /// Puts [`ANCHOR`] into the links that lead to a heading by its slug alone, as authors write
    /// them. `None` where the HTML would be larger than `most` bytes.
    pub(super) fn link(&self, html: String, most: usize) -> Option<String> {
        const LINK: &str = "<a href=\"#";

        if self.slugs.is_empty() || !html.contains(LINK) {
            return Some(html);
        }
        let mut linked = String::with_capacity(html.len());
        let mut rest = html.as_str();
        while let Some((before, after)) = rest.split_once(LINK) {
            linked.push_str(before);
            linked.push_str(LINK);
            let end = after.find('"').unwrap_or(after.len());
            rest = match self.slug_of(&after[..end]) {
                Some(slug) => {
                    linked.push_str(ANCHOR);
                    linked.push_str(slug);
                    &after[end..]
                }
                None => after,
            };
            if linked.len() + rest.len() > most {
                return None;
            }
        }
        linked.push_str(rest);
        Some(linked)
    }

    /// Returns the slug that a link means.
    fn slug_of(&self, fragment: &str) -> Option<&str> {
        // A character may be three escapes of three bytes each, and four bytes long.
        if fragment.len() > 3 * MAX_LENGTH {
            return None;
        }
        let decoded = percent_decode_str(fragment).decode_utf8().ok()?;
        let (slug, _) = self.slugs.get_key_value(&decoded.to_lowercase())?;
        Some(slug)
    }
}

/// The text in lower case, without what has no place in an anchor.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in text.trim().chars().flat_map(char::to_lowercase) {
        let character = if character == ' ' { '-' } else { character };
        if slug.len() + character.len_utf8() > MAX_SLUG {
            break;
        }
        if is_kept(character) {
            slug.push(character);
        }
    }
    slug
}

/// Returns whether an anchor may have this character: a part of a word in some script, or `-`.
fn is_kept(character: char) -> bool {
    use Category::{
        ConnectorPunctuation, DecimalNumber, EnclosingMark, LetterNumber, LowercaseLetter,
        ModifierLetter, NonspacingMark, OtherLetter, OtherNumber, SpacingMark, TitlecaseLetter,
        UppercaseLetter,
    };
    character == '-'
        || matches!(
            get_general_category(character),
            ConnectorPunctuation
                | DecimalNumber
                | EnclosingMark
                | LetterNumber
                | LowercaseLetter
                | ModifierLetter
                | NonspacingMark
                | OtherLetter
                | OtherNumber
                | SpacingMark
                | TitlecaseLetter
                | UppercaseLetter
        )
}

#[cfg(test)]
mod tests {
    use super::{ANCHOR, Anchors, MAX_ANCHORS, MAX_LENGTH, MAX_SLUG, is_anchor};

    fn id(text: &str) -> Option<String> {
        Anchors::default().of(text)
    }

    #[test]
    fn anchors_are_those_of_github() {
        for (text, expected) in [
            ("Hello, World!", "hello-world"),
            ("What's new in 2.0?", "whats-new-in-20"),
            ("a & b", "a--b"),
            ("snake_case and kebab-case", "snake_case-and-kebab-case"),
            (" around ", "around"),
            ("Größe", "größe"),
            ("Привет мир", "привет-мир"),
            ("日本語 の 見出し", "日本語-の-見出し"),
            ("مرحبا بالعالم", "مرحبا-بالعالم"),
            // Its vowels are marks.
            ("हिन्दी", "हिन्दी"),
            ("🎉 party", "-party"),
            ("a\u{a0}b\tc", "abc"),
            ("<script>\"'`=", "script"),
        ] {
            assert_eq!(id(text), Some(format!("{ANCHOR}{expected}")), "{text}");
        }
        for text in ["", " ", "🎉", "--", "_", "\u{301}", "\0\u{202e}"] {
            assert_eq!(id(text), None, "{text:?}");
        }
    }

    #[test]
    fn those_of_the_same_text_are_numbered_and_none_is_there_twice() {
        let mut anchors = Anchors::default();
        let ids: Vec<_> = ["A", "a", "a 1", "A!", "a-1", "a"]
            .iter()
            .map(|text| anchors.of(text).unwrap())
            .collect();
        let expected = ["a", "a-1", "a-1-1", "a-2", "a-1-2", "a-3"];
        assert_eq!(ids, expected.map(|slug| format!("{ANCHOR}{slug}")));
    }

    #[test]
    fn a_post_has_so_many_anchors_and_each_is_so_long() {
        let mut anchors = Anchors::default();
        let given = (0..10 * MAX_ANCHORS).filter(|_| anchors.of("same").is_some());
        assert_eq!(given.count(), MAX_ANCHORS);
        for letter in ["a", "ä", "日", "\u{10400}"] {
            let id = id(&letter.repeat(1 << 20)).unwrap();
            assert!(id.len() <= ANCHOR.len() + MAX_SLUG, "{letter}");
            assert!(is_anchor(&id), "{id}");
        }
    }

    #[test]
    fn each_anchor_that_is_given_may_stay_and_others_may_not() {
        let mut anchors = Anchors::default();
        for text in ["Größe", "हिन्दी", "a_b", "a", "a", "2½"] {
            let id = anchors.of(text).unwrap();
            assert!(is_anchor(&id), "{id}");
        }
        for bad in [
            "",
            "header",
            "user-content-",
            "User-content-a",
            "x-user-content-a",
            "user-content-a b",
            "user-content-a\tb",
            "user-content-\"",
            "user-content-<",
            "user-content-a.b",
            "user-content-a:b",
            "user-content-\u{202e}",
            "user-content-\0",
            &format!("{ANCHOR}{}", "a".repeat(MAX_LENGTH + 1)),
        ] {
            assert!(!is_anchor(bad), "{bad:?}");
        }
    }

    #[test]
    fn links_are_found_however_their_letters_are_written() {
        let mut anchors = Anchors::default();
        anchors.of("Größe");
        let linked = format!("<a href=\"#{ANCHOR}größe\">");
        for link in ["größe", "Größe", "gr%C3%B6%C3%9Fe", "gr%c3%b6%c3%9fe"] {
            let html = format!("<a href=\"#{link}\">");
            assert_eq!(anchors.link(html, 1_000).as_deref(), Some(&*linked));
        }
        let long = "größe".repeat(1_000);
        for link in ["", "other", "gr%C3%B6%C3", "%FF", "gr%", &long] {
            for end in ["\">", ""] {
                let html = format!("<a href=\"#{link}{end}");
                assert_eq!(anchors.link(html.clone(), 10_000), Some(html));
            }
        }
    }

    #[test]
    fn linked_html_is_as_large_as_a_page_at_most() {
        let mut anchors = Anchors::default();
        anchors.of("a");
        let html = "<a href=\"#a\">".repeat(100);
        let length = html.len() + 100 * ANCHOR.len();
        let linked = anchors.link(html.clone(), length).unwrap();
        assert_eq!(linked.len(), length);
        assert_eq!(anchors.link(html, length - 1), None);
    }
}
