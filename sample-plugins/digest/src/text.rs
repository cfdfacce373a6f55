//! The digest as people read it.

use crate::posts::Post;

/// Markdown: one line per post, with its excerpt.
pub fn digest(posts: &[Post]) -> String {
    let count = posts.len();
    let noun = if count == 1 { "post" } else { "posts" };
    let mut text = format!("# {count} new {noun}\n");
    for post in posts {
        text += &format!("\n- [{}](/posts/{})", post.title, post.slug);
        if let Some(excerpt) = &post.excerpt {
            text += &format!(": {excerpt}");
        }
    }
    text + "\n"
}

/// Returns the file for the digest of a tick: one file per day.
pub fn path(scheduled_at: &str) -> String {
    let date = scheduled_at.split('T').next().unwrap_or(scheduled_at);
    format!("digests/{date}.md")
}

/// Returns the body that the webhook receives; chat programs understand it.
pub fn message(digest: &str) -> String {
    serde_json::json!({ "text": digest }).to_string()
}

#[cfg(test)]
mod tests {
    use super::{digest, message, path};
    use crate::posts::Post;

    fn post(title: &str, excerpt: Option<&str>) -> Post {
        Post {
            id: title.to_owned(),
            title: title.to_owned(),
            slug: title.to_lowercase(),
            excerpt: excerpt.map(str::to_owned),
            published_at: "2026-11-22T08:00:00.000Z".to_owned(),
        }
    }

    #[test]
    fn a_line_a_post() {
        let posts = [post("One", Some("the first")), post("Two", None)];
        let expected = "# 2 new posts\n\n- [One](/posts/one): the first\n- [Two](/posts/two)\n";
        assert_eq!(digest(&posts), expected);
        assert!(digest(&posts[..1]).starts_with("# 1 new post\n"));
    }

    #[test]
    fn a_file_a_day() {
        assert_eq!(path("2026-11-23T08:00:00Z"), "digests/2026-11-23.md");
    }

    #[test]
    fn the_message_is_json() {
        let message: serde_json::Value = serde_json::from_str(&message("a \"b\"\n")).unwrap();
        assert_eq!(message["text"], "a \"b\"\n");
    }
}
