//! A plugin that waits for the host: for a value of its store, and for a file to be written. It
//! imports what may take a while, so the host gives each of its calls a stack of its own.

use raisfast_benchmark_work as work;
use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(mut post: PostInput) -> Option<PostInput> {
        if post.slug.is_none() {
            post.slug = Some(work::slug(&post.title));
        }
        Some(post)
    }

    /// A record in the log, and a file.
    fn on_post_created(post: PostOutput) {
        host_api::log("info", &format!("published: {}", post.slug));
        host_api::vfs_write(&format!("cache/posts/{}.json", post.slug), "{}");
    }

    /// A page that is only `data:` and a key becomes the key's value: the host call.
    fn filter_html(html: String) -> Option<String> {
        match html.strip_prefix("data:") {
            Some(key) => host_api::get_data(key),
            None => Some(work::marked(&html)),
        }
    }
}

export_plugin_hooks!(Plugin);
