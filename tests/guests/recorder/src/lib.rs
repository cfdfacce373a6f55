//! Leaves a visible trace of each hook.
//!
//! A filter marks a field with its own name: a title or a comment ends in ` [on-post-creating]`,
//! content gets the JSON key `"on-content-creating": true`, HTML ends in `<!--filter-html-->`. An
//! action keeps what it was given as JSON under the key `hook:<name>`, and counts under
//! `count:<name>`.

#![cfg(target_arch = "wasm32")]

use raisfast_plugin::*;
use serde_json::{Value, json};

use exports::raisfast::plugin_wit::plugin_hooks::*;

fn record(hook: &str, payload: Value) {
    let counter = format!("count:{hook}");
    let count = host_api::get_data(&counter).map_or(0, |count| count.parse().unwrap_or(0)) + 1;
    host_api::set_data(&counter, &u64::to_string(&count));
    host_api::set_data(&format!("hook:{hook}"), &payload.to_string());
}

fn mark_post(hook: &str, mut post: PostInput) -> PostInput {
    post.title = format!("{} [{hook}]", post.title);
    post
}

fn mark_content(hook: &str, mut event: ContentEvent) -> ContentEvent {
    let mut data: Value = serde_json::from_str(&event.data).expect("content data is JSON");
    data[hook] = true.into();
    event.data = data.to_string();
    event
}

fn post(post: &PostOutput) -> Value {
    json!({
        "id": post.id,
        "title": post.title,
        "slug": post.slug,
        "content": post.content,
        "excerpt": post.excerpt,
        "status": post.status,
        "created_by": post.created_by,
        "updated_by": post.updated_by,
        "category_id": post.category_id,
        "view_count": post.view_count,
        "created_at": post.created_at,
        "updated_at": post.updated_at,
        "published_at": post.published_at,
    })
}

fn content(event: &ContentEvent) -> Value {
    json!({ "content_type": event.content_type, "data": event.data, "id": event.id })
}

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(input: PostInput) -> Option<PostInput> {
        Some(mark_post("on-post-creating", input))
    }

    fn on_post_updating(input: PostInput) -> Option<PostInput> {
        Some(mark_post("on-post-updating", input))
    }

    fn on_comment_creating(mut input: CommentInput) -> Option<CommentInput> {
        input.content = format!("{} [on-comment-creating]", input.content);
        Some(input)
    }

    fn on_content_creating(input: ContentEvent) -> Option<ContentEvent> {
        Some(mark_content("on-content-creating", input))
    }

    fn on_content_updating(input: ContentEvent) -> Option<ContentEvent> {
        Some(mark_content("on-content-updating", input))
    }

    fn render_markdown(input: String) -> Option<String> {
        Some(format!("<article>{input}</article>"))
    }

    fn filter_html(input: String) -> Option<String> {
        Some(format!("{input}<!--filter-html-->"))
    }

    fn on_post_created(output: PostOutput) {
        record("on-post-created", post(&output));
    }

    fn on_post_updated(output: PostOutput) {
        record("on-post-updated", post(&output));
    }

    fn on_post_deleted(id: String) {
        record("on-post-deleted", json!({ "id": id }));
    }

    fn on_comment_created(input: CommentInput) {
        record(
            "on-comment-created",
            json!({
                "content": input.content,
                "nickname": input.nickname,
                "email": input.email,
                "parent_id": input.parent_id,
            }),
        );
    }

    fn on_content_created(input: ContentEvent) {
        record("on-content-created", content(&input));
    }

    fn on_content_updated(input: ContentEvent) {
        record("on-content-updated", content(&input));
    }

    fn on_content_deleted(content_type: String, id: String) {
        record(
            "on-content-deleted",
            json!({ "content_type": content_type, "id": id }),
        );
    }

    fn on_login(user_id: String) {
        record("on-login", json!({ "user_id": user_id }));
    }

    fn on_content_viewed(content_type: String, id: String) {
        record(
            "on-content-viewed",
            json!({ "content_type": content_type, "id": id }),
        );
    }

    fn on_cron_tick(payload: Option<String>) {
        record("on-cron-tick", payload.map_or(Value::Null, Value::String));
    }
}

export_plugin_hooks!(Plugin);
