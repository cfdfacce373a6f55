//! Refuses comments with too many links or with a blocked word.

use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

/// The words of a text, in lower case, with single spaces between and around them.
fn words(text: &str) -> String {
    let text = text.to_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    format!(" {} ", words.join(" "))
}

/// The reason to refuse a comment, if there is one.
fn objection(comment: &str, max_links: usize, blocked: &str) -> Option<String> {
    let links = comment.matches("http://").count() + comment.matches("https://").count();
    if links > max_links {
        return Some(format!(
            "A comment has at most {max_links} links; this one has {links}."
        ));
    }
    let comment = words(comment);
    let mut blocked = blocked.split(',').map(str::trim);
    let found = blocked.find(|word| words(word).len() > 2 && comment.contains(&words(word)))?;
    Some(format!("Please do without \"{found}\"."))
}

struct Plugin;

impl Guest for Plugin {
    fn on_comment_creating(comment: CommentInput) -> Option<CommentInput> {
        let max_links = host_api::get_config("max_links").and_then(|text| text.parse().ok());
        let blocked = host_api::get_config("blocked_words").unwrap_or_default();
        if let Some(reason) = objection(&comment.content, max_links.unwrap_or(2), &blocked) {
            refusals::refuse(Some("/content"), &reason);
        }
        None
    }
}

export_plugin_hooks!(Plugin);
