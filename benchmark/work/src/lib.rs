//! The work itself, as plain functions: compiled once for the machine and once for wasm, so that a
//! comparison of the two compares nothing but the target.

use pulldown_cmark::{Parser, html};
use serde_json::Value;

/// The slug that the Quick Start's plugin makes of a title.
pub fn slug(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}

/// The page with a mark at its end, so that the answer is not the question.
pub fn marked(html: &str) -> String {
    format!("{html}<!-- filtered -->")
}

/// Markdown as HTML.
pub fn rendered(markdown: &str) -> String {
    let mut page = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut page, Parser::new(markdown));
    page
}

/// The SHA-256 of a text, in hexadecimal. Portable code on every target: a processor's own
/// instructions for it are not in wasm, and would compare hardware.
pub fn digest(text: &str) -> String {
    use std::fmt::Write as _;

    hmac_sha256::Hash::hash(text.as_bytes()).iter().fold(
        String::with_capacity(64),
        |mut hexadecimal, byte| {
            let _ = write!(hexadecimal, "{byte:02x}");
            hexadecimal
        },
    )
}

/// Parses an array of objects, keeps those with an even `id`, adds a `label` to each, and writes
/// them. A text that is not such an array comes back as it is.
pub fn transformed(json: &str) -> String {
    let Ok(Value::Array(mut items)) = serde_json::from_str(json) else {
        return json.to_owned();
    };
    items.retain(|item| item["id"].as_u64().is_some_and(|id| id % 2 == 0));
    for item in &mut items {
        let label = format!(
            "{}-{}",
            item["name"].as_str().unwrap_or_default(),
            item["id"]
        );
        item["label"] = Value::String(label);
    }
    serde_json::to_string(&items).unwrap_or_default()
}
