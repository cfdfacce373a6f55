//! Built against another contract: its `post-input` has no `cover-image`.

#![cfg(target_arch = "wasm32")]

wit_bindgen::generate!({
    inline: "
        package raisfast:plugin-wit;

        interface types {
            record post-input {
                title: string,
                content: string,
                slug: option<string>,
                excerpt: option<string>,
                category-id: option<string>,
                tag-ids: option<list<string>>,
                status: option<string>,
            }
        }

        interface plugin-hooks {
            use types.{post-input};

            on-post-creating: func(input: post-input) -> option<post-input>;
        }

        world plugin-world {
            export plugin-hooks;
        }
    ",
});

use exports::raisfast::plugin_wit::plugin_hooks::{Guest, PostInput};

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(input: PostInput) -> Option<PostInput> {
        Some(input)
    }
}

export!(Plugin);
