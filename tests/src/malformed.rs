//! A core module that no compiler makes: its answers are not values of the contract.

use raisfast_plugin_wit::CONTRACT;
use wit_component::StringEncoding;
use wit_parser::Resolve;

const MODULE: &str = include_str!("malformed.wat");

/// The guest, built against the contract with `on-post-creating` alone: the first letter of a
/// post's title says in which way its answer is malformed. Of the host it imports `log`, and
/// `get-data` too where it is to run on a stack of its own.
///
/// # Panics
///
/// When the module does not fit the contract.
pub fn malformed(stack: Stack) -> Vec<u8> {
    let (import, lowered) = match stack {
        Stack::Callers => ("", ""),
        Stack::Own => (
            "get-data: func(key: string) -> option<string>;",
            r#"(import "raisfast:plugin-wit/host-api" "get-data" (func (param i32 i32 i32)))"#,
        ),
    };
    let types = &CONTRACT[CONTRACT.find("interface types").expect("it has types")..];
    let types = &types[..types.find("\n}").expect("they end") + 2];
    let world = format!(
        "package raisfast:plugin-wit;
        {types}
        interface host-api {{ log: func(level: string, msg: string); {import} }}
        interface plugin-hooks {{
            use types.{{post-input}};
            on-post-creating: func(input: post-input) -> option<post-input>;
        }}
        world plugin-world {{ import host-api; export plugin-hooks; }}"
    );
    let text = MODULE.replacen("(module", &format!("(module {lowered}"), 1);
    let mut wasm = wat::parse_str(text).expect("the module is valid");
    let mut resolve = Resolve::default();
    let package = resolve
        .push_source("plugin.wit", &world)
        .expect("valid WIT");
    let world = resolve.select_world(&[package], None).expect("one world");
    let encoding = StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut wasm, &resolve, world, encoding, false)
        .expect("the world is embedded");
    wasm
}

/// On which stack the host lets a guest run.
#[derive(Clone, Copy)]
pub enum Stack {
    /// A stack of its own, because it imports functions that may make it wait.
    Own,
    /// The caller's stack, because it imports none.
    Callers,
}
