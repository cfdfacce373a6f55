//! Write a digest of newly published posts, and send it to a webhook.

mod posts;
mod text;

use raisfast_plugin::*;
use serde::Deserialize;

use exports::raisfast::plugin_wit::plugin_hooks::*;

/// The key under which the plugin keeps the place of the newest post that has been in a digest.
const DIGESTED_UNTIL: &str = "digested-until";

/// The part of a tick that this plugin reads.
#[derive(Deserialize)]
struct Tick {
    scheduled_at: String,
}

/// Make the digest that is due. An error is for the log.
fn digest(payload: Option<String>) -> Result<(), String> {
    let tick: Tick = serde_json::from_str(&payload.unwrap_or_default())
        .map_err(|error| format!("the tick is not understood: {error}"))?;

    let since = host_api::get_data(DIGESTED_UNTIL).unwrap_or_default();
    let posts = posts::since(&since)
        .map_err(|error| format!("the posts cannot be read: {}", error.message()))?;
    let Some(newest) = posts.last() else {
        host_api::log("info", "nothing was published since the last digest");
        return Ok(());
    };

    let digest = text::digest(&posts);
    let path = text::path(&tick.scheduled_at);
    if !host_api::vfs_write(&path, &digest) {
        return Err(format!("{path} was not written"));
    }
    let webhook = host_api::get_config("webhook_url").unwrap_or_default();
    if !webhook.is_empty() && host_api::http_post(&webhook, &text::message(&digest)).is_none() {
        return Err(
            "the webhook did not take the digest; its posts come again with the next".to_owned(),
        );
    }
    if !host_api::set_data(DIGESTED_UNTIL, &newest.place()) {
        return Err("how far the digest got was not stored".to_owned());
    }
    host_api::log("info", &format!("{} posts are in {path}", posts.len()));
    Ok(())
}

struct Plugin;

impl Guest for Plugin {
    fn on_cron_tick(payload: Option<String>) {
        if let Err(reason) = digest(payload) {
            host_api::log("error", &reason);
        }
    }
}

export_plugin_hooks!(Plugin);
