//! The benchmark's work as a plugin that waits for nothing. Each hook does one work; those that
//! have no hook of their own take one whose record carries a text.

use raisfast_benchmark_work as work;
use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

struct Plugin;

impl Guest for Plugin {
    fn on_login(_user_id: String) {}

    fn on_post_creating(mut post: PostInput) -> Option<PostInput> {
        if post.slug.is_none() {
            post.slug = Some(work::slug(&post.title));
        }
        Some(post)
    }

    fn on_post_created(post: PostOutput) {
        host_api::log("info", &format!("published: {}", post.slug));
    }

    fn filter_html(html: String) -> Option<String> {
        Some(work::marked(&html))
    }

    fn render_markdown(markdown: String) -> Option<String> {
        Some(work::rendered(&markdown))
    }

    /// The JSON transform.
    fn on_content_creating(mut event: ContentEvent) -> Option<ContentEvent> {
        event.data = work::transformed(&event.data);
        Some(event)
    }

    /// The digest.
    fn on_content_updating(mut event: ContentEvent) -> Option<ContentEvent> {
        event.data = work::digest(&event.data);
        Some(event)
    }
}

export_plugin_hooks!(Plugin);
