//! Checks the links of one post at each tick, going from one post to the next.

use std::{collections::BTreeSet, time::Duration};

use pulldown_cmark::{Event, Parser, Tag};
use raisfast_plugin::*;

use database::{Error, Row, field, table};
use exports::raisfast::plugin_wit::plugin_hooks::*;

/// The key of the slug of the post that was checked last.
const CHECKED: &str = "checked";

/// The post after the one that was checked last; after the last one comes the first.
fn next_post() -> Result<Option<Row>, Error> {
    let after = |slug: &str| {
        table("posts")
            .filter(field("status").eq("published").and(field("slug").gt(slug)))
            .columns(["slug", "content"])
            .order("slug")
            .fetch_one()
    };
    let next = after(&host_api::get_data(CHECKED).unwrap_or_default())?;
    next.map_or_else(|| after(""), |post| Ok(Some(post)))
}

/// The first ten links of a text to other sites.
fn links(markdown: &str) -> BTreeSet<String> {
    let links = Parser::new(markdown).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.to_string()),
        _ => None,
    });
    links
        .filter(|link| link.starts_with("http"))
        .take(10)
        .collect()
}

/// The fault of a link, if it has one. Some servers refuse `HEAD`, with status 405.
fn fault(link: &str) -> Option<String> {
    match http::head(link).timeout(Duration::from_secs(5)).send() {
        Ok(answer) if answer.status() < 400 || answer.status() == 405 => None,
        Ok(answer) => Some(format!("status {}", answer.status())),
        Err(http::Error::Denied(_)) => None,
        Err(error) => Some(error.message().to_owned()),
    }
}

/// Checks the next post, and reports each broken link in the log and as an event.
fn check() -> Result<(), Error> {
    let Some(post) = next_post()? else {
        return Ok(());
    };
    let (slug, content): (String, String) = (post.get("slug")?, post.get("content")?);
    for link in links(&content) {
        if let Some(fault) = fault(&link) {
            let report = serde_json::json!({ "fault": fault, "link": link, "slug": slug });
            host_api::log("warn", &report.to_string());
            host_api::emit_event("broken-link", &report.to_string());
        }
    }
    host_api::set_data(CHECKED, &slug);
    Ok(())
}

struct Plugin;

impl Guest for Plugin {
    fn on_cron_tick(_: Option<String>) {
        if let Err(error) = check() {
            host_api::log("error", error.message());
        }
    }
}

export_plugin_hooks!(Plugin);
