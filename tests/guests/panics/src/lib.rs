//! Ends a call in each abnormal way, which the title of the post chooses: `panic`, `trap`, `spin`,
//! `recurse`, `oom`. Any other post gets the excerpt `healthy`. `on-post-created` reads the title
//! too.

#![cfg(target_arch = "wasm32")]

use std::hint::black_box;

use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

/// Recurse deeper than any stack: each frame is kept alive by the work after the call.
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    if depth == u64::MAX {
        return 0;
    }
    recurse(depth + 1) + frame[0]
}

fn misbehave(how: &str) {
    match how {
        "panic" => panic!("the post asked for a panic"),
        "trap" => core::arch::wasm32::unreachable(),
        "spin" => loop {
            black_box(());
        },
        "recurse" => {
            black_box(recurse(0));
        }
        "oom" => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(black_box(vec![1_u8; 1 << 20]));
            }
        }
        _ => {}
    }
}

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(mut input: PostInput) -> Option<PostInput> {
        misbehave(&input.title);
        input.excerpt = Some("healthy".to_owned());
        Some(input)
    }

    fn on_post_created(output: PostOutput) {
        misbehave(&output.title);
    }
}

export_plugin_hooks!(Plugin);
