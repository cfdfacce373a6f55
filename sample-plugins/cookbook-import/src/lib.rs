//! Imports the posts of another site from its JSON Feed, as drafts.

use raisfast_plugin::*;
use serde::Deserialize;

use database::{Error, table};
use exports::raisfast::plugin_wit::plugin_hooks::*;

/// The part of a feed that is imported.
#[derive(Deserialize)]
struct Feed {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    title: String,
    content_text: String,
}

/// The words of a title, in lower case and joined by hyphens.
fn slug_of(title: &str) -> String {
    let title = title.to_lowercase();
    let words = title.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}

/// Stores an item as a draft. Returns whether it is new: a slug is there once.
fn store(item: &Item, author: &str) -> Result<bool, Error> {
    let now = clock::now();
    let stored = table("posts").insert(row! {
        id: identifiers::new_id(),
        title: item.title.as_str(),
        slug: slug_of(&item.title),
        content: item.content_text.as_str(),
        status: "draft",
        created_by: author,
        tag_ids: "[]",
        created_at: now.as_str(),
        updated_at: now.as_str(),
    });
    match stored {
        Ok(()) => Ok(true),
        Err(Error::Constraint(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Imports what is new, and returns how many posts that are.
fn import() -> Result<usize, String> {
    let author = host_api::get_config("author_id").filter(|id| !id.is_empty());
    let author = author.ok_or("set `author_id` to the id of the posts' author")?;
    let url = host_api::get_config("feed_url").unwrap_or_default();
    let feed = host_api::http_get(&url).ok_or("the feed cannot be fetched")?;
    let feed: Feed = serde_json::from_str(&feed).map_err(|error| error.to_string())?;
    let mut new = 0;
    for item in feed
        .items
        .iter()
        .filter(|item| !slug_of(&item.title).is_empty())
    {
        let stored = store(item, &author).map_err(|error| error.message().to_owned())?;
        new += usize::from(stored);
    }
    Ok(new)
}

struct Plugin;

impl Guest for Plugin {
    fn on_cron_tick(_: Option<String>) {
        match import() {
            Ok(new) => host_api::log("info", &format!("imported {new} posts")),
            Err(reason) => host_api::log("error", &reason),
        }
    }
}

export_plugin_hooks!(Plugin);
