//! Imports `raisfast:plugin-wit/teleport`, which no host has.

#![cfg(target_arch = "wasm32")]

wit_bindgen::generate!({
    inline: "
        package raisfast:plugin-wit;

        interface teleport {
            beam: func(to: string) -> bool;
        }

        interface plugin-hooks {
            on-login: func(user-id: string);
        }

        world plugin-world {
            import teleport;
            export plugin-hooks;
        }
    ",
});

use exports::raisfast::plugin_wit::plugin_hooks::Guest;
use raisfast::plugin_wit::teleport;

struct Plugin;

impl Guest for Plugin {
    fn on_login(user_id: String) {
        teleport::beam(&user_id);
    }
}

export!(Plugin);
