use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(mut post: PostInput) -> Option<PostInput> {
        if post.slug.is_some() {
            return None;
        }
        post.slug = Some(post.title.to_lowercase().replace(' ', "-"));
        Some(post)
    }

    fn on_post_created(post: PostOutput) {
        host_api::log("info", &format!("published: {}", post.slug));
    }
}

export_plugin_hooks!(Plugin);
