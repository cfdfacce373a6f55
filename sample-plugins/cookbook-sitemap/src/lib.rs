//! Writes a sitemap of the published posts, for search engines.

use raisfast_plugin::*;

use database::{Error, field, table};
use exports::raisfast::plugin_wit::plugin_hooks::*;

/// A slug as a part of a URL: letters beyond ASCII are percent-encoded.
fn encoded(slug: &str) -> String {
    let bytes = slug.bytes().map(|byte| match byte {
        byte if byte.is_ascii() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    bytes.collect()
}

/// The sitemap of the posts below this URL.
fn sitemap(posts_url: &str) -> Result<String, Error> {
    let posts = table("posts")
        .filter(field("status").eq("published"))
        .columns(["slug", "updated_at"])
        .order(field("published_at").desc())
        .limit(1_000)
        .fetch_all()?;
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for post in &posts {
        let (slug, updated_at): (String, String) = (post.get("slug")?, post.get("updated_at")?);
        let location = format!("{posts_url}{}", encoded(&slug));
        xml += &format!("<url><loc>{location}</loc><lastmod>{updated_at}</lastmod></url>\n");
    }
    Ok(xml + "</urlset>\n")
}

struct Plugin;

impl Guest for Plugin {
    fn on_cron_tick(_: Option<String>) {
        let posts_url = host_api::get_config("posts_url").unwrap_or_default();
        match sitemap(&posts_url) {
            Ok(xml) => {
                // Where it cannot be written, the host has logged why.
                host_api::vfs_write("sitemap.xml", &xml);
            }
            Err(error) => host_api::log("error", error.message()),
        }
    }
}

export_plugin_hooks!(Plugin);
