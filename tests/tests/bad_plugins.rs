//! Plugins that cannot be loaded: each file is refused with words that its author can act on, and
//! costs the server and the plugin beside it nothing.

use std::{fs, path::Path, time::Duration};

use raisfast_tests::{Manifest, TestServer, guest};
use serde_json::{Value, json};
use wit_component::StringEncoding;
use wit_parser::Resolve;

const BAD: &str = "com.example.bad";

/// A server with a plugin that works, on which bad ones are installed.
struct Beside(TestServer);

impl Beside {
    async fn start() -> Self {
        let manifest = Manifest::new("com.example.counter", &["on-post-creating"]);
        let server = TestServer::with()
            // The ceiling of initialisation too.
            .config(|config| config.plugins.max_timeout = Duration::from_millis(500))
            .guest("counter", &manifest)
            .start()
            .await;
        Self(server)
    }

    /// Returns the message that administrators see for a new folder with these files.
    async fn refuses(&self, folder: &str, wasm: &[u8], manifest: &str) -> String {
        self.0.install(folder, wasm, manifest);
        let refused = self.0.listed(folder, "failed").await;
        assert_eq!(refused["hooks"], json!([]));
        assert_eq!(refused["pool"], Value::Null);

        let post = self.0.publish(folder).await;
        let counted = post["excerpt"].as_str();
        assert!(counted.is_some_and(|count| count.starts_with("instance ")));
        refused["last_error"].as_str().expect("a reason").to_owned()
    }

    async fn refuses_wasm(&self, wasm: &[u8]) -> String {
        self.refuses_wasm_for("on-login", wasm).await
    }

    async fn refuses_wasm_for(&self, hook: &str, wasm: &[u8]) -> String {
        let manifest = Manifest::new(BAD, &[hook]).with("[permissions]\nmax_memory_mb = 16");
        let error = self.refuses("bad", wasm, manifest.text()).await;
        assert_eq!(self.0.plugin(BAD).await["last_error"], error);
        error
    }
}

/// A core module that was built with bindings of a world that exports `on-login` alone.
fn core_module(imports: &str, memory_pages: u32, rest: &str) -> Vec<u8> {
    const WORLD: &str = "package raisfast:plugin-wit;
        interface plugin-hooks { on-login: func(user-id: string); }
        world plugin-world { export plugin-hooks; }";
    let rest = format!(
        r#"(func (export "raisfast:plugin-wit/plugin-hooks#on-login") (param i32 i32)) {rest}"#
    );
    built_against(WORLD, imports, memory_pages, &rest)
}

/// A core module that was built with bindings of the one world of `wit`.
fn built_against(wit: &str, imports: &str, memory_pages: u32, rest: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            {imports}
            (memory (export "memory") {memory_pages})
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8))
            {rest})"#
    );
    let mut wasm = wat::parse_str(text).expect("the module is valid");
    let mut resolve = Resolve::default();
    let package = resolve.push_source("plugin.wit", wit).expect("valid WIT");
    let world = resolve.select_world(&[package], None).expect("one world");
    wit_component::embed_component_metadata(
        &mut wasm,
        &resolve,
        world,
        StringEncoding::UTF8,
        false,
    )
    .expect("the world is embedded");
    wasm
}

/// The same with `on-login`, and an import of this interface, which has a `call: func()`.
fn importing(interface: &str) -> Vec<u8> {
    let (path, version) = match interface.split_once('@') {
        Some((path, version)) => (path, format!("@{version}")),
        None => (interface, String::new()),
    };
    let (package, name) = path.split_once('/').expect("a package");
    let wit = format!(
        "package test:plugin;
        package {package}{version} {{ interface {name} {{ call: func(); }} }}
        package raisfast:plugin-wit {{
            interface plugin-hooks {{ on-login: func(user-id: string); }}
        }}
        world plugin-world {{
            import {interface};
            export raisfast:plugin-wit/plugin-hooks;
        }}"
    );
    let import = format!(r#"(import "{interface}" "call" (func))"#);
    let login = r#"(func (export "raisfast:plugin-wit/plugin-hooks#on-login") (param i32 i32))"#;
    built_against(&wit, &import, 1, login)
}

/// Nearly the contract: nothing in it is as it should be.
fn other_in_everything() -> Vec<u8> {
    const WIT: &str = "package raisfast:plugin-wit;
        interface types {
            record comment-input {
                nickname: option<string>,
                content: string,
                email: option<string>,
                parent-id: option<string>,
            }
            record content-event {
                content-type: u32,
                body: string,
                id: option<string>,
                author: string,
            }
        }
        interface host-api {
            get-data: func(key: string) -> string;
            set-data: func(key: string, value: list<u8>, seconds: u32) -> bool;
            send-mail: func(to: string) -> bool;
        }
        interface teleport { beam: func(); }
        interface plugin-hooks {
            use types.{comment-input, content-event};
            on-comment-creating: func(input: comment-input) -> option<comment-input>;
            on-content-created: func(event: content-event);
            on-login: func(user-id: u64) -> bool;
            on-cron-tick: func();
        }
        world plugin-world {
            import host-api;
            import teleport;
            export plugin-hooks;
        }";
    let imports = r#"
        (import "raisfast:plugin-wit/host-api" "get-data" (func (param i32 i32 i32)))
        (import "raisfast:plugin-wit/host-api" "set-data" (func (param i32 i32 i32 i32 i32) (result i32)))
        (import "raisfast:plugin-wit/host-api" "send-mail" (func (param i32 i32) (result i32)))
        (import "raisfast:plugin-wit/teleport" "beam" (func))"#;
    let hook = |name: &str, types: &str, body: &str| {
        format!(r#"(func (export "raisfast:plugin-wit/plugin-hooks#{name}") {types} {body})"#)
    };
    let eleven = "(param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)";
    let hooks = [
        hook("on-comment-creating", eleven, "unreachable"),
        hook(
            "on-content-created",
            "(param i32 i32 i32 i32 i32 i32 i32 i32)",
            "",
        ),
        hook("on-login", "(param i64) (result i32)", "unreachable"),
        hook("on-cron-tick", "", ""),
    ];
    built_against(WIT, imports, 1, &hooks.concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_module_that_bad_ones_are_made_from_is_good() {
    let wasm = core_module("", 1, "");
    let manifest = Manifest::new(BAD, &["on-login"]);
    let server = TestServer::with()
        .plugin("good", wasm, manifest.text())
        .start()
        .await;
    server.server().settled().await;
    let plugin = server.plugin(BAD).await;
    assert_eq!(plugin["state"], "running");
    assert_eq!(plugin["hooks"][0]["calls"], 1);
}

macro_rules! refused {
    ($($name:ident: $hook:literal, $wasm:expr;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let server = Beside::start().await;
                let error = server.refuses_wasm_for($hook, &$wasm).await;
                snapshot(stringify!($name), &error);
            }
        )*
    };
}

refused! {
    empty: "on-login", [];
    text: "on-login", *b"#!/bin/sh\necho hello\n";
    random_bytes: "on-login", noise(4096);
    truncated: "on-post-creating", { let whole = guest("stamp"); whole[..whole.len() / 2].to_vec() };
    damaged: "on-post-creating", { let mut wasm = guest("stamp"); wasm[1000..3000].fill(0xff); wasm };
    damaged_component: "filter-html", { let whole = guest("component"); whole[..whole.len() - 40].to_vec() };
    without_bindings: "on-login", wat::parse_str("(module (func (export \"on-login\")))").unwrap();
    hook_that_is_not_exported: "on-post-creating", guest("partial");
    component_without_hooks: "on-login", wat::parse_str("(component)").unwrap();
    hook_outside_of_its_interface: "on-login", built_against(
        "package test:plugin; world plugin-world { export on-login: func(user-id: string); }",
        "", 1, r#"(func (export "on-login") (param i32 i32))"#);
    hooks_of_another_package: "on-login", built_against(
        "package test:plugin;
         interface plugin-hooks { on-login: func(user-id: string); }
         world plugin-world { export plugin-hooks; }",
        "", 1, r#"(func (export "test:plugin/plugin-hooks#on-login") (param i32 i32))"#);
    program: "on-login", built_against(
        "package test:plugin;
         package wasi:cli@0.2.3 { interface run { run: func() -> result; } }
         world command { export wasi:cli/run@0.2.3; }",
        "", 1, r#"(func (export "wasi:cli/run@0.2.3#run") (result i32) (i32.const 0))"#);
    unknown_interface: "on-login", guest("imports-unknown");
    interface_of_another_host: "on-login", importing("acme:shop/cart");
    interface_with_a_version: "on-login", importing("raisfast:plugin-wit/host-api@1.0.0");
    interface_that_plugins_export: "on-login", built_against(
        "package raisfast:plugin-wit;
         interface lifecycle { on-unload: func(); }
         interface plugin-hooks { on-login: func(user-id: string); }
         world plugin-world { import lifecycle; export plugin-hooks; }",
        r#"(import "raisfast:plugin-wit/lifecycle" "on-unload" (func))"#, 1,
        r#"(func (export "raisfast:plugin-wit/plugin-hooks#on-login") (param i32 i32))"#);
    wasi_that_is_not_linked: "on-login", importing("wasi:keyvalue/store@0.2.0-draft");
    wasi_of_another_version: "on-login", importing("wasi:clocks/wall-clock@0.3.0");
    import_outside_of_an_interface: "on-login", built_against(
        "package raisfast:plugin-wit;
         interface plugin-hooks { on-login: func(user-id: string); }
         world plugin-world { import log: func(level: string, msg: string); export plugin-hooks; }",
        r#"(import "$root" "log" (func (param i32 i32 i32 i32)))"#, 1,
        r#"(func (export "raisfast:plugin-wit/plugin-hooks#on-login") (param i32 i32))"#);
    changed_record: "on-post-creating", guest("changed-record");
    import_from_env: "on-login", core_module(r#"(import "env" "puts" (func (param i32) (result i32)))"#, 1, "");
    import_from_wasi_preview1: "on-login", core_module(
        r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
           (import "wasi_snapshot_preview1" "sock_open" (func (param i32 i32 i32) (result i32)))"#, 1, "");
    import_from_before_wasi_preview1: "on-login", core_module(
        r#"(import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))"#, 1, "");
    import_from_wasm_bindgen: "on-login", core_module(
        r#"(import "__wbindgen_placeholder__" "__wbindgen_throw" (func (param i32 i32)))"#, 1, "");
    start_that_traps: "on-login", core_module("", 1, "(func $start unreachable) (start $start)");
    start_that_never_returns: "on-login", core_module("", 1, "(func $start (loop $again (br $again))) (start $start)");
    more_memory_than_the_manifest_asks_for: "on-login", core_module("", 17 * 16, "");
    more_memory_than_any_plugin_may_have: "on-login", core_module("", 300 * 16, "");
}

/// All at once, so that its author need not find one after the other.
#[tokio::test(flavor = "multi_thread")]
async fn everything_that_does_not_fit_is_told_field_by_field() {
    let server = Beside::start().await;
    let hooks = [
        "on-comment-creating",
        "on-content-created",
        "on-cron-tick",
        "on-login",
        "filter-html",
    ];
    let manifest = Manifest::new(BAD, &hooks);
    let error = server
        .refuses("bad", &other_in_everything(), manifest.text())
        .await;
    snapshot("other_in_everything", &error);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_too_large_is_not_even_read() {
    let server = Beside::start().await;
    let mut wasm = guest("stamp");
    wasm.resize((64 << 20) + 1, 0);
    snapshot("too_large", &server.refuses_wasm(&wasm).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_its_wasm_is_refused() {
    let server = Beside::start().await;
    let manifest = Manifest::new(BAD, &["on-login"])
        .text()
        .replace("plugin.wasm", "build/output.wasm");
    snapshot("no_wasm", &server.refuses("bad", b"", &manifest).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_a_manifest_is_refused() {
    let server = Beside::start().await;
    fs::create_dir(server.0.plugin_dir().join("bare")).unwrap();
    let refused = server.0.listed("bare", "failed").await;
    assert_eq!(refused["id"], Value::Null);
    let error = refused["last_error"].as_str().unwrap();
    assert!(
        error.contains("bare/manifest.toml cannot be read")
            && error.ends_with("a plugin's folder holds a manifest.toml and the wasm it names"),
        "{error}"
    );
}

/// The words are `raisfast-manifest`'s, and tested there; here they have to arrive.
#[tokio::test(flavor = "multi_thread")]
async fn each_bad_manifest_is_refused_with_its_own_words() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/manifest/tests/bad");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 20, "the folder lost its manifests");

    let server = Beside::start().await;
    let wasm = guest("counter");
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let errors = raisfast_manifest::Manifest::parse(&format!("{name}/manifest.toml"), &text)
            .expect_err(name);
        assert_eq!(server.refuses(name, &wasm, &text).await, errors.to_string());
    }
}

/// Removes the offset from an error: the place where a built guest is damaged depends on its
/// compiler.
fn without_offset(error: &str) -> String {
    const OFFSET: &str = "at offset ";
    match error.split_once(&format!("{OFFSET}0x")) {
        Some((before, after)) => {
            let after = after.trim_start_matches(|digit: char| digit.is_ascii_hexdigit());
            format!("{before}{OFFSET}[offset]{after}")
        }
        None => error.to_owned(),
    }
}

fn snapshot(name: &str, error: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, without_offset(error)));
}

/// Bytes without a pattern that anybody would take for a format; the same each time.
fn noise(length: usize) -> Vec<u8> {
    let mut state: u32 = 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}
