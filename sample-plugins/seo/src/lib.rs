//! Fill in what search engines want, where the author has not: slug, excerpt, meta description.

mod description;
mod page;
mod slug;

use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

/// A setting that is a length; `default` where it is none.
fn length(key: &str, default: usize) -> usize {
    let Some(text) = host_api::get_config(key) else {
        return default;
    };
    text.parse().unwrap_or_else(|_| {
        host_api::log(
            "warn",
            &format!("`{key}` is `{text}`, not a number; using {default}"),
        );
        default
    })
}

/// The post with an excerpt; none where it needs or gets none.
fn with_excerpt(mut post: PostInput) -> Option<PostInput> {
    if post.excerpt.is_some() {
        return None;
    }
    post.excerpt = description::of_markdown(&post.content, length("description_length", 160));
    post.excerpt.is_some().then_some(post)
}

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(mut post: PostInput) -> Option<PostInput> {
        if post.slug.is_some() {
            return with_excerpt(post);
        }
        post.slug = slug::of_title(&post.title, length("slug_length", 60));
        Some(with_excerpt(post.clone()).unwrap_or(post))
    }

    fn on_post_updating(post: PostInput) -> Option<PostInput> {
        with_excerpt(post)
    }

    fn filter_html(html: String) -> Option<String> {
        page::with_description(&html, length("description_length", 160))
    }
}

export_plugin_hooks!(Plugin);
