//! Counts its calls in a static, so that tests see which instance served them and that it kept its
//! state.
//!
//! `on-post-creating` sets the excerpt to `instance <id> call <n>`: `n` counts from 1 in each
//! instance; the id is the title of the first post that the instance saw, so that a test chooses
//! it.

#![cfg(target_arch = "wasm32")]

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

static CALLS: AtomicU64 = AtomicU64::new(0);
static FIRST_TITLE: OnceLock<String> = OnceLock::new();

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(mut input: PostInput) -> Option<PostInput> {
        let call = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
        let instance = FIRST_TITLE.get_or_init(|| input.title.clone());
        input.excerpt = Some(format!("instance {instance} call {call}"));
        Some(input)
    }
}

export_plugin_hooks!(Plugin);
