//! The arguments of an action, one line per field, in a file of the plugin's own.

use std::fmt::Display;

use crate::{
    exports::raisfast::plugin_wit::plugin_hooks::*,
    raisfast::plugin_wit::{deliveries, host_api},
};

pub fn write(hook: &str, lines: &str) {
    host_api::vfs_write(&format!("{hook}.txt"), lines);
}

pub fn line(name: &str, value: impl Display) -> String {
    format!("{name}={value}\n")
}

pub fn optional_line(name: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => line(name, value),
        None => format!("{name}\n"),
    }
}

pub fn post_lines(post: &PostOutput) -> String {
    [
        line("id", &post.id),
        line("title", &post.title),
        line("slug", &post.slug),
        line("content", &post.content),
        optional_line("excerpt", post.excerpt.as_deref()),
        line("status", &post.status),
        line("created-by", &post.created_by),
        optional_line("updated-by", post.updated_by.as_deref()),
        optional_line("category-id", post.category_id.as_deref()),
        line("view-count", post.view_count),
        line("created-at", &post.created_at),
        line("updated-at", &post.updated_at),
        optional_line("published-at", post.published_at.as_deref()),
    ]
    .concat()
}

pub fn delivery_lines() -> String {
    match deliveries::current() {
        Some(delivery) => [
            line("delivery-id", delivery.id),
            line("delivery-attempt", delivery.attempt),
            line("delivery-created-at", delivery.created_at),
        ]
        .concat(),
        None => optional_line("delivery", None),
    }
}

pub fn comment_lines(comment: &CommentInput) -> String {
    [
        line("content", &comment.content),
        optional_line("nickname", comment.nickname.as_deref()),
        optional_line("email", comment.email.as_deref()),
        optional_line("parent-id", comment.parent_id.as_deref()),
    ]
    .concat()
}

pub fn content_lines(event: &ContentEvent) -> String {
    [
        line("content-type", &event.content_type),
        line("data", &event.data),
        optional_line("id", event.id.as_deref()),
    ]
    .concat()
}
