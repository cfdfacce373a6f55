//! Runs the examples of `docs/src/authors/host-api.md`: content of the type `example` with the data
//! `{"name": "get-config"}` runs that function's.

#![cfg(target_arch = "wasm32")]

use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

mod examples {
    include!(concat!(env!("OUT_DIR"), "/examples.rs"));
}

fn run(input: &ContentEvent) {
    let data: serde_json::Value = serde_json::from_str(&input.data).expect("the data is JSON");
    let name = data["name"].as_str().expect("the data names an example");
    if let Err(error) = examples::run(name) {
        panic!("the example fails: {}", error.message());
    }
}

struct Plugin;

impl Guest for Plugin {
    fn on_content_creating(input: ContentEvent) -> Option<ContentEvent> {
        run(&input);
        None
    }

    fn on_content_created(input: ContentEvent) {
        run(&input);
    }
}

export_plugin_hooks!(Plugin);
