//! The conformance plugin, `tests/conformance/SPECIFICATION.md`, in Rust without the SDK: its
//! hooks.
//!
//! `conformance-rust-plain-0-36` is this source with an older wit-bindgen.

#![cfg(target_arch = "wasm32")]

mod answer;
mod calls;
mod lines;
mod rows;

wit_bindgen::generate!({
    path: "../../plugin-wit/plugin.wit",
    world: "plugin-world-with-views",
});

use exports::raisfast::plugin_wit::{plugin_hooks::*, views};
use lines::{comment_lines, content_lines, delivery_lines, line, optional_line, post_lines, write};

fn filter_post(hook: &str, mut post: PostInput) -> Option<PostInput> {
    if post.title == "none" {
        return None;
    }
    post.title = format!("{hook}: {}", post.title);
    if let Some(tag_ids) = &mut post.tag_ids {
        tag_ids.reverse();
    }
    Some(post)
}

fn filter_content(hook: &str, mut event: ContentEvent) -> Option<ContentEvent> {
    if event.data == "none" {
        return None;
    }
    event.data = format!("{{\"{hook}\":{}}}", event.data);
    Some(event)
}

fn filter_text(hook: &str, text: &str) -> Option<String> {
    (text != "none").then(|| format!("{hook}: {text}"))
}

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(input: PostInput) -> Option<PostInput> {
        filter_post("on-post-creating", input)
    }

    fn on_post_updating(input: PostInput) -> Option<PostInput> {
        filter_post("on-post-updating", input)
    }

    fn on_comment_creating(mut input: CommentInput) -> Option<CommentInput> {
        if input.content == "none" {
            return None;
        }
        input.content = format!("on-comment-creating: {}", input.content);
        Some(input)
    }

    fn on_content_creating(input: ContentEvent) -> Option<ContentEvent> {
        if input.content_type == "call" {
            return Some(calls::call_host(&input.id.unwrap_or_default(), &input.data));
        }
        filter_content("on-content-creating", input)
    }

    fn on_content_updating(input: ContentEvent) -> Option<ContentEvent> {
        filter_content("on-content-updating", input)
    }

    fn render_markdown(input: String) -> Option<String> {
        filter_text("render-markdown", &input)
    }

    fn filter_html(input: String) -> Option<String> {
        filter_text("filter-html", &input)
    }

    fn on_post_created(output: PostOutput) {
        write(
            "on-post-created",
            &(post_lines(&output) + &delivery_lines()),
        );
    }

    fn on_post_updated(output: PostOutput) {
        write("on-post-updated", &post_lines(&output));
    }

    fn on_post_deleted(id: String) {
        write("on-post-deleted", &line("id", id));
    }

    fn on_comment_created(input: CommentInput) {
        write("on-comment-created", &comment_lines(&input));
    }

    fn on_content_created(input: ContentEvent) {
        write("on-content-created", &content_lines(&input));
    }

    fn on_content_updated(input: ContentEvent) {
        write("on-content-updated", &content_lines(&input));
    }

    fn on_content_deleted(content_type: String, id: String) {
        let lines = line("content-type", content_type) + &line("id", id);
        write("on-content-deleted", &lines);
    }

    fn on_login(user_id: String) {
        write("on-login", &line("user-id", user_id));
    }

    fn on_cron_tick(payload: Option<String>) {
        write(
            "on-cron-tick",
            &optional_line("payload", payload.as_deref()),
        );
    }
}

impl views::Guest for Plugin {
    fn on_content_viewed(content_type: String, id: String) {
        let lines = line("content-type", content_type) + &line("id", id);
        write("on-content-viewed", &lines);
    }
}

export!(Plugin);
