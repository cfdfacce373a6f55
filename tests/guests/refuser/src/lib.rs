//! Refuses a request whose text asks for it.

#![cfg(target_arch = "wasm32")]

use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

/// Does as the text asks, and reports the field as the one that is wrong.
fn obey(text: &str, pointer: &str) {
    match text {
        "refuse" => refusals::refuse(Some(pointer), "Say it otherwise."),
        "twice" => {
            refusals::refuse(Some(pointer), "Too short.");
            refusals::refuse(None, "Too late.");
        }
        "often" => (0..100).for_each(|_| refusals::refuse(None, "Again.")),
        "long" => refusals::refuse(Some("title"), &"\u{7}x".repeat(100_000)),
        "trap" => {
            refusals::refuse(Some(pointer), "Nobody reads this.");
            core::arch::wasm32::unreachable();
        }
        _ => {}
    }
}

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(input: PostInput) -> Option<PostInput> {
        obey(&input.title, "/title");
        Some(PostInput {
            title: "changed".into(),
            ..input
        })
    }

    fn on_post_updating(input: PostInput) -> Option<PostInput> {
        obey(&input.title, "/title");
        None
    }

    fn on_comment_creating(input: CommentInput) -> Option<CommentInput> {
        obey(&input.content, "/content");
        None
    }

    fn on_content_creating(input: ContentEvent) -> Option<ContentEvent> {
        if input.data.contains("refuse") {
            obey("refuse", "/text");
        }
        None
    }

    fn on_content_updating(input: ContentEvent) -> Option<ContentEvent> {
        Self::on_content_creating(input)
    }

    fn filter_html(_: String) -> Option<String> {
        obey("refuse", "");
        None
    }

    fn on_post_created(_: PostOutput) {
        obey("refuse", "");
    }
}

export_plugin_hooks!(Plugin);
