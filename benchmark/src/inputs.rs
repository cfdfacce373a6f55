//! The inputs of the works: made in the same way every time.

use std::fmt::Write as _;

use raisfast_contract::PostInput;

/// This project's own documentation.
const DOCUMENTS: [&str; 12] = [
    include_str!("../../README.md"),
    include_str!("../../CONTRIBUTING.md"),
    include_str!("../../docs/src/introduction.md"),
    include_str!("../../docs/src/authors/quick-start.md"),
    include_str!("../../docs/src/authors/hooks.md"),
    include_str!("../../docs/src/authors/host-api.md"),
    include_str!("../../docs/src/authors/manifest.md"),
    include_str!("../../docs/src/authors/errors.md"),
    include_str!("../../docs/src/operators/plugins.md"),
    include_str!("../../docs/src/operators/rest-api.md"),
    include_str!("../../docs/src/downstream/crates.md"),
    include_str!("../../docs/src/contributors/architecture.md"),
];

/// A Markdown document as people write them, with prose, lists, tables and code: the project's own
/// pages, again and again, up to the last whole line within this many bytes.
pub(crate) fn markdown(bytes: usize) -> String {
    let mut document = String::with_capacity(bytes + DOCUMENTS.concat().len());
    while document.len() < bytes {
        for page in DOCUMENTS {
            document.push_str(page);
            document.push('\n');
        }
    }
    document.truncate(document.floor_char_boundary(bytes));
    let whole_lines = document.rfind('\n').map_or(0, |end| end + 1);
    document.truncate(whole_lines);
    document
}

/// A text of exactly this many bytes, in ASCII.
pub(crate) fn text(bytes: usize) -> String {
    const WORDS: &str = "The quick brown fox jumps over the lazy dog, again and again. ";
    WORDS.chars().cycle().take(bytes).collect()
}

/// A JSON array of objects with texts, numbers, lists and null, of this many bytes or a few more.
pub(crate) fn json(bytes: usize) -> String {
    let mut json = String::with_capacity(bytes + 256);
    json.push('[');
    let mut id = 0_u32;
    while json.len() < bytes {
        let comma = if id == 0 { "" } else { "," };
        let price = f64::from(id) + 0.25;
        let even = id.is_multiple_of(2);
        write!(
            json,
            r#"{comma}{{"id":{id},"name":"Item \"{id}\"","price":{price:.2},"tags":["a","b","größe"],"active":{even},"parent":null,"size":{{"width":{id},"height":7}}}}"#,
        )
        .expect("a text takes what is written to it");
        id += 1;
    }
    json.push(']');
    json
}

/// A post without a slug, with a content of this many bytes.
pub(crate) fn post(content: usize) -> PostInput {
    PostInput {
        title: "Ten Things That A Plugin Should Know About Its Host".into(),
        content: text(content),
        excerpt: Some("What goes in, what comes out, and what it costs.".into()),
        tag_ids: Some(vec!["plugins".into(), "performance".into()]),
        status: Some("published".into()),
        ..PostInput::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{json, markdown, text};

    #[test]
    fn inputs_have_the_size_that_was_asked_for() {
        assert_eq!(text(1_000).len(), 1_000);
        let document = markdown(100_000);
        assert!((99_000..=100_000).contains(&document.len()));
        assert!(document.ends_with('\n'));
        let json = json(10_000);
        assert!((10_000..10_500).contains(&json.len()));
    }

    #[test]
    fn the_json_is_json_with_as_many_even_ids_as_odd_ones() {
        let items: Vec<serde_json::Value> = serde_json::from_str(&json(10_000)).unwrap();
        let even = items
            .iter()
            .filter(|item| item["id"].as_u64().unwrap().is_multiple_of(2));
        assert_eq!(even.count(), items.len().div_ceil(2));
    }
}
