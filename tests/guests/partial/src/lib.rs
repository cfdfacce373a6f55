//! Exports two hooks and no more, as a component built against a smaller WIT does.

#![cfg(target_arch = "wasm32")]

wit_bindgen::generate!({
    inline: "
        package raisfast:plugin-wit;

        interface plugin-hooks {
            filter-html: func(input: string) -> option<string>;
            on-login: func(user-id: string);
        }

        world plugin-world {
            import host-api;
            export plugin-hooks;
        }

        interface host-api {
            log: func(level: string, msg: string);
        }
    ",
});

use exports::raisfast::plugin_wit::plugin_hooks::Guest;
use raisfast::plugin_wit::host_api;

struct Plugin;

impl Guest for Plugin {
    fn filter_html(input: String) -> Option<String> {
        Some(format!("{input}<!--partial-->"))
    }

    fn on_login(user_id: String) {
        host_api::log("info", &format!("login: {user_id}"));
    }
}

export!(Plugin);
