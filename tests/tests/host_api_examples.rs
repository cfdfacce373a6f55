//! Each example of the book's page on the host API runs in every language, and does what the page
//! says.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use raisfast_testkit::{
    CallError, ContentEvent, Delivery, HttpResponse, PostOutput, Refusal, Sandbox, SandboxedPlugin,
    hook::{OnContentCreated, OnContentCreating},
};
use raisfast_tests::{Author, guest};
use serde_json::{Value, json};

const MANIFEST: &str = r#"
[plugin]
id = "com.example.examples"
name = "Examples"
version = "1.0.0"
runtime = "wasm"
entry = "plugin.wasm"

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

/// The messages of the examples that log what they find. C has no JSON of its own, and logs that
/// of the host where the other languages say what is in it.
const MESSAGES: [(&str, &[&str]); 20] = [
    ("log", &["a slug was missing"]),
    ("get-config", &["A site: at most 3 links"]),
    ("http-get", &["fine"]),
    ("http-post", &[]),
    ("get-data", &["0 visits"]),
    ("get-post", &["Hello"]),
    ("db-query", &["1 posts"]),
    ("db-execute", &[r#"{"rows_affected":1}"#]),
    ("vfs-read", &["{}"]),
    ("vfs-exists", &[]),
    ("vfs-list", &["2026-03-02.md"]),
    ("vfs-stat", &["9 bytes"]),
    ("placeholder", &[r#"[{"title":"Hello"}]"#]),
    ("fetch-one", &["25 a gift"]),
    ("fetch-all", &["order-3", "order-1"]),
    ("count", &["2 of 4 are small"]),
    ("update", &["1 closed"]),
    ("delete", &["1 deleted"]),
    ("increment", &["sold"]),
    ("sum", &["14 earned"]),
];

/// The answer to a note.
fn created() -> HttpResponse {
    HttpResponse {
        status: 201,
        headers: vec![("location".to_owned(), "/v1/notes/7".to_owned())],
        body: Vec::new(),
    }
}

/// The functions of the page.
fn names() -> BTreeSet<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/authors/host-api.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let headings = page.lines().filter_map(|line| line.strip_prefix("### "));
    headings.map(str::to_owned).collect()
}

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// Calls the hook that runs the example.
async fn call(plugin: &SandboxedPlugin, name: &str) -> Result<Option<ContentEvent>, CallError> {
    let event = ContentEvent {
        content_type: "example".to_owned(),
        data: json!({ "name": name }).to_string(),
        id: None,
    };
    plugin.filter::<OnContentCreating>(Arc::new(event)).await
}

/// The examples in a language, as a plugin that runs the one that it is asked for.
struct Examples {
    language: &'static str,
    wasm: Vec<u8>,
}

impl Examples {
    /// Those that the page has itself.
    fn in_rust() -> Self {
        Self {
            language: "rust",
            wasm: guest("host-api-examples"),
        }
    }

    /// Those that the page includes, built as an author builds a plugin.
    fn included(language: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let sources = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("docs/host-api")
            .join(language);
        for entry in fs::read_dir(&sources).expect("the examples are there") {
            let source = entry.expect("an entry").path();
            // A folder was left by somebody who has built them there.
            if source.is_file() {
                let name = source.file_name().expect("a name");
                fs::copy(&source, folder.path().join(name)).expect("it is copied");
            }
        }
        fs::write(folder.path().join("manifest.toml"), MANIFEST).expect("it is written");
        let author = Author::new(env!("CARGO_BIN_EXE_raisfast-under-test"), folder.path());
        let built = author.run(&["plugin", "build"]);
        assert!(
            built.status.success(),
            "if a compiler is missing, run `cargo xtask setup --lang {language}`:\n{}",
            String::from_utf8_lossy(&built.stderr)
        );
        Self {
            language,
            wasm: fs::read(folder.path().join("dist/plugin.wasm")).expect("it was built"),
        }
    }

    /// The plugin in a world of its own.
    async fn plugin(&self) -> SandboxedPlugin {
        let post = |slug: &str| PostOutput {
            title: "Hello".to_owned(),
            slug: slug.to_owned(),
            status: "published".to_owned(),
            published_at: Some("2026-03-02T00:00:00.000Z".to_owned()),
            category_id: Some("blog".to_owned()),
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
            .load_parts(MANIFEST, self.wasm.clone())
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", self.language));
        for statement in TABLES {
            plugin.execute(statement).await.expect("it is valid SQL");
        }
        plugin
    }

    /// Runs one example in a world of its own.
    async fn run(&self, name: &str) -> SandboxedPlugin {
        let plugin = Box::pin(self.plugin()).await;
        if let Err(error) = call(&plugin, name).await {
            let messages = plugin.messages();
            panic!("{}: {name}: {error}: {messages:#?}", self.language);
        }
        plugin
    }

    async fn do_what_the_page_says(&self) {
        Box::pin(self.run_without_a_complaint()).await;
        Box::pin(self.refuse_in_their_own_words()).await;
        Box::pin(self.log_what_they_find()).await;
        Box::pin(self.leave_what_they_write()).await;
        Box::pin(self.change_rows()).await;
        Box::pin(self.note_a_delivery_once()).await;
    }

    async fn run_without_a_complaint(&self) {
        let names = names();
        assert!(names.len() >= 34, "{names:?}");
        // That of a refusal ends its request; see below.
        for name in names.into_iter().filter(|name| name != "refuse") {
            let logs = self.run(&name).await.logs();
            for record in &logs {
                let complaint = ["denied", "failed", "refused", "\"error\""]
                    .iter()
                    .any(|word| record.message.contains(word));
                // Two of the examples are about what is only there in a transaction.
                let expected = ["db-commit", "db-rollback"].contains(&name.as_str());
                assert!(
                    !complaint || expected,
                    "{}: {name}: {logs:#?}",
                    self.language
                );
            }
        }
    }

    async fn refuse_in_their_own_words(&self) {
        let plugin = Box::pin(self.plugin()).await;
        let error = call(&plugin, "refuse").await.unwrap_err();
        let expected = Refusal {
            pointer: Some("/title".to_owned()),
            message: "A title has at least three letters.".to_owned(),
            status: Refusal::STATUS,
        };
        assert_eq!(error.refusals(), [expected], "{}: {error}", self.language);
    }

    async fn log_what_they_find(&self) {
        for (name, expected) in MESSAGES {
            let messages = self.run(name).await.messages();
            let is_json = self.language == "c";
            let is_same = |(message, expected): (&String, &&str)| match (name, is_json) {
                ("get-post" | "vfs-list", true) => message.contains(*expected),
                ("db-query", true) => message == r#"[{"title":"Hello","slug":"hello-world"}]"#,
                _ => message == expected,
            };
            assert!(
                messages.len() == expected.len() && messages.iter().zip(expected).all(is_same),
                "{}: {name}: {messages:?} instead of {expected:?}",
                self.language
            );
        }
        let messages = self.run("group-by").await.messages();
        assert_eq!(messages, ["ada: 30"], "{}", self.language);
        let committed = self.run("db-commit").await.messages();
        assert!(committed[0].contains("transaction"), "{committed:?}");
    }

    async fn leave_what_they_write(&self) {
        let files = self.run("vfs-write").await.files().await;
        assert_eq!(files["digests/2026-03-02.md"], "# Monday\n");
        let files = self.run("vfs-delete").await.files().await;
        assert!(!files.contains_key("digests/2026-03-02.md"));

        let posted = self.run("http-post").await;
        let body = parsed(&posted.requests()[0].body);
        assert_eq!(body, json!({"text": "a new post"}));
        let sent = self.run("send").await;
        assert_eq!(sent.data().await["note"], "/v1/notes/7");
        let request = &sent.requests()[0];
        assert_eq!(request.headers[0].1, "Bearer …");
        assert_eq!(parsed(&request.body), json!({"text": "a new post"}));

        let events = self.run("emit-event").await.events();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].event_type, "spam-removed");
        assert_eq!(parsed(&events[0].data), json!({"removed": 3}));

        let data = self.run("set-data").await.data().await;
        assert_eq!(data["last-run"], "2026-03-02T05:30:00Z");
        let data = self.run("new-id").await.data().await;
        assert_eq!(data["last-import"].len(), 36);
        let data = self.run("now").await.data().await;
        assert_eq!(data["last-run"].len(), 24);
    }

    /// The column of each row after an example, in the table's order.
    async fn column(&self, example: &str, sql: &str) -> Vec<Value> {
        let rows = self.run(example).await.query(sql).await;
        let rows = rows.unwrap_or_else(|error| panic!("{}: {error:?}", self.language));
        let first = |row: &serde_json::Map<String, Value>| row.values().next().cloned();
        rows.iter()
            .map(|row| first(row).expect("a column"))
            .collect()
    }

    async fn change_rows(&self) {
        let excerpts = self.column("db-execute", "SELECT excerpt FROM posts");
        assert_eq!(excerpts.await, ["In short"]);
        let categories = self.column("db-begin", "SELECT category_id FROM posts");
        assert_eq!(categories.await, ["news"]);

        let new = "SELECT id FROM shop_orders WHERE customer = 'ada' AND state = 'open' AND note IS NULL \
                   AND total = 25 AND length(created_at) = 24";
        let new = self.column("insert", new).await;
        assert_eq!(new.len(), 1, "{}", self.language);
        assert_eq!(new[0].as_str().map(str::len), Some(36));

        let states = "SELECT state FROM shop_orders WHERE note IS NULL ORDER BY id";
        let states = self.column("update", states).await;
        assert_eq!(states, ["closed", "paid", "open", "void"]);
        let left = self.column("delete", "SELECT id FROM shop_orders ORDER BY id");
        assert_eq!(left.await, ["order-1", "order-2", "order-3"]);
        let stock = "SELECT stock FROM shop_products WHERE length(sold_at) = 24";
        assert_eq!(self.column("increment", stock).await, [0]);
    }

    async fn note_a_delivery_once(&self) {
        let plugin = Box::pin(self.plugin()).await;
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
        let requests = plugin.requests();
        let bodies: Vec<Value> = requests
            .iter()
            .map(|request| parsed(&request.body))
            .collect();
        assert_eq!(
            bodies,
            [
                json!({"id": "one", "text": "a new post"}),
                json!({"id": "two", "text": "a new post"}),
            ]
        );
        assert_eq!(plugin.data().await["done:one"], "2026-11-22T07:42:28.123Z");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_rust() {
    Examples::in_rust().do_what_the_page_says().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_c() {
    Examples::included("c").do_what_the_page_says().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_zig() {
    Examples::included("zig").do_what_the_page_says().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_go() {
    Examples::included("go").do_what_the_page_says().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_javascript() {
    Examples::included("js").do_what_the_page_says().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_python() {
    Examples::included("python").do_what_the_page_says().await;
}
