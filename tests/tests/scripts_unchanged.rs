//! Scripts as they are written for the system that has the page `wasm-plugins.txt` run here without
//! a change. They lie in `fixtures/scripts/`: the same four plugins in each language, each in the
//! manner of its language, so that what they do is checked by the same lines.

use raisfast_tests::TestServer;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

const TITLES: &str = "com.example.titles";
const ARCHIVE: &str = "com.example.archive";
const MARKS: &str = "com.example.marks";
const SHOP: &str = "com.example.shop";

/// The tables that the shop finds: its operator has made them.
const TABLES: [&str; 5] = [
    "CREATE TABLE shop_settings (name VARCHAR(40) PRIMARY KEY, most BIGINT NOT NULL)",
    "CREATE TABLE shop_products (id VARCHAR(40) PRIMARY KEY, price BIGINT NOT NULL, stock BIGINT NOT NULL, serial BIGINT)",
    "CREATE TABLE shop_orders (id VARCHAR(40) PRIMARY KEY, product VARCHAR(40) NOT NULL, amount BIGINT NOT NULL, \
     total BIGINT NOT NULL, state VARCHAR(20) NOT NULL, serial BIGINT, note VARCHAR(80), created_at VARCHAR(40), \
     content_id VARCHAR(64))",
    "INSERT INTO shop_settings VALUES ('open-orders', 2)",
    "INSERT INTO shop_products VALUES ('mug', 5, 3, 9007199254740993), ('pen', 1, 100, 7)",
];

/// A server with the four plugins of a language.
async fn server(language: &str) -> TestServer {
    let names = ["titles", "archive", "marks", "shop"];
    let settings = names.iter().fold(TestServer::with(), |settings, name| {
        settings.written_script(language, name)
    });
    let server = settings.start().await;
    for table in TABLES {
        let database = server.server().database();
        database
            .connection()
            .execute_unprepared(table)
            .await
            .unwrap();
    }
    for name in names {
        let listed = server.listed(name, "running").await;
        assert_eq!(listed["id"], format!("com.example.{name}"));
    }
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_in_javascript_run_unchanged() {
    all_of("js").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_in_lua_run_unchanged() {
    all_of("lua").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_in_rhai_run_unchanged() {
    all_of("rhai").await;
}

async fn all_of(language: &str) {
    let server = server(language).await;
    titles_are_filtered(&server).await;
    posts_are_archived(&server).await;
    pages_and_comments_are_marked(&server).await;
    orders_are_taken_or_refused(&server).await;
    the_shop_reports(&server).await;
    for id in [TITLES, ARCHIVE, MARKS, SHOP] {
        for hook in server.plugin(id).await["hooks"].as_array().unwrap() {
            assert_eq!(hook["errors"], 0, "{id}: {hook} {:?}", server.logged(id));
        }
    }
}

/// A filter that gets a record and returns it changed, partly, not at all, or refuses it.
async fn titles_are_filtered(server: &TestServer) {
    let post = server.publish("Hello, Big World!").await;
    let slug = post["slug"].as_str().unwrap();
    let own = slug.strip_prefix("hello-big-world-");
    assert_eq!(own.map(str::len), Some(8), "{slug}");
    assert_eq!(post["excerpt"], "10 characters");
    server.logs(TITLES, "meta_title").await;
    // The archive counts in a file: its actions run one after the other.
    server.server().settled().await;

    let untouched = server.publish("Untouched").await;
    assert_eq!(untouched["slug"], "untouched");
    assert_eq!(untouched["excerpt"], Value::Null);

    let casino = json!({"title": "My Casino", "content": ""});
    let refused = server.admin.post("/api/v1/posts", &casino).await;
    let problem = refused.expect(403);
    assert_eq!(problem["detail"], "no posts about a casino, please");
    assert_eq!(problem["plugin"], TITLES);
    server.logs(TITLES, "refused \"My Casino\"").await;

    let path = format!("/api/v1/posts/{}", post["id"].as_str().unwrap());
    for (title, stored) in [("Quiet now", "Quiet now"), ("LOUD NOW", "Loud now")] {
        let changed = json!({"title": title, "content": "Some text."});
        let changed = server.admin.put(&path, &changed).await.expect(200);
        assert_eq!(changed["title"], stored);
        assert_eq!(changed["slug"], slug);
    }
}

/// Actions that keep files, counters and events, with modules of the plugin's folder.
async fn posts_are_archived(server: &TestServer) {
    let before = server.stored(ARCHIVE, "archived").await.unwrap();
    let before: u32 = before.parse().unwrap();
    let post = |slug: &str, excerpt: Value| json!({"title": "Grün", "slug": slug, "content": "Text.", "excerpt": excerpt});
    server.create_post(&post("first", json!("short"))).await;
    server.server().settled().await;
    let second = server.create_post(&post("second", Value::Null)).await;
    let archived = server.stored(ARCHIVE, "archived").await.unwrap();
    assert_eq!(archived, (before + 2).to_string());
    let file = server.stored_file(ARCHIVE, "archive/first.md").unwrap();
    assert_eq!(file, "# Grün\n======\n\nText.\n\n(draft, short)");
    let file = server.stored_file(ARCHIVE, "archive/second.md").unwrap();
    assert!(file.ends_with("\n\n(draft, 5 characters)"), "{file}");
    let stored = format!("[archive] {archived} stored, event: {{\"ok\":true}}");
    server.logs(ARCHIVE, &stored).await;

    let path = format!("/api/v1/posts/{}", second["id"].as_str().unwrap());
    server.admin.delete(&path).await.expect(204);
    server.server().settled().await;
    assert_eq!(server.stored_file(ARCHIVE, "archive/second.md"), None);
    let left = server.logs(ARCHIVE, "files left:").await;
    assert!(left.ends_with(&(before + 1).to_string()), "{left}");
}

/// Text in and out, and comments.
async fn pages_and_comments_are_marked(server: &TestServer) {
    let post = json!({
        "title": "Plain", "slug": "plain", "content": "::plain\n<b>A & B</b>\n*no* Markdown",
        "status": "published",
    });
    server.create_post(&post).await;
    assert_eq!(
        server.html("plain").await,
        "<p class=\"plugin-plain\">&lt;b&gt;A &amp; B&lt;/b&gt;</p>\n\
         <p class=\"plugin-plain\">*no* Markdown</p><footer>2 paragraphs</footer>"
    );
    assert_eq!(
        server.html("untouched").await,
        "<p>Some text.</p>\n<footer>1 paragraphs</footer>"
    );

    let path = "/api/v1/posts/plain/comments";
    let links = json!({"content": "see https://example.com", "nickname": "Ann"});
    let refused = server.visitor.post(path, &links).await;
    assert_eq!(refused.expect(400)["detail"], "no links, please");
    let fine = json!({"content": "  Fine, thanks \n"});
    server.visitor.post(path, &fine).await.expect(201);
    let comments = server.visitor.get(path).await.expect(200);
    let comment = &comments["items"][0];
    assert_eq!(comment["content"], "Fine, thanks");
    assert_eq!(comment["nickname"], "a guest");
    assert_eq!(comments["items"].as_array().unwrap().len(), 1);
    let count = server.stored(MARKS, "comments").await;
    assert_eq!(count.as_deref(), Some("1"));
    server.logs(MARKS, "comment 1 is by a guest").await;
}

const ORDERS: &str = "/api/v1/content/order";

/// A filter that reads and writes tables in a transaction, and undoes it where it refuses.
async fn orders_are_taken_or_refused(server: &TestServer) {
    let order = async |order: Value| server.admin.post(ORDERS, &order).await;
    let mug = order(json!({"product": "mug", "amount": 2}))
        .await
        .expect(201);
    assert_eq!(mug["data"]["total"], 10);
    assert_eq!(mug["data"]["number"].as_str().unwrap().len(), 36);
    for (product, amount, note) in [("pen", 3, "test order"), ("pen", 20, "gift")] {
        let pens = json!({"product": product, "amount": amount, "note": note});
        assert_eq!(order(pens).await.expect(201)["data"]["total"], amount);
    }
    for (wrong, status, detail) in [
        (json!({"product": "mug", "amount": 2}), 409, "only 1 left"),
        (
            json!({"product": "cup", "amount": 1}),
            404,
            "there is no cup",
        ),
        (
            json!({"product": "mug"}),
            400,
            "an order has a product and an amount",
        ),
        (
            json!({"product": "mug", "amount": 0}),
            400,
            "an order has a product and an amount",
        ),
        // It is found only after the stock was taken and the order written.
        (
            json!({"product": "pen", "amount": 1}),
            429,
            "3 open orders are too many",
        ),
    ] {
        let problem = order(wrong).await.expect(status);
        assert_eq!(problem["detail"], detail);
        assert_eq!(problem["plugin"], SHOP);
    }
    // Content of another type is nothing to the shop.
    let letter = json!({"product": "cup", "amount": 1});
    let letter = server.admin.post("/api/v1/content/letter", &letter).await;
    assert_eq!(letter.expect(201)["data"]["total"], Value::Null);

    let void = order(json!({"product": "mug", "amount": 1}))
        .await
        .expect(201);
    let id = void["id"].as_str().unwrap();
    server
        .admin
        .delete(&format!("{ORDERS}/{id}"))
        .await
        .expect(204);
    server.server().settled().await;
    server.logs(SHOP, &format!("[shop] order {id}: 1")).await;
}

/// A cron job that asks and changes tables without SQL.
async fn the_shop_reports(server: &TestServer) {
    let path = format!("/api/v1/admin/cron/{SHOP}/shop_report");
    server.admin.post(&path, &Value::Null).await.expect(204);
    server.logs(SHOP, "[shop] report written").await;
    let report = server
        .stored_file(SHOP, "reports/shop_report.json")
        .unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        report,
        json!({
            "guarded": true,
            "large": 2,
            "sum": 33,
            "products": ["mug", "pen"],
            "paid": 2,
            "dropped": 2,
            "latest": [
                {"product": "pen", "total": 20, "note": "gift"},
                {"product": "mug", "total": 10, "note": null},
            ],
            "stock": [0, 77],
            "serial": "9007199254740993",
        })
    );
}
