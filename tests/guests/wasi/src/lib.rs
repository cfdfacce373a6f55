//! Imports WASI, as Go, JavaScript and Python toolchains make every component do, and says what it got.
//!
//! `filter-html` answers with JSON: the wall clock in seconds, 16 random bytes in hex, and how many environment
//! variables, arguments and folders the host has granted. It writes `stdout <input>` and `stderr <input>`
//! to its output streams first.

#![cfg(target_arch = "wasm32")]

wit_bindgen::generate!({
    path: "wit",
    world: "plugin-world",
    generate_all,
});

use exports::raisfast::plugin_wit::plugin_hooks::Guest;
use wasi::{
    cli::{environment, stderr, stdout},
    clocks::wall_clock,
    filesystem::preopens,
    random::random,
};

struct Plugin;

impl Guest for Plugin {
    fn filter_html(input: String) -> Option<String> {
        for (name, stream) in [
            ("stdout", stdout::get_stdout()),
            ("stderr", stderr::get_stderr()),
        ] {
            let line = format!("{name} {input}\n");
            // A closed stream is the host's choice; this guest has nobody to tell.
            let _ = stream.blocking_write_and_flush(line.as_bytes());
        }
        let random: String = random::get_random_bytes(16)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Some(format!(
            r#"{{"seconds":{},"random":"{random}","environment":{},"arguments":{},"folders":{}}}"#,
            wall_clock::now().seconds,
            environment::get_environment().len(),
            environment::get_arguments().len(),
            preopens::get_directories().len(),
        ))
    }
}

export!(Plugin);
