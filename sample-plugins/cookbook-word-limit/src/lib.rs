//! Refuses posts that are too short or too long.

use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

/// A setting that is a number.
fn number(key: &str) -> Option<usize> {
    host_api::get_config(key)?.parse().ok()
}

/// Refuses the post where it has not as many words as it should.
fn check(post: &PostInput) {
    let words = post.content.split_whitespace().count();
    if let Some(least) = number("min_words").filter(|least| words < *least) {
        let reason = format!("A post has at least {least} words; this one has {words}.");
        refusals::refuse(Some("/content"), &reason);
    }
    if let Some(most) = number("max_words").filter(|most| words > *most) {
        let reason = format!("A post has at most {most} words; this one has {words}.");
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
