//! Counts its posts in a static, and hands the count to its next version.
//!
//! `on-post-creating` sets the excerpt to `version <v> instance <n> of <m> post <count>`; a post
//! with the title `fail` makes it panic. `on-content-creating` replaces the data by `{"version":
//! "<v>"}`. Each function of the lifecycle leaves a record in the log: `on-load …`, `on-unload …`,
//! `restored …`. The plugin's configuration sets `version`, and makes functions fail: `on-load`,
//! `snapshot` and `restore` may each be `refuse` (where there is an error to answer), `panic` or
//! `spin`; `hooks` may be `panic`.

#![cfg(target_arch = "wasm32")]

use std::cell::Cell;

use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;
use lifecycle::{Cause, InstancePlace, Lifecycle};

thread_local! {
    static POSTS: Cell<u64> = const { Cell::new(0) };
    static PLACE: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
}

fn setting(key: &str) -> String {
    host_api::get_config(key).unwrap_or_default()
}

/// Fails in the way that the configuration wants, if it does.
fn misbehave(function: &str) -> Result<(), String> {
    match setting(function).as_str() {
        "refuse" => Err(format!("{function} does not like it here")),
        "panic" => panic!("{function} panics"),
        "spin" => loop {
            std::hint::spin_loop();
        },
        _ => Ok(()),
    }
}

fn tell(what: &str) {
    let (number, _) = PLACE.get();
    let text = format!("{what} instance {number} posts {}", POSTS.get());
    host_api::log("info", &text);
}

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(mut input: PostInput) -> Option<PostInput> {
        if setting("hooks") == "panic" || input.title == "fail" {
            panic!("as it was told to");
        }
        POSTS.set(POSTS.get() + 1);
        let ((number, instances), posts) = (PLACE.get(), POSTS.get());
        let version = setting("version");
        input.excerpt = Some(format!(
            "version {version} instance {number} of {instances} post {posts}"
        ));
        Some(input)
    }

    fn on_content_creating(mut input: ContentEvent) -> Option<ContentEvent> {
        input.data = format!("{{\"version\": \"{}\"}}", setting("version"));
        Some(input)
    }
}

impl Lifecycle for Plugin {
    fn on_load(place: InstancePlace) -> Result<(), String> {
        PLACE.set((place.number, place.instances));
        tell(match place.cause {
            Cause::VersionBegins => "on-load version-begins",
            Cause::Replacement => "on-load replacement",
        });
        misbehave("on-load")
    }

    fn on_unload() {
        tell("on-unload");
    }

    fn snapshot() -> Option<Vec<u8>> {
        misbehave("snapshot").ok()?;
        Some(POSTS.get().to_le_bytes().to_vec())
    }

    fn restore(state: Vec<u8>) -> Result<(), String> {
        let posts = state
            .try_into()
            .map_err(|_| "eight bytes are expected".to_owned())?;
        POSTS.set(u64::from_le_bytes(posts));
        misbehave("restore")?;
        tell("restored");
        Ok(())
    }
}

export_plugin_hooks!(Plugin);
export_plugin_lifecycle!(Plugin);
