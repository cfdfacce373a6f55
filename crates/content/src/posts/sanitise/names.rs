//! The classes and ids that markup of a post may have.
//!
//! Each begins with a word that a page around the post leaves to posts. So nothing in a post looks
//! or acts like a part of the page, whose styles and scripts go by other names, and no id of a post
//! stands in the way of one of the page.

use std::borrow::Cow;

use super::super::anchors::is_anchor;

/// The start of a footnote's id; its number follows.
pub(in super::super) const FOOTNOTE: &str = "footnote-";

/// The starts of classes. Something has to follow.
const CLASSES: [&str; 4] = ["footnote-", "language-", "plugin-", "task-list-"];

/// The most classes of one element.
const MAX_CLASSES: usize = 16;
/// Bytes of one class.
const MAX_CLASS: usize = 80;

/// Returns the classes among these that may stay; `None` where there are none.
pub(super) fn classes(value: &str) -> Option<Cow<'_, str>> {
    let words = value.split_ascii_whitespace();
    let kept: Vec<&str> = words
        .filter(|name| is_class(name))
        .take(MAX_CLASSES)
        .collect();
    match kept.as_slice() {
        [] => None,
        [only] if only.len() == value.len() => Some(Cow::Borrowed(value)),
        _ => Some(Cow::Owned(kept.join(" "))),
    }
}

/// Returns whether a class is one of those of posts. The name of a language may have a few more
/// characters than other names: `c++`, `rust,ignore`.
fn is_class(name: &str) -> bool {
    let prefix = CLASSES.into_iter().find(|prefix| name.starts_with(prefix));
    let Some(prefix) = prefix else {
        return false;
    };
    let further: &[u8] = match prefix {
        "language-" => b"+-_.,:#",
        _ => b"-_",
    };
    (prefix.len() + 1..=MAX_CLASS).contains(&name.len())
        && name[prefix.len()..]
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || further.contains(&b))
}

/// Returns whether this is an id of a footnote, or an anchor.
pub(super) fn is_id(id: &str) -> bool {
    is_footnote(id) || is_anchor(id)
}

fn is_footnote(id: &str) -> bool {
    id.strip_prefix(FOOTNOTE).is_some_and(|number| {
        (1..=9).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::{MAX_CLASS, MAX_CLASSES, classes, is_id};

    #[test]
    fn classes_of_posts_stay() {
        for kept in [
            "language-rust",
            "language-c++",
            "language-rust,ignore",
            "language-C#",
            "footnote-definition",
            "footnote-backref",
            "task-list-item",
            "plugin-note",
            "plugin-hl_keyword",
            "plugin-note plugin-note--wide",
        ] {
            assert_eq!(classes(kept).as_deref(), Some(kept));
        }
    }

    #[test]
    fn other_classes_go() {
        let long = format!("plugin-{}", "a".repeat(MAX_CLASS));
        for dropped in [
            "",
            " ",
            "button",
            "modal fade show",
            "plugin",
            "plugin-",
            "-plugin-a",
            "Plugin-a",
            "xplugin-a",
            "plugin-a.b",
            "plugin-c++",
            "plugin-a\"b",
            "plugin-<b>",
            "plugin-ä",
            "plugin-a\u{a0}b",
            "plugin-\0",
            "language-",
            "language-<",
            "task-list",
            "footnote",
            &long,
        ] {
            assert_eq!(classes(dropped), None, "{dropped:?}");
        }
    }

    #[test]
    fn among_several_those_of_posts_stay() {
        for (value, kept) in [
            ("btn plugin-a btn-primary", "plugin-a"),
            (" plugin-a\n\tplugin-b ", "plugin-a plugin-b"),
            ("language-a b", "language-a"),
        ] {
            assert_eq!(classes(value).as_deref(), Some(kept));
        }
        let many = "plugin-a ".repeat(100_000);
        let kept = classes(&many).unwrap();
        assert_eq!(kept.split(' ').count(), MAX_CLASSES);
    }

    #[test]
    fn ids_are_those_of_footnotes_and_anchors() {
        for good in [
            "footnote-1",
            "footnote-123456789",
            "user-content-a",
            "user-content-größe",
        ] {
            assert!(is_id(good), "{good}");
        }
        for bad in [
            "",
            "header",
            "footnote-",
            "footnote-x",
            "footnote-1x",
            "footnote-1234567890",
            "footnote-١",
            "plugin-a",
            "location",
            "__proto__",
            "user-content-",
        ] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}
