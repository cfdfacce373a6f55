//! Ends a post with links to the newest posts of its category.

use raisfast_plugin::*;

use database::{Error, field, table};
use exports::raisfast::plugin_wit::plugin_hooks::*;

/// The beginning of the list. As a comment of HTML it is not on the page.
const MARK: &str = "\n\n<!-- related posts -->\n\n";

/// A title as Markdown that shows it as it is.
fn escaped(title: &str) -> String {
    let mut text = String::new();
    for c in title.chars() {
        if c.is_ascii_punctuation() {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// A list of links to the newest posts of a category, except the one with this slug.
fn related(category: &str, slug: &str) -> Result<String, Error> {
    let path = host_api::get_config("posts_path").unwrap_or_default();
    let published = field("status").eq("published");
    let others = field("category_id")
        .eq(category)
        .and(field("slug").ne(slug));
    let posts = table("posts")
        .filter(published.and(others))
        .columns(["title", "slug"])
        .order(field("published_at").desc())
        .limit(3)
        .fetch_all()?;
    let mut list = String::new();
    for post in &posts {
        let (title, slug): (String, String) = (post.get("title")?, post.get("slug")?);
        list += &format!("- [{}]({path}{slug})\n", escaped(&title));
    }
    Ok(list)
}

/// The post with its list; none where that changes nothing.
fn with_list(mut post: PostInput) -> Option<PostInput> {
    let slug = post.slug.as_deref().unwrap_or_default();
    let category = post.category_id.as_deref();
    let list = match category.map_or(Ok(String::new()), |category| related(category, slug)) {
        Ok(list) => list,
        Err(error) => {
            host_api::log("error", error.message());
            return None;
        }
    };
    let (text, _) = post
        .content
        .split_once(MARK)
        .unwrap_or((post.content.as_str(), ""));
    let content = if list.is_empty() {
        text.to_owned()
    } else {
        format!("{text}{MARK}## Related posts\n\n{list}")
    };
    (content != post.content).then(|| {
        post.content = content;
        post
    })
}

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(post: PostInput) -> Option<PostInput> {
        with_list(post)
    }

    fn on_post_updating(post: PostInput) -> Option<PostInput> {
        with_list(post)
    }
}

export_plugin_hooks!(Plugin);
