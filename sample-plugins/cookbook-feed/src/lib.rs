//! Writes an Atom feed of the newest posts whenever a post changes.

use raisfast_plugin::*;

use database::{Error, Row, field, table};
use exports::raisfast::plugin_wit::plugin_hooks::*;

/// A text as XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The entry of one post.
fn entry(post: &Row, site: &str) -> Result<String, Error> {
    let text = |column: &str| post.get::<String>(column);
    let summary: Option<String> = post.get("excerpt")?;
    Ok(format!(
        "<entry><id>urn:uuid:{}</id><title>{}</title><updated>{}</updated>\
         <link href=\"{site}posts/{}\"/><summary>{}</summary></entry>\n",
        text("id")?,
        escaped(&text("title")?),
        text("updated_at")?,
        text("slug")?,
        escaped(&summary.unwrap_or_default()),
    ))
}

/// The feed of the newest posts.
fn feed(title: &str, site: &str) -> Result<String, Error> {
    let posts = table("posts")
        .filter(field("status").eq("published"))
        .columns(["id", "title", "slug", "excerpt", "updated_at"])
        .order(field("published_at").desc())
        .limit(20)
        .fetch_all()?;
    let entries: Result<String, Error> = posts.iter().map(|post| entry(post, site)).collect();
    let title = escaped(title);
    let updated = clock::now();
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
         <id>{site}</id><title>{title}</title><updated>{updated}</updated>\
         <author><name>{title}</name></author>\n{}</feed>\n",
        entries?
    ))
}

/// Writes the feed. A panic makes the server deliver the change again later.
fn write() {
    let title = host_api::get_config("site.title").unwrap_or_else(|| "Posts".to_owned());
    let site = host_api::get_config("site_url").unwrap_or_default();
    let feed = feed(&title, &site).unwrap_or_else(|error| panic!("{}", error.message()));
    assert!(
        host_api::vfs_write("feed.xml", &feed),
        "the feed is not written"
    );
}

struct Plugin;

impl Guest for Plugin {
    fn on_post_created(_: PostOutput) {
        write();
    }

    fn on_post_updated(_: PostOutput) {
        write();
    }

    fn on_post_deleted(_: String) {
        write();
    }
}

export_plugin_hooks!(Plugin);
