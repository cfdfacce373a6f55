use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(mut post: PostInput) -> Option<PostInput> {
        if post.excerpt.is_some() || post.content.is_empty() {
            return None;
        }
        post.excerpt = Some(post.content.chars().take(160).collect());
        Some(post)
    }

    fn on_post_created(post: PostOutput) {
        host_api::log("info", &format!("published: {}", post.slug));
    }
}

export_plugin_hooks!(Plugin);
