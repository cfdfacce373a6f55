//! Each example of the book's page on the host API runs, and does what the page says.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use raisfast_testkit::{
    CallError, ContentEvent, Delivery, HttpResponse, PostOutput, Refusal, Sandbox, SandboxedPlugin,
    hook::{OnContentCreated, OnContentCreating},
};
use raisfast_tests::guest;

const MANIFEST: &str = r#"
[plugin]
id = "com.example.examples"
name = "Examples"
version = "1.0.0"

[hooks.on-content-creating]

[hooks.on-content-created]

[config]
max_links = "3"

[permissions]
http = ["https://api.example.com", "https://hooks.example.com"]
config = ["site.*"]
database = ["posts", "shop_*"]
"#;

/// The tables that the examples use.
const TABLES: [&str; 4] = [
    "CREATE TABLE shop_orders (id TEXT PRIMARY KEY, customer TEXT, state TEXT NOT NULL, total INTEGER NOT NULL, \
     note TEXT, created_at TEXT NOT NULL)",
    "CREATE TABLE shop_products (id TEXT PRIMARY KEY, stock INTEGER NOT NULL, sold_at TEXT)",
    "INSERT INTO shop_products VALUES ('mug', 1, NULL)",
    "INSERT INTO shop_orders VALUES \
     ('order-1', 'ada', 'open', 25, 'a gift', '2026-02-01T00:00:00.000Z'), \
     ('order-2', 'ada', 'paid', 5, NULL, '2026-03-01T00:00:00.000Z'), \
     ('order-3', 'bob', 'open', 40, NULL, '2026-04-01T00:00:00.000Z'), \
     ('test-1', 'bob', 'void', 9, NULL, '2026-05-01T00:00:00.000Z')",
];

async fn plugin() -> SandboxedPlugin {
    let post = |slug: &str| PostOutput {
        title: "Hello".to_owned(),
        slug: slug.to_owned(),
        status: "published".to_owned(),
        published_at: Some("2026-03-02T00:00:00.000Z".to_owned()),
        ..PostOutput::default()
    };
    let plugin = Sandbox::new()
        .with_server_config("site.title", "A site")
        .with_post(post("hello-world"))
        .with_file("cache/posts/hello-world.json", "{}")
        .with_file("digests/2026-03-02.md", "# Monday\n")
        .with_http("https://api.example.com/v1/status", 200, "fine")
        .with_http("https://hooks.example.com/raisfast", 200, "thanks")
        .with_http_response("https://api.example.com/v1/notes", created())
        .load_parts(MANIFEST, guest("host-api-examples"))
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    for statement in TABLES {
        plugin.execute(statement).await.expect("it is valid SQL");
    }
    plugin
}

/// The answer to a note.
fn created() -> HttpResponse {
    HttpResponse {
        status: 201,
        headers: vec![("location".to_owned(), "/v1/notes/7".to_owned())],
        body: Vec::new(),
    }
}

/// Runs one example in a world of its own.
async fn run(name: &str) -> SandboxedPlugin {
    let plugin = plugin().await;
    let answer = call(&plugin, name).await;
    answer.unwrap_or_else(|error| panic!("{name}: {error}: {:#?}", plugin.messages()));
    plugin
}

/// Calls the hook that runs the example.
async fn call(plugin: &SandboxedPlugin, name: &str) -> Result<Option<ContentEvent>, CallError> {
    let event = ContentEvent {
        content_type: "example".to_owned(),
        data: format!(r#"{{"name":"{name}"}}"#),
        id: None,
    };
    plugin.filter::<OnContentCreating>(Arc::new(event)).await
}

/// The functions of the page.
fn names() -> BTreeSet<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/authors/host-api.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let headings = page.lines().filter_map(|line| line.strip_prefix("### "));
    headings.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_runs_without_a_complaint() {
    let names = names();
    assert!(names.len() >= 34, "{names:?}");
    // That of a refusal ends its request; see below.
    for name in names.into_iter().filter(|name| name != "refuse") {
        let plugin = run(&name).await;
        let logs = plugin.logs();
        for record in &logs {
            let complaint = ["denied", "failed", "refused", "\"error\""]
                .iter()
                .any(|word| record.message.contains(word));
            // Two of the examples are about what is only there in a transaction.
            let expected = ["db-commit", "db-rollback"].contains(&name.as_str());
            assert!(!complaint || expected, "{name}: {logs:#?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_a_refusal_refuses_in_its_own_words() {
    let error = call(&plugin().await, "refuse").await.unwrap_err();
    let expected = Refusal {
        pointer: Some("/title".to_owned()),
        message: "A title has at least three letters.".to_owned(),
    };
    assert_eq!(error.refusals(), [expected], "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn examples_that_write_leave_what_they_say() {
    assert_eq!(
        run("vfs-write").await.files().await["digests/2026-03-02.md"],
        "# Monday\n"
    );
    assert!(
        !run("vfs-delete")
            .await
            .files()
            .await
            .contains_key("digests/2026-03-02.md")
    );
    assert_eq!(
        run("http-post").await.requests()[0].body,
        r#"{"text":"a new post"}"#
    );
    let sent = run("send").await;
    assert_eq!(sent.data().await["note"], "/v1/notes/7");
    assert_eq!(sent.requests()[0].headers[0].1, "Bearer …");
    assert_eq!(run("emit-event").await.events().len(), 1);
    assert_eq!(run("new-id").await.data().await["last-import"].len(), 36);
    assert_eq!(run("now").await.data().await["last-run"].len(), 24);

    let excerpts = run("db-execute")
        .await
        .query("SELECT excerpt FROM posts")
        .await;
    assert_eq!(excerpts.unwrap()[0]["excerpt"], "In short");
    let inserted = run("insert").await;
    let new = "SELECT id, created_at FROM shop_orders WHERE customer = 'ada' AND state = 'open' AND note IS NULL";
    let new = inserted.query(new).await.unwrap();
    assert_eq!(new.len(), 1);
    assert_eq!(new[0]["id"].as_str().unwrap().len(), 36);
    let states = "SELECT state FROM shop_orders WHERE note IS NULL ORDER BY id";
    let updated = run("update").await.query(states).await.unwrap();
    let updated: Vec<_> = updated
        .iter()
        .map(|row| row["state"].as_str().unwrap())
        .collect();
    assert_eq!(updated, ["closed", "paid", "open", "void"]);
    let left = run("delete")
        .await
        .query("SELECT id FROM shop_orders ORDER BY id")
        .await;
    assert_eq!(left.unwrap().len(), 3);
    let mug = run("increment")
        .await
        .query("SELECT stock, sold_at FROM shop_products")
        .await
        .unwrap();
    assert_eq!(mug[0]["stock"], 0);
    assert_eq!(mug[0]["sold_at"].as_str().unwrap().len(), 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_notes_its_delivery_happens_once_for_each() {
    let plugin = plugin().await;
    let event = Arc::new(ContentEvent {
        content_type: "example".to_owned(),
        data: r#"{"name":"current"}"#.to_owned(),
        id: Some("1".to_owned()),
    });
    let delivery = |id: &str, attempt| Delivery {
        id: id.to_owned(),
        attempt,
        created_at: "2026-11-22T07:42:28.123Z".to_owned(),
    };
    for delivery in [delivery("one", 1), delivery("one", 2), delivery("two", 1)] {
        let params = (Arc::clone(&event),);
        let called = plugin.deliver::<OnContentCreated>(params, &delivery).await;
        called.unwrap_or_else(|error| panic!("{error}: {:#?}", plugin.messages()));
    }
    let bodies: Vec<_> = plugin
        .requests()
        .into_iter()
        .map(|request| request.body)
        .collect();
    assert_eq!(
        bodies,
        [
            r#"{"id": "one", "text": "a new post"}"#,
            r#"{"id": "two", "text": "a new post"}"#,
        ]
    );
    assert_eq!(plugin.data().await["done:one"], "2026-11-22T07:42:28.123Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn examples_that_read_log_what_they_find() {
    for (name, messages) in [
        ("log", vec!["a slug was missing"]),
        ("http-get", vec!["fine"]),
        ("db-query", vec!["1 posts"]),
        ("placeholder", vec![r#"[{"title":"Hello"}]"#]),
        ("fetch-one", vec!["25 a gift"]),
        ("fetch-all", vec!["order-3", "order-1"]),
        ("count", vec!["2 of 4 are small"]),
        ("update", vec!["1 closed"]),
        ("delete", vec!["1 deleted"]),
        ("increment", vec!["sold"]),
        ("sum", vec!["14 earned"]),
        ("group-by", vec!["ada: 30"]),
    ] {
        assert_eq!(run(name).await.messages(), messages, "{name}");
    }
}
