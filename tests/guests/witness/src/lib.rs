//! Writes each call down in its own tables, one row a call: what several servers deliver at once
//! overwrites nothing.
//!
//! The test's migration makes `own_com_example_witness__deliveries` with `record`, `hook`,
//! `delivery`, `content` and `heard_at`, and `own_com_example_witness__ticks` with `due` and
//! `heard_at`. A database numbers the rows in the order in which they come. Under `last:<record>`
//! it keeps the content too: calls of one plugin write there one after the other, on all servers.

#![cfg(target_arch = "wasm32")]

use raisfast_plugin::{database::table, *};
use serde_json::Value;

use exports::raisfast::plugin_wit::plugin_hooks::*;

fn hear(hook: &str, record: &str, content: &str) {
    let delivery = deliveries::current().expect("an action is delivered");
    let row = row! {
        record: record,
        hook: hook,
        delivery: delivery.id,
        content: content,
        heard_at: clock::now(),
    };
    // What is not written down is not heard: the delivery fails, and comes again.
    let key = format!("last:{record}");
    assert!(host_api::set_data(&key, content), "the content is kept");
    let written = table("own_com_example_witness__deliveries").insert(row);
    written.expect("the call is written down");
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

    fn on_cron_tick(payload: Option<String>) {
        let payload = payload.expect("a tick says when it was due");
        let payload: Value = serde_json::from_str(&payload).expect("JSON");
        let due = payload["scheduled_at"].as_str().expect("a time");
        let row = row! { due: due, heard_at: clock::now() };
        let written = table("own_com_example_witness__ticks").insert(row);
        written.expect("the tick is written down");
    }
}

export_plugin_hooks!(Plugin);
