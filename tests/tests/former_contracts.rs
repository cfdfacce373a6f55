//! Plugins of former contracts keep working; plugins of a later one load where they use nothing of
//! it.

use raisfast_tests::{Manifest, Neighbour, Settings, TestServer};
use serde_json::{Value, json};
use wit_component::StringEncoding;
use wit_parser::Resolve;

const PLUGIN: &str = "com.example.former";

/// A server with one of the guests in `tests/fixtures/former-contracts`.
macro_rules! former {
    ($file:literal, $manifest:expr) => {
        former!($file, $manifest, |_| {})
    };
    ($file:literal, $manifest:expr, $config:expr) => {{
        let wasm = include_bytes!(concat!("../fixtures/former-contracts/", $file, ".wasm"));
        TestServer::with()
            .plugin("former", wasm.to_vec(), $manifest.text())
            .config($config)
            .start()
            .await
    }};
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_of_the_frozen_contract_works() {
    let hooks = ["on-post-creating", "on-post-created"];
    let server = former!("1-frozen", Manifest::new(PLUGIN, &hooks));
    let post = server.publish("Hello World").await;
    assert_eq!(post["slug"], "hello-world");
    server.logs(PLUGIN, "published: hello-world").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_of_the_contract_with_a_database_works() {
    let grant = "[permissions]\ndatabase = [\"read:posts\"]";
    let manifest = Manifest::new(PLUGIN, &["on-post-creating"]).with(grant);
    let server = former!("2-database", manifest);
    server.publish("First").await;
    let post = server.publish("Second").await;
    assert_eq!(post["excerpt"], "1 posts");
    let id = post["slug"].as_str().expect("a slug");
    assert_eq!(id.len(), 36, "{id}");
    server.logs(PLUGIN, "it is 20").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_of_the_contract_with_http_works() {
    let neighbour = Neighbour::start().await;
    let grant = format!("[permissions]\nhttp = {}", json!([neighbour.origin]));
    let manifest = Manifest::new(PLUGIN, &["on-post-creating"]).with(&grant);
    let server = former!("3-http", manifest, |config| {
        config.allowed_networks = vec!["127.0.0.0/8".parse().expect("a network")];
    });
    for (url, excerpt) in [
        (neighbour.url("/status/404"), "status 404"),
        ("https://example.com/".to_owned(), "error Error::Denied"),
    ] {
        let post = server.publish(&url).await;
        let found = post["excerpt"].as_str().expect("an excerpt");
        assert!(found.starts_with(excerpt), "{url}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_of_the_contract_with_a_lifecycle_works() {
    let own = "[pool]\nsize = 1\n[config]\nversion = \"7\"";
    let server = former!(
        "4-lifecycle",
        Manifest::new(PLUGIN, &["on-post-creating"]).with(own)
    );
    server.logs(PLUGIN, "on-load version-begins").await;
    let post = server.publish("Counted").await;
    assert_eq!(post["excerpt"], "version 7 instance 0 of 1 post 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_of_the_contract_with_deliveries_works() {
    let server = former!("5-deliveries", Manifest::new(PLUGIN, &["on-post-created"]));
    let post = server.publish("Heard").await;
    server.server().settled().await;
    let key = format!("heard:{}", post["id"].as_str().expect("an id"));
    let heard = server.stored(PLUGIN, &key).await.expect("a journal");
    let heard: Value = serde_json::from_str(&heard).expect("the journal is JSON");
    assert_eq!(heard[0]["text"], "Heard", "{heard}");
    assert!(heard[0]["delivery"].is_string(), "{heard}");
}

/// A guest of a contract that has one interface more, and whether it calls it.
fn later(calls_it: bool) -> Settings {
    const WORLD: &str = "package raisfast:plugin-wit;
        interface host-api { log: func(level: string, msg: string); }
        interface telescope { look: func(at: u32) -> bool; }
        interface plugin-hooks { on-login: func(user-id: string); }
        world plugin-world { import host-api; import telescope; export plugin-hooks; }";
    let (import, call) = if calls_it {
        (
            r#"(import "raisfast:plugin-wit/telescope" "look" (func $look (param i32) (result i32)))"#,
            "(drop (call $look (i32.const 1)))",
        )
    } else {
        ("", "")
    };
    let text = format!(
        r#"(module
            (import "raisfast:plugin-wit/host-api" "log" (func $log (param i32 i32 i32 i32)))
            {import}
            (memory (export "memory") 1)
            (data (i32.const 0) "info")
            (func (export "raisfast:plugin-wit/plugin-hooks#on-login") (param $id i32) (param $length i32)
                {call}
                (call $log (i32.const 0) (i32.const 4) (local.get $id) (local.get $length)))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))"#
    );
    let mut wasm = wat::parse_str(text).expect("the module is valid");
    let mut resolve = Resolve::default();
    let package = resolve.push_source("plugin.wit", WORLD).expect("valid WIT");
    let world = resolve.select_world(&[package], None).expect("one world");
    let encoding = StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut wasm, &resolve, world, encoding, false)
        .expect("the world is embedded");
    let manifest = Manifest::new(PLUGIN, &["on-login"]);
    TestServer::with().plugin("later", wasm, manifest.text())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_of_a_later_contract_works_where_it_does_not_use_it() {
    let server = later(false).start().await;
    // The admin's id.
    server.logs(PLUGIN, "-").await;
    assert_eq!(server.plugin(PLUGIN).await["state"], "running");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_uses_a_later_contract_is_told_what_it_lacks() {
    let server = later(true).start().await;
    let refused = server.listed("later", "failed").await;
    let error = refused["last_error"].as_str().expect("a reason");
    assert!(error.contains("raisfast:plugin-wit/telescope"), "{error}");
    assert!(error.contains("raisfast plugin wit"), "{error}");
}
