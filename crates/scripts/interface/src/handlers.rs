//! The names of handlers.

/// The handlers that a script can have, by their names in the contract.
pub const HANDLERS: [&str; 21] = [
    "on-post-creating",
    "on-post-updating",
    "on-comment-creating",
    "on-content-creating",
    "on-content-updating",
    "render-markdown",
    "filter-html",
    "on-post-created",
    "on-post-updated",
    "on-post-deleted",
    "on-comment-created",
    "on-content-created",
    "on-content-updated",
    "on-content-deleted",
    "on-login",
    "on-cron-tick",
    "on-content-viewed",
    "on-load",
    "on-unload",
    "snapshot",
    "restore",
];

/// Returns the name that most scripts give a handler: `on_post_creating`.
pub fn snake_case(handler: &str) -> String {
    handler.replace('-', "_")
}

/// Returns the other name that a handler may have: `onPostCreating`.
pub fn camel_case(handler: &str) -> String {
    let mut name = String::with_capacity(handler.len());
    for (index, word) in handler.split('-').enumerate() {
        let mut letters = word.chars();
        if index == 0 {
            name.push_str(word);
        } else if let Some(first) = letters.next() {
            name.push(first.to_ascii_uppercase());
            name.push_str(letters.as_str());
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_has_its_name() {
        assert_eq!(snake_case("on-post-creating"), "on_post_creating");
        assert_eq!(camel_case("on-post-creating"), "onPostCreating");
        assert_eq!(camel_case("snapshot"), "snapshot");
    }
}
