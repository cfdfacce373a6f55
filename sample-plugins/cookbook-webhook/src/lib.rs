//! Tells another service of each published post.

use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

/// Sends an event about a post.
fn send(event: &str, post: &PostOutput) -> Result<(), String> {
    let url = host_api::get_config("url").unwrap_or_default();
    let delivery = deliveries::current().ok_or("only an action has a delivery")?;
    let body = serde_json::json!({ "event": event, "slug": post.slug, "title": post.title });
    let answer = http::post(url)
        .header("content-type", "application/json")
        // The same at each try, so that the receiver can tell a repetition.
        .header("idempotency-key", delivery.id)
        .body(body.to_string())
        .send()
        .map_err(|error| error.message().to_owned())?;
    if answer.is_success() {
        Ok(())
    } else {
        Err(format!("the webhook answered {}", answer.status()))
    }
}

/// Sends an event about a published post. A panic makes the server deliver it again later.
fn announce(event: &str, post: &PostOutput) {
    if post.status == "published"
        && let Err(reason) = send(event, post)
    {
        panic!("{reason}");
    }
}

struct Plugin;

impl Guest for Plugin {
    fn on_post_created(post: PostOutput) {
        announce("post-created", &post);
    }

    fn on_post_updated(post: PostOutput) {
        announce("post-updated", &post);
    }
}

export_plugin_hooks!(Plugin);
