//! Fails when it is told to, and counts its calls, so that tests see which of them reached it.
//!
//! A title, a comment, a page or a payload that contains `fail` makes it panic, one that contains
//! `spin` makes it never return, and one that contains `invalid` makes it answer what the server
//! refuses. Else a new post gets the excerpt `moody was here`, a comment the nickname `moody`, and
//! a page the mark `<!--moody-->`.
//!
//! Before anything else it adds one to the number under the key `calls:<hook>`.

#![cfg(target_arch = "wasm32")]

use std::hint::black_box;

use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

fn count(hook: &str) {
    let key = format!("calls:{hook}");
    let calls: u64 = host_api::get_data(&key).map_or(0, |text| text.parse().unwrap());
    host_api::set_data(&key, &(calls + 1).to_string());
}

fn misbehave(text: &str) {
    assert!(!text.contains("fail"), "it was told to fail");
    if text.contains("spin") {
        loop {
            black_box(());
        }
    }
}

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(mut input: PostInput) -> Option<PostInput> {
        count("on-post-creating");
        misbehave(&input.title);
        if input.title.contains("invalid") {
            input.title.clear();
        }
        input.excerpt = Some("moody was here".to_owned());
        Some(input)
    }

    fn on_comment_creating(mut input: CommentInput) -> Option<CommentInput> {
        count("on-comment-creating");
        misbehave(&input.content);
        input.nickname = Some("moody".to_owned());
        Some(input)
    }

    fn on_post_created(output: PostOutput) {
        count("on-post-created");
        misbehave(&output.title);
    }

    fn filter_html(input: String) -> Option<String> {
        count("filter-html");
        misbehave(&input);
        Some(format!("{input}<!--moody-->"))
    }

    fn on_cron_tick(payload: Option<String>) {
        count("on-cron-tick");
        misbehave(payload.as_deref().unwrap_or_default());
    }
}

export_plugin_hooks!(Plugin);
