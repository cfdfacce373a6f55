//! Refuses posts with images that have no description.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

/// The addresses of images whose description is empty.
fn undescribed(markdown: &str) -> Vec<String> {
    let mut addresses = Vec::new();
    let mut image: Option<(String, String)> = None;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Image { dest_url, .. }) => {
                image = Some((dest_url.to_string(), String::new()));
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, description)) = &mut image {
                    description.push_str(&text);
                }
            }
            Event::End(TagEnd::Image) => {
                let found = image.take();
                let empty = found.filter(|(_, description)| description.trim().is_empty());
                addresses.extend(empty.map(|(address, _)| address));
            }
            _ => {}
        }
    }
    addresses
}

/// Refuses the post for each image without a description.
fn check(post: &PostInput) {
    for address in undescribed(&post.content) {
        let reason = format!("Describe the image {address}: write ![description]({address}).");
        refusals::refuse(Some("/content"), &reason);
    }
}

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(post: PostInput) -> Option<PostInput> {
        check(&post);
        None
    }

    fn on_post_updating(post: PostInput) -> Option<PostInput> {
        check(&post);
        None
    }
}

export_plugin_hooks!(Plugin);
