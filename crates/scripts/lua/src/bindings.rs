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
        package raisfast:script-lua;
        world lua {
            import raisfast:plugin-wit/script;
            export raisfast:plugin-wit/interpreter;
        }
    ",
    generate_all,
});

use crate::exports::Interpreter;

export!(Interpreter);
