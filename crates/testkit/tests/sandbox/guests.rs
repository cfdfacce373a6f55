//! The guests, and scripts for the one that takes them.

use std::{fs, path::Path};

use raisfast_testkit::{ContentEvent, SandboxedPlugin, hook::OnContentCreating};
use serde_json::{Value, json};

/// The wasm of a guest under `tests/guests/`.
pub(crate) fn guest(name: &str) -> Vec<u8> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/guests-out");
    let path = built.join(name).join("plugin.wasm");
    fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{} cannot be read ({error}); run `cargo xtask build-plugins --guests` first",
            path.display()
        )
    })
}

/// A manifest with more TOML at its end.
pub(crate) fn manifest(more: &str) -> String {
    format!(
        "[plugin]\nid = \"com.example.guest\"\nname = \"Guest\"\nversion = \"1.0.0\"\n\n{more}\n"
    )
}

/// A manifest for `all-functions`, with more TOML at its end.
pub(crate) fn scripted(more: &str) -> String {
    manifest(&format!("[hooks.on-content-creating]\n\n{more}"))
}

/// Returns the answer of a host function to the guest `all-functions`.
pub(crate) async fn ask(plugin: &SandboxedPlugin, function: &str, args: Value) -> Value {
    let event = ContentEvent {
        content_type: "call".into(),
        data: json!({"function": function, "args": args}).to_string(),
        id: None,
    };
    let answer = plugin.filter::<OnContentCreating>(event).await;
    let answer = answer
        .expect("the call returns")
        .expect("the guest answers");
    let mut answer: Value = serde_json::from_str(&answer.data).expect("the answer is JSON");
    answer["result"].take()
}
