//! The two interfaces that only interpreters have. The others come with `raisfast-plugin`.

#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::pedantic,
    reason = "generated from plugin.wit"
)]

wit_bindgen::generate!({
    path: "../../../plugin-wit",
    inline: "
        package raisfast:script-rhai;
        world rhai {
            import raisfast:plugin-wit/script;
            export raisfast:plugin-wit/interpreter;
        }
    ",
    generate_all,
});

// The names of exports are not symbols that a native linker takes.
#[cfg(target_arch = "wasm32")]
use crate::exports::Interpreter;

#[cfg(target_arch = "wasm32")]
export!(Interpreter);
