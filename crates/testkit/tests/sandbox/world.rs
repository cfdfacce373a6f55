//! The surroundings of the plugin that a test sets up.

use raisfast_testkit::{PostOutput, Sandbox, SandboxedPlugin};
use serde_json::{Value, json};

use crate::guests::{ask, guest, scripted};

async fn load(sandbox: Sandbox, more: &str) -> SandboxedPlugin {
    sandbox
        .load_parts(&scripted(more), guest("all-functions"))
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

fn post(slug: &str, status: &str) -> PostOutput {
    PostOutput {
        title: slug.to_uppercase(),
        slug: slug.into(),
        status: status.into(),
        ..PostOutput::default()
    }
}

#[tokio::test]
async fn settings_are_the_manifests_until_the_test_sets_them() {
    let config = "[config]\ngreeting = \"hello\"\ntone = \"calm\"";
    let sandbox = Sandbox::new().with_config("tone", "loud");
    let plugin = load(sandbox, config).await;
    assert_eq!(
        ask(&plugin, "get-config", json!(["greeting"])).await,
        "hello"
    );
    assert_eq!(ask(&plugin, "get-config", json!(["tone"])).await, "loud");
    let absent = ask(&plugin, "get-config", json!(["absent"])).await;
    assert_eq!(absent, Value::Null);
}

const TYPED: &str = r#"
[[settings]]
key = "length"
type = "integer"
default = 20
max = 50
[[settings]]
key = "api_key"
type = "secret"
required = true
"#;

#[tokio::test]
async fn settings_with_types_have_their_defaults_and_secrets_are_masked() {
    let sandbox = Sandbox::new().with_config("api_key", "hunter2");
    let plugin = load(sandbox, TYPED).await;
    assert_eq!(ask(&plugin, "get-config", json!(["length"])).await, "20");
    assert_eq!(
        ask(&plugin, "get-config", json!(["api_key"])).await,
        "hunter2"
    );
    ask(&plugin, "log", json!(["info", "it is hunter2"])).await;
    assert_eq!(plugin.messages(), ["it is ***"]);
}

#[tokio::test]
async fn a_plugin_is_not_loaded_without_settings_that_fit() {
    let sandbox = Sandbox::new().with_config("length", "51");
    let manifest = scripted(TYPED);
    let loaded = sandbox.load_parts(&manifest, guest("all-functions"));
    let Err(refused) = loaded.await else {
        panic!("it is loaded");
    };
    let refused = refused.to_string();
    for part in [
        "`length`: expected an integer up to 50, found `51`",
        "`api_key`: it is required and has no value",
        "`world.config`",
    ] {
        assert!(refused.contains(part), "{refused}");
    }
}

#[tokio::test]
async fn the_servers_settings_need_a_grant() {
    let sandbox = Sandbox::new().with_server_config("site.title", "The Site");
    let asked = json!(["site.title"]);

    let plugin = load(sandbox.clone(), "").await;
    assert_eq!(ask(&plugin, "get-config", asked.clone()).await, Value::Null);
    let [denial] = &plugin.messages()[..] else {
        panic!("one record, but {:?}", plugin.messages());
    };
    assert!(denial.contains("config = [\"site.title\"]"), "{denial}");

    let plugin = load(sandbox, "[permissions]\nconfig = [\"site.*\"]").await;
    assert_eq!(ask(&plugin, "get-config", asked).await, "The Site");
}

#[tokio::test]
async fn posts_are_there_for_get_post_and_for_sql() {
    let sandbox = Sandbox::new()
        .with_post(post("shown", "published"))
        .with_post(post("hidden", ""));
    let plugin = load(sandbox, "[permissions]\ndatabase = [\"read:posts\"]").await;

    let found = ask(&plugin, "get-post", json!(["shown"])).await;
    let found: PostOutput = serde_json::from_str(found.as_str().unwrap()).unwrap();
    assert_eq!(found.title, "SHOWN");
    assert!(!found.id.is_empty() && !found.created_at.is_empty());
    assert_eq!(found.published_at, Some(found.created_at));

    plugin.add_post(post("later", "archived")).await.unwrap();
    let sql = "SELECT slug, status, published_at IS NULL AS unpublished FROM posts ORDER BY slug";
    let rows = ask(&plugin, "db-query", json!([sql, null])).await;
    let rows: Value = serde_json::from_str(rows.as_str().unwrap()).unwrap();
    assert_eq!(
        rows,
        json!([
            {"slug": "hidden", "status": "draft", "unpublished": 1},
            {"slug": "later", "status": "archived", "unpublished": 1},
            {"slug": "shown", "status": "published", "unpublished": 0},
        ])
    );
}

#[tokio::test]
async fn a_table_that_is_not_granted_stays_closed() {
    let plugin = load(Sandbox::new().with_post(post("a", "published")), "").await;
    let answer = ask(&plugin, "db-query", json!(["SELECT * FROM posts", null])).await;
    let answer: Value = serde_json::from_str(answer.as_str().unwrap()).unwrap();
    assert_eq!(answer["code"], "denied");
}

#[tokio::test]
async fn times_of_posts_are_kept_as_the_server_writes_them() {
    let dated = PostOutput {
        published_at: Some("2026-11-22T09:00:00+01:00".into()),
        ..post("dated", "published")
    };
    let plugin = load(Sandbox::new().with_post(dated), "").await;
    let rows = plugin
        .query("SELECT published_at FROM posts")
        .await
        .unwrap();
    assert_eq!(rows[0]["published_at"], "2026-11-22T08:00:00.000Z");
}

#[tokio::test]
async fn files_and_data_are_there_before_the_first_call() {
    let sandbox = Sandbox::new()
        .with_file("templates/mail.txt", "Dear reader")
        .with_data("count", "41");
    let plugin = load(sandbox, "").await;
    let read = ask(&plugin, "vfs-read", json!(["templates/mail.txt"])).await;
    assert_eq!(read, "Dear reader");
    assert_eq!(ask(&plugin, "get-data", json!(["count"])).await, "41");
}

#[tokio::test]
async fn answers_come_in_order_and_the_last_one_stays() {
    let url = "https://api.example.com/status";
    let sandbox = Sandbox::new()
        .with_http(url, 503, "")
        .with_http(url, 200, "ready");
    let plugin = load(
        sandbox,
        "[permissions]\nhttp = [\"https://api.example.com\"]",
    )
    .await;
    let mut bodies = Vec::new();
    for _ in 0..3 {
        bodies.push(ask(&plugin, "http-get", json!([url])).await);
    }
    assert_eq!(bodies, [Value::Null, "ready".into(), "ready".into()]);
}

#[tokio::test]
async fn a_url_without_answer_is_unreachable_and_the_log_says_what_to_record() {
    let plugin = load(
        Sandbox::new(),
        "[permissions]\nhttp = [\"https://api.example.com\"]",
    )
    .await;
    let body = ask(&plugin, "http-get", json!(["https://api.example.com/x"])).await;
    assert_eq!(body, Value::Null);
    let log = plugin.messages().join("\n");
    assert!(
        log.contains("https://api.example.com/x; Sandbox::with_http"),
        "{log}"
    );
}

#[tokio::test]
async fn a_host_that_the_manifest_does_not_grant_is_refused_whatever_is_recorded() {
    let sandbox = Sandbox::new().with_http("https://other.example/", 200, "secret");
    let plugin = load(
        sandbox,
        "[permissions]\nhttp = [\"https://api.example.com\"]",
    )
    .await;
    let body = ask(&plugin, "http-get", json!(["https://other.example/"])).await;
    assert_eq!(body, Value::Null);
    assert_eq!(plugin.requests(), []);
    let log = plugin.messages().join("\n");
    assert!(log.contains("http = [\"https://other.example\"]"), "{log}");
}

#[tokio::test]
async fn the_test_itself_reads_and_writes_the_database_without_grants() {
    let plugin = load(Sandbox::new().with_post(post("a", "draft")), "").await;
    let affected = plugin
        .execute("UPDATE posts SET status = 'published'")
        .await
        .unwrap();
    assert_eq!(affected, 1);
    let found = ask(&plugin, "get-post", json!(["a"])).await;
    assert!(found.as_str().unwrap().contains("published"), "{found}");
}

#[tokio::test]
async fn two_sandboxes_share_nothing() {
    let one = load(Sandbox::new(), "").await;
    let two = load(Sandbox::new(), "").await;
    ask(&one, "set-data", json!(["key", "one"])).await;
    ask(&one, "vfs-write", json!(["file", "one"])).await;
    assert_eq!(ask(&two, "get-data", json!(["key"])).await, Value::Null);
    assert_eq!(ask(&two, "vfs-exists", json!(["file"])).await, false);
    assert!(two.files().await.is_empty() && two.data().await.is_empty());
}
