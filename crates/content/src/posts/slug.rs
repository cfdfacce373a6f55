//! A post's name in the URL.
//!
//! Letters of every script are allowed unless they are upper-case: a title is rarely in ASCII, and
//! a plugin may make a slug with nothing but `to_lowercase`. The server itself makes ASCII slugs.

use std::future::Future;

/// Bytes of a slug. A file may be named after it, and file names end at 255.
pub(super) const MAX_LENGTH: usize = 200;

/// The slug of a title without a single letter or digit.
const NAMELESS: &str = "post";

/// Characters of a text that are looked at to make a slug of it; a title has no more than 200.
const MAX_READ: usize = 1000;

/// Returns whether this is words of lower-case letters and digits with single hyphens between them.
pub(super) fn is_valid(slug: &str) -> bool {
    let lower_case = |c: char| c.is_alphanumeric() && c.to_lowercase().eq([c]);
    slug.len() <= MAX_LENGTH
        && slug
            .split('-')
            .all(|word| !word.is_empty() && word.chars().all(lower_case))
}

/// A slug from a title.
pub(super) fn from_title(title: &str) -> String {
    from_text(title).unwrap_or_else(|| NAMELESS.to_owned())
}

/// A slug that is valid as it is; of any other text, what a title of these words would give. None
/// where it has neither letter nor digit.
pub(super) fn normalised(slug: String) -> Option<String> {
    if is_valid(&slug) {
        return Some(slug);
    }
    from_text(&slug)
}

fn from_text(text: &str) -> Option<String> {
    let end = text.char_indices().nth(MAX_READ);
    let slug = ::slug::slugify(end.map_or(text, |(end, _)| &text[..end]));
    let slug = shortened(&slug, MAX_LENGTH);
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// The wanted slug if nobody has it, else with the first number from 2 on that is free.
///
/// The number is found by doubling and halving, so the ten-thousandth post of one title costs a few
/// look-ups more than the second. Where posts were deleted in between, it is a free number, not
/// always the lowest.
pub(super) async fn free<E, Taken: Future<Output = Result<bool, E>>>(
    wanted: &str,
    taken: impl Fn(String) -> Taken,
) -> Result<String, E> {
    let mut lowest_free = 1;
    while taken(numbered(wanted, lowest_free)).await? {
        lowest_free *= 2;
    }
    let mut highest_taken = lowest_free / 2;
    while lowest_free - highest_taken > 1 {
        let middle = u64::midpoint(highest_taken, lowest_free);
        if taken(numbered(wanted, middle)).await? {
            highest_taken = middle;
        } else {
            lowest_free = middle;
        }
    }
    Ok(numbered(wanted, lowest_free))
}

fn numbered(slug: &str, number: u64) -> String {
    if number == 1 {
        return slug.to_owned();
    }
    let suffix = format!("-{number}");
    format!("{}{suffix}", shortened(slug, MAX_LENGTH - suffix.len()))
}

/// The beginning of a slug, itself a slug or empty.
fn shortened(slug: &str, length: usize) -> &str {
    slug[..slug.floor_char_boundary(length)].trim_end_matches('-')
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, convert::Infallible};

    use super::{free, from_title, is_valid, normalised};

    #[test]
    fn slugs_are_lower_case_words() {
        for good in [
            "a",
            "my-first-post",
            "2026",
            "grüße-aus-köln",
            "привет",
            "日本語",
        ] {
            assert!(is_valid(good), "{good}");
        }
        for bad in [
            "",
            "-",
            "a-",
            "-a",
            "a--b",
            "A",
            "Grüße",
            "a b",
            "a_b",
            "a/b",
            "a.b",
            "..",
            "a\0",
            "é\u{301}!",
        ] {
            assert!(!is_valid(bad), "{bad}");
        }
    }

    #[test]
    fn every_title_gives_a_valid_slug() {
        for (title, slug) in [
            ("Hello, world!", "hello-world"),
            ("Grüße aus Köln", "grusse-aus-koln"),
            ("  --  ", "post"),
            ("!?", "post"),
            ("Привет", "privet"),
        ] {
            assert_eq!(from_title(title), slug);
            assert!(is_valid(slug));
        }
        let long = from_title(&"word ".repeat(100));
        assert!(is_valid(&long) && long.len() > 190, "{long}");
    }

    #[test]
    fn a_plugins_slug_is_what_a_title_of_its_words_would_give() {
        for (slug, normal) in [
            ("what's-new?", Some("what-s-new")),
            ("Hello World", Some("hello-world")),
            ("c++--and--rust", Some("c-and-rust")),
            ("../../etc/passwd", Some("etc-passwd")),
            ("a\0b", Some("a-b")),
            // Valid as it is, and so not made ASCII.
            ("grüße-aus-köln", Some("grüße-aus-köln")),
            ("", None),
            ("-", None),
            ("?!", None),
        ] {
            assert_eq!(normalised(slug.to_owned()).as_deref(), normal, "{slug:?}");
        }
        let long = normalised("Word ".repeat(3_000_000)).unwrap();
        assert!(is_valid(&long) && long.len() > 190, "{long}");
    }

    async fn free_among(wanted: &str, taken: &[&str]) -> String {
        let taken: BTreeSet<_> = taken.iter().copied().collect();
        free(wanted, |slug| {
            let found = taken.contains(slug.as_str());
            async move { Ok::<_, Infallible>(found) }
        })
        .await
        .unwrap()
    }

    #[tokio::test]
    async fn a_taken_slug_gets_the_next_number() {
        assert_eq!(free_among("a", &[]).await, "a");
        assert_eq!(free_among("a", &["a"]).await, "a-2");
        assert_eq!(free_among("a", &["a", "a-2", "a-3", "a-4"]).await, "a-5");
        assert_eq!(
            free_among("a", &["a", "a-2", "a-3", "a-4", "a-5", "a-6"]).await,
            "a-7"
        );
        assert_eq!(free_among("a", &["a-2"]).await, "a");
    }

    #[tokio::test]
    async fn a_number_does_not_make_a_slug_too_long() {
        let longest = "x".repeat(200);
        let next = free_among(&longest, &[&longest]).await;
        assert!(next.ends_with("x-2") && is_valid(&next), "{next}");
    }
}
