//! Keeps a journal of what it was told about each record, in the order in which it was told.
//!
//! The journal of a record is a JSON list under the key `heard:<record>`: `{"hook", "delivery",
//! "text"}`, a delivery that arrives again included. That of a piece of content lies in the file
//! `heard/<id>.json` too. Actions of one record must not run side by side, or entries are lost:
//! tests would notice.

#![cfg(target_arch = "wasm32")]

use raisfast_plugin::*;
use serde_json::{Value, json};

use exports::raisfast::plugin_wit::plugin_hooks::*;

/// Adds an entry, and answers the whole journal.
fn hear(hook: &str, record: &str, text: &str) -> String {
    let delivery = deliveries::current().expect("an action is delivered");
    let key = format!("heard:{record}");
    let mut journal: Vec<Value> = host_api::get_data(&key)
        .map(|text| serde_json::from_str(&text).expect("the journal is JSON"))
        .unwrap_or_default();
    journal.push(json!({ "hook": hook, "delivery": delivery.id, "text": text }));
    let journal = Value::from(journal).to_string();
    // What is not noted is not heard: the delivery fails, and comes again.
    assert!(
        host_api::set_data(&key, &journal),
        "the journal is not kept"
    );
    journal
}

fn hear_of_content(hook: &str, id: &str, text: &str) {
    let journal = hear(hook, id, text);
    let path = format!("heard/{id}.json");
    assert!(
        host_api::vfs_write(&path, &journal),
        "the file is not written"
    );
}

struct Plugin;

impl Guest for Plugin {
    fn on_post_created(output: PostOutput) {
        hear("on-post-created", &output.id, &output.title);
    }

    fn on_post_updated(output: PostOutput) {
        hear("on-post-updated", &output.id, &output.title);
    }

    fn on_post_deleted(id: String) {
        hear("on-post-deleted", &id, "");
    }

    fn on_comment_created(input: CommentInput) {
        // A comment has no id here; its text is its own.
        hear("on-comment-created", &input.content, &input.content);
    }

    fn on_content_created(input: ContentEvent) {
        let id = input.id.expect("stored content has an id");
        hear_of_content("on-content-created", &id, &input.data);
    }

    fn on_content_updated(input: ContentEvent) {
        let id = input.id.expect("stored content has an id");
        hear_of_content("on-content-updated", &id, &input.data);
    }

    fn on_content_deleted(_content_type: String, id: String) {
        hear_of_content("on-content-deleted", &id, "");
    }
}

export_plugin_hooks!(Plugin);
