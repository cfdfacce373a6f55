//! A plugin without the SDK: `wit_bindgen::generate!` and all 16 hooks, with wit-bindgen 0.36.
//!
//! `plain-current` is this file with the current release.

#![cfg(target_arch = "wasm32")]

wit_bindgen::generate!({
    path: "../../../plugin-wit/plugin.wit",
    world: "plugin-world",
});

use exports::raisfast::plugin_wit::plugin_hooks::*;
use raisfast::plugin_wit::host_api;

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(input: PostInput) -> Option<PostInput> {
        let mut post = input;
        if post.slug.is_none() {
            post.slug = Some(post.title.to_lowercase().replace(' ', "-"));
        }
        Some(post)
    }

    fn on_post_updating(_input: PostInput) -> Option<PostInput> {
        None
    }

    fn on_comment_creating(_input: CommentInput) -> Option<CommentInput> {
        None
    }

    fn on_content_creating(_input: ContentEvent) -> Option<ContentEvent> {
        None
    }

    fn on_content_updating(_input: ContentEvent) -> Option<ContentEvent> {
        None
    }

    fn render_markdown(_input: String) -> Option<String> {
        None
    }

    fn filter_html(input: String) -> Option<String> {
        Some(format!("{input}<!-- plain -->"))
    }

    fn on_post_created(output: PostOutput) {
        host_api::log("info", &format!("created: {}", output.slug));
    }

    fn on_post_updated(output: PostOutput) {
        host_api::log("info", &format!("updated: {}", output.slug));
    }

    fn on_post_deleted(id: String) {
        host_api::log("info", &format!("deleted: {id}"));
    }

    fn on_comment_created(input: CommentInput) {
        host_api::log("info", &format!("comment: {}", input.content));
    }

    fn on_content_created(input: ContentEvent) {
        host_api::log("info", &format!("content created: {}", input.content_type));
    }

    fn on_content_updated(input: ContentEvent) {
        host_api::log("info", &format!("content updated: {}", input.content_type));
    }

    fn on_content_deleted(content_type: String, id: String) {
        host_api::log("info", &format!("content deleted: {content_type} {id}"));
    }

    fn on_login(user_id: String) {
        host_api::log("info", &format!("login: {user_id}"));
    }

    fn on_cron_tick(payload: Option<String>) {
        host_api::log("info", &format!("cron: {}", payload.unwrap_or_default()));
    }
}

export!(Plugin);
