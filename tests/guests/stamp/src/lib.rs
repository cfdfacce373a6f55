//! Marks what it touches with its version, so that tests see which generation served a call.
//!
//! The version is `get-config("version")`, else the one that the environment variable
//! `STAMP_VERSION` had when this guest was built, else `unversioned`. Filters put it into the
//! excerpt and at the end of the HTML; actions write it under the key `stamp:<hook>`.

#![cfg(target_arch = "wasm32")]

use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

fn version() -> String {
    host_api::get_config("version").unwrap_or_else(|| {
        option_env!("STAMP_VERSION")
            .unwrap_or("unversioned")
            .to_owned()
    })
}

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(mut input: PostInput) -> Option<PostInput> {
        input.excerpt = Some(version());
        Some(input)
    }

    fn on_post_updating(mut input: PostInput) -> Option<PostInput> {
        input.excerpt = Some(version());
        Some(input)
    }

    fn filter_html(input: String) -> Option<String> {
        Some(format!("{input}<!--stamp {}-->", version()))
    }

    fn on_post_created(_output: PostOutput) {
        host_api::set_data("stamp:on-post-created", &version());
    }

    fn on_post_updated(_output: PostOutput) {
        host_api::set_data("stamp:on-post-updated", &version());
    }
}

export_plugin_hooks!(Plugin);
