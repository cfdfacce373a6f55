//! The database without SQL, and ids and the time, from a guest's side.

use std::fs;

use raisfast_tests::{Answer, Manifest, Settings, TestServer, eventually, guest};
use serde_json::{Value, json};
use wit_component::StringEncoding;
use wit_parser::Resolve;

const PLUGIN: &str = "com.example.tables";

fn with(toml: &str) -> Settings {
    let hook = "[hooks.on-content-creating]\non_error = \"abort\"\ncontent_types = [\"tables\"]";
    let manifest = Manifest::new(PLUGIN, &[]).with(hook).with(toml);
    TestServer::with().plugin("tables", guest("tables"), manifest.text())
}

/// A server whose plugin has these grants, with the published posts `first` and `second`, and a
/// draft.
async fn server(database: &str) -> TestServer {
    let server = with(&format!("[permissions]\ndatabase = {database}"))
        .start()
        .await;
    server.publish("First").await;
    server.publish("Second").await;
    let draft = json!({"title": "Third", "content": "", "slug": "third"});
    server.create_post(&draft).await;
    server
}

async fn ask(server: &TestServer, scenario: &str, text: &str) -> Answer {
    let request = json!({"scenario": scenario, "text": text});
    server.admin.post("/api/v1/content/tables", &request).await
}

async fn run(server: &TestServer, scenario: &str, text: &str) -> Value {
    let answer = ask(server, scenario, text).await.expect(201);
    answer["data"]["answer"].clone()
}

async fn count(server: &TestServer) -> usize {
    let posts = server.visitor.get("/api/v1/posts").await.expect(200);
    posts["items"].as_array().expect("a list").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_inserted_is_found_and_shown_by_the_api() {
    let server = server(r#"["contents"]"#).await;
    let hostile = "'); DELETE FROM contents; -- \" ` \\ % _ \u{1F600}";
    let answer = run(&server, "write-and-read", hostile).await;
    assert_eq!(
        answer,
        json!({
            "is_it": true,
            "found": json!({"text": hostile}).to_string(),
            "columns": ["id", "data", "content_type"],
            "is_first": true,
            "is_gone": true,
        })
    );
    let notes = server.visitor.get("/api/v1/content/note").await.expect(200);
    assert_eq!(notes["items"][0]["data"], json!({"text": hostile}));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_changed_counted_up_and_deleted() {
    let server = server(r#"["posts"]"#).await;
    // Renamed; counted up by 5; down by 3 but not below 0; up by 1 but not above 2; deleted.
    assert_eq!(run(&server, "change", "").await, json!([2, 2, 2, 1, 2]));
    assert_eq!(count(&server).await, 1);
    let post = server.visitor.get("/api/v1/posts/first").await.expect(200);
    assert_eq!(post["title"], "Renamed");
    assert_eq!(post["excerpt"], "counted");
    assert_eq!(post["view_count"], 3, "5 less 3, and this visit");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_counted_summed_and_grouped() {
    let server = server(r#"["posts"]"#).await;
    assert_eq!(
        run(&server, "count-and-sum", "").await,
        json!({
            "count": 2,
            "sum": 7,
            "groups": [
                {"status": "published", "posts": 2, "views": 7},
                {"status": "draft", "posts": 1, "views": 0},
            ],
            "latest": "first",
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_open_transaction_is_used_and_does_not_outlive_its_call() {
    let server = server(r#"["*"]"#).await;
    let answer = run(&server, "transaction", "").await;
    assert_eq!(answer, json!({"seen": [1, 0, 1], "constraint": true}));
    let kept = server
        .visitor
        .get("/api/v1/content/note/one")
        .await
        .expect(200);
    assert_eq!(kept["data"], json!({"kept": true}));

    assert_eq!(run(&server, "left-open", "").await, 3);
    assert_eq!(count(&server).await, 2);
    ask(&server, "left-by-a-trap", "").await.expect(422);
    assert_eq!(count(&server).await, 2);
    server.record(PLUGIN, "open transaction").await;
    // Its locks are free.
    assert_eq!(run(&server, "delete-all", "posts").await, 3);
    assert_eq!(count(&server).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_not_granted_is_denied_with_the_line_that_would_grant_it() {
    let server = server(r#"["read:posts"]"#).await;
    let line = "under [permissions]: database = [\"write:posts\"]";
    let told = run(&server, "delete-all", "posts").await;
    assert!(told["denied"].as_str().unwrap().ends_with(line), "{told}");
    let record = server
        .record(PLUGIN, "delete wants to write the table `posts`")
        .await;
    assert!(record["message"].as_str().unwrap().ends_with(line));
    assert_eq!(record["hook"], "on-content-creating");

    for table in ["users", "plugin_data", "sqlite_master"] {
        let told = run(&server, "delete-all", table).await;
        let refused = told["denied"].as_str().or(told["database"].as_str());
        assert!(refused.is_some(), "{table}: {told}");
    }
    assert_eq!(count(&server).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_of_a_guest_is_sql() {
    let server = server(r#"["*"]"#).await;
    for name in [
        "",
        "posts; DELETE FROM posts",
        "posts WHERE 1 = 1",
        "posts` WHERE `slug",
        "\"posts\"",
        "main.posts",
        "POSTS",
        "slug = slug OR slug",
        "(SELECT 1)",
        "1",
        "größe",
        "a\u{0}",
        &"a".repeat(64),
    ] {
        let told = run(&server, "name", name).await;
        let message = told["invalid"].as_str().unwrap_or_default();
        assert!(
            message.contains("is not a valid name of a table or column"),
            "{name}: {told}"
        );
    }
    for value in ["' OR '1' = '1", "first' --", "?", "%", "slug"] {
        assert_eq!(run(&server, "value", value).await, 0, "{value}");
    }
    let told = run(&server, "value", "first\u{0}").await;
    let message = told["invalid"].as_str().unwrap_or_default();
    assert!(message.contains("NUL character"), "{told}");
    assert_eq!(run(&server, "value", "first").await, 1);
    assert_eq!(count(&server).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_are_no_condition_are_refused() {
    let server = server(r#"["posts"]"#).await;
    let deep = |levels: usize| format!("c{}", "n".repeat(levels));
    let many = "c".repeat(201);
    for (parts, message) in [
        ("", "the condition is empty"),
        ("n", "`not`, has no condition before it"),
        ("ca", "joins 2 conditions; there are 1 before it"),
        ("cca", ""),
        ("cz", "joins 0 conditions"),
        ("cco", "joins 4294967295 conditions"),
        ("cc", "leave 2 conditions"),
        (&deep(13), "13 levels deep, and may be 12"),
        (&many, "201 parts, and may have 200"),
    ] {
        let told = run(&server, "parts", parts).await;
        if message.is_empty() {
            assert_eq!(told, 1, "{parts}");
            continue;
        }
        let found = told["invalid"].as_str().unwrap_or_default();
        assert!(found.contains(message), "{parts}: {told}");
    }
    assert_eq!(run(&server, "parts", "ccanca").await, 0);
    assert_eq!(run(&server, "parts", &deep(12)).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_over_the_plugin_s_limit_is_an_error() {
    let server = with("[permissions]\ndatabase = [\"posts\"]\n[limits]\ndb_rows = 1")
        .start()
        .await;
    server.publish("First").await;
    assert_eq!(run(&server, "too-many-rows", "").await, 1);
    server.publish("Second").await;
    let told = run(&server, "too-many-rows", "").await;
    let message = told["limit"].as_str().unwrap_or_default();
    assert!(message.contains("over 1 rows"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_and_the_time_need_no_grant() {
    let server = with("").start().await;
    let answer = run(&server, "identity", "").await;
    let ids: Vec<&str> = answer["ids"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    assert!(ids[0] < ids[1], "{ids:?}");
    assert!(
        ids.iter()
            .all(|id| id.len() == 36 && id.as_bytes()[14] == b'7')
    );
    // The server's own times have the same form.
    let post = server.publish("Later").await;
    let (now, later) = (
        answer["now"].as_str().unwrap(),
        post["created_at"].as_str().unwrap(),
    );
    assert_eq!(now.len(), later.len());
    assert!(now <= later);
    let milliseconds = &answer["milliseconds"];
    assert!(milliseconds[0].as_u64() <= milliseconds[1].as_u64());
    assert_eq!(answer["placeholder"], "?");
}

/// A guest whose `on-login` calls `count` with a condition of 1,000 parts, each with the same 2 MiB
/// for a name.
fn amplifier() -> Vec<u8> {
    const MODULE: &str = r#"(module
        (import "raisfast:plugin-wit/database" "count"
            (func $count (param i32 i32 i32 i32 i32 i32)))
        (memory (export "memory") 64)
        (data (i32.const 16) "posts")
        (func (export "raisfast:plugin-wit/plugin-hooks#on-login") (param i32 i32)
            (local $part i32)
            (local.set $part (i32.const 1024))
            (loop $next
                (i32.store8 (local.get $part) (i32.const 4)) ;; is-null
                (i32.store offset=8 (local.get $part) (i32.const 0x100000))
                (i32.store offset=12 (local.get $part) (i32.const 0x200000))
                (local.set $part (i32.add (local.get $part) (i32.const 48)))
                (br_if $next (i32.lt_u (local.get $part) (i32.const 49024))))
            (call $count (i32.const 16) (i32.const 5)
                (i32.const 1) (i32.const 1024) (i32.const 1000) (i32.const 64)))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8)))"#;
    let contract = concat!(env!("CARGO_MANIFEST_DIR"), "/../plugin-wit/plugin.wit");
    let contract = fs::read_to_string(contract).expect("the contract is there");
    let (before, hooks) = contract
        .split_once("interface plugin-hooks {")
        .expect("hooks");
    let (_, after) = hooks.split_once("\n}\n").expect("they end");
    let hook = "interface plugin-hooks { on-login: func(user-id: string); }\n";
    let mut resolve = Resolve::default();
    let package = resolve
        .push_source("plugin.wit", &format!("{before}{hook}{after}"))
        .expect("valid WIT");
    let world = resolve
        .select_world(&[package], Some("plugin-world"))
        .expect("the world");
    let mut wasm = wat::parse_str(MODULE).expect("the module is valid");
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

#[tokio::test(flavor = "multi_thread")]
async fn what_one_call_hands_over_is_no_more_than_the_guest_could_hold() {
    let manifest = Manifest::new(PLUGIN, &["on-login"])
        .with("[permissions]\ndatabase = [\"posts\"]\nmax_memory_mb = 8");
    let server = TestServer::with()
        .plugin("amplifier", amplifier(), manifest.text())
        .start()
        .await;
    let error = eventually("the call has failed", || async {
        let plugin = server.plugin(PLUGIN).await;
        plugin["last_error"].as_str().map(str::to_owned)
    })
    .await;
    assert!(error.contains("it hands over more than 8 MiB"), "{error}");
}
