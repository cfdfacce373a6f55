//! The commands of admins for plugins. The plugins here have no hooks: what hooks do is tested
//! elsewhere.

use serde_json::{Value, json};

use crate::support::{TestServer, problem, send};

/// A component that imports and exports nothing.
const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

const QUIET: &str = "[plugin]\nid = 'com.example.quiet'\nname = 'Quiet'\nversion = '1.2.3'\nruntime = 'wasm'\nentry = 'plugin.wasm'\n";

const PLUGINS: &str = "/api/v1/admin/plugins";
const ONE: &str = "/api/v1/admin/plugins/com.example.quiet";

async fn get(server: &TestServer, token: &str, path: &str) -> (u16, Value) {
    send(server.get(path).bearer_auth(token)).await
}

async fn post(server: &TestServer, token: &str, path: &str) -> (u16, Value) {
    send(server.post(path).bearer_auth(token)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_installed_is_listed_with_what_is_wrong() {
    let server = TestServer::with_plugins(&[
        ("quiet", QUIET, EMPTY),
        ("broken", "[plugin]\nid = 7", EMPTY),
    ])
    .await;
    let token = server.admin().await;
    let (status, list) = get(&server, &token, PLUGINS).await;
    assert_eq!(status, 200);
    let [broken, quiet] = list["items"].as_array().expect("a list").as_slice() else {
        panic!("two plugins in {list}");
    };
    assert_eq!(
        (&broken["folder"], &broken["state"]),
        (&json!("broken"), &json!("failed"))
    );
    assert!(
        broken["last_error"]
            .as_str()
            .is_some_and(|error| error.contains("id")),
        "{broken}"
    );
    assert_eq!(
        (&quiet["id"], &quiet["state"]),
        (&json!("com.example.quiet"), &json!("running"))
    );
    assert_eq!(
        (&quiet["version"], &quiet["pool"]["size"]),
        (&json!("1.2.3"), &json!(4))
    );

    let (status, mut one) = get(&server, &token, ONE).await;
    let pauses = one.as_object_mut().and_then(|one| one.remove("pauses"));
    assert_eq!(pauses, Some(json!([])));
    assert_eq!((status, &one), (200, quiet));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_is_shown_with_what_it_may_do() {
    let manifest = format!(
        "{QUIET}[permissions]\nhttp = ['api.example.com/v1/*']\ndatabase = ['read:posts']\nconfig = ['site.*']\n\
         max_memory_mb = 1024\n[limits]\nkv_keys = 7\n[hooks.filter-html]\ntimeout_ms = 250"
    );
    let filter = wat::parse_str(include_str!("../../../../tests/guests/component.wat")).unwrap();
    let server = TestServer::with_plugins(&[("quiet", &manifest, &filter)]).await;
    let token = server.admin().await;
    let (_, quiet) = get(&server, &token, ONE).await;
    assert_eq!(
        quiet["permissions"],
        json!({
            "http": ["https://api.example.com/v1"],
            "config": ["site.*"],
            "database": ["read:posts"],
        })
    );
    assert_eq!(quiet["limits"]["kv_keys"], 7);
    assert_eq!(
        quiet["limits"]["events_per_minute"], 120,
        "the default: {quiet}"
    );
    assert_eq!(
        quiet["max_memory"],
        256 << 20,
        "no more than the operator's ceiling"
    );

    let figures = server.figures().await;
    for line in [
        r#"raisfast_plugin_limit{plugin="com.example.quiet",limit="kv_keys"} 7"#,
        r#"raisfast_plugin_limit{plugin="com.example.quiet",limit="events_per_minute"} 120"#,
        r#"raisfast_plugin_limit{plugin="com.example.quiet",limit="memory_bytes"} 268435456"#,
        r#"raisfast_plugin_call_deadline_seconds{plugin="com.example.quiet",hook="filter-html"} 0.25"#,
    ] {
        assert!(
            figures.lines().any(|found| found == line),
            "{line} in {figures}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_never_ran_is_known_by_its_manifests_id() {
    let server = TestServer::with_plugins(&[("quiet", QUIET, b"no wasm")]).await;
    let token = server.admin().await;
    let (status, failed) = get(&server, &token, ONE).await;
    assert_eq!((status, &failed["state"]), (200, &json!("failed")));

    let reload = server.post(&format!("{ONE}/reload")).bearer_auth(&token);
    problem(reload.send().await.unwrap(), 409, "still broken").await;
    std::fs::write(server.plugin_dir().join("quiet/plugin.wasm"), EMPTY).unwrap();
    let (status, fixed) = post(&server, &token, &format!("{ONE}/reload")).await;
    assert_eq!((status, &fixed["state"]), (200, &json!("running")));

    let server = TestServer::with_plugins(&[("quiet", QUIET, b"no wasm")]).await;
    let token = server.admin().await;
    let (status, _) = send(server.delete(ONE).bearer_auth(&token)).await;
    assert_eq!(status, 200);
    assert!(!server.plugin_dir().join("quiet").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_is_turned_off_stays_off() {
    let server = TestServer::with_plugins(&[("quiet", QUIET, EMPTY)]).await;
    let token = server.admin().await;
    let (status, off) = post(&server, &token, &format!("{ONE}/disable")).await;
    assert_eq!((status, &off["state"]), (200, &json!("disabled")));

    let server = server.restart().await;
    let token = server.admin().await;
    let (_, off) = get(&server, &token, ONE).await;
    assert_eq!(off["state"], "disabled", "after a restart: {off}");

    let (status, on) = post(&server, &token, &format!("{ONE}/enable")).await;
    assert_eq!((status, &on["state"]), (200, &json!("running")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_that_fails_says_why_and_leaves_the_old_one_running() {
    let server = TestServer::with_plugins(&[("quiet", QUIET, EMPTY)]).await;
    let token = server.admin().await;
    let wasm = server.plugin_dir().join("quiet/plugin.wasm");

    std::fs::write(&wasm, "no wasm").unwrap();
    let reload = server.post(&format!("{ONE}/reload")).bearer_auth(&token);
    let refused = problem(reload.send().await.unwrap(), 409, "a broken file").await;
    assert!(
        refused["detail"].as_str().unwrap().contains("WebAssembly"),
        "{refused}"
    );
    let (_, old) = get(&server, &token, ONE).await;
    assert_eq!(
        (&old["state"], &old["generation"]),
        (&json!("outdated"), &json!(1))
    );

    std::fs::write(&wasm, EMPTY).unwrap();
    let (status, new) = post(&server, &token, &format!("{ONE}/reload")).await;
    assert_eq!(
        (status, &new["state"], &new["generation"]),
        (200, &json!("running"), &json!(2))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_plugin_is_gone_with_its_folder() {
    let server = TestServer::with_plugins(&[("quiet", QUIET, EMPTY)]).await;
    let token = server.admin().await;
    let (status, body) = send(server.delete(ONE).bearer_auth(&token)).await;
    assert_eq!((status, &body["data_deleted"]), (200, &json!(false)));
    assert_eq!(
        body["message"],
        "com.example.quiet is removed. It has stored nothing."
    );
    assert!(!server.plugin_dir().join("quiet").exists());
    let (_, list) = get(&server, &token, PLUGINS).await;
    assert_eq!(list["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_named() {
    let server = TestServer::with_plugins(&[("quiet", QUIET, EMPTY)]).await;
    let token = server.admin().await;
    for (method, path, says) in [
        (
            "GET",
            "plugins/com.example.other",
            "no plugin com.example.other is installed",
        ),
        (
            "GET",
            "plugins/com.example.other/logs",
            "no plugin com.example.other is installed",
        ),
        (
            "POST",
            "plugins/com.example.other/enable",
            "com.example.other",
        ),
        (
            "POST",
            "plugins/com.example.other/disable",
            "com.example.other",
        ),
        (
            "POST",
            "plugins/com.example.other/reload",
            "com.example.other",
        ),
        ("DELETE", "plugins/com.example.other", "com.example.other"),
        ("DELETE", "plugins/..%2f..", "is not a reverse-domain name"),
        ("POST", "cron/com.example.other/daily", "com.example.other"),
        ("POST", "cron/com.example.quiet/daily", "`daily`"),
    ] {
        let request = server.request(method.parse().unwrap(), &format!("/api/v1/admin/{path}"));
        let response = request.bearer_auth(&token).send().await.unwrap();
        let refused = problem(response, 404, path).await;
        assert!(
            refused["detail"].as_str().unwrap().contains(says),
            "{path}: {refused}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugins_log_records_are_shown() {
    use raisfast_host_api::capability::{Level, Log, LogRecord};

    let server = TestServer::with_plugins(&[("quiet", QUIET, EMPTY)]).await;
    let token = server.admin().await;
    server.server.plugin_log().record(LogRecord {
        plugin: &"com.example.quiet".parse().unwrap(),
        hook: None,
        call: None,
        level: Level::Warn,
        message: "two\nlines",
        limits: &[],
    });
    let (status, logs) = get(&server, &token, &format!("{ONE}/logs")).await;
    assert_eq!(status, 200);
    let last = logs["items"].as_array().unwrap().last().expect("a record");
    assert_eq!(
        (&last["level"], &last["message"]),
        (&json!("warn"), &json!("two\\nlines"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn plugins_figures_are_in_the_metrics() {
    let server = TestServer::with_plugins(&[("quiet", QUIET, EMPTY)]).await;
    let figures = server.figures().await;
    for line in [
        r#"raisfast_plugins{state="running"} 1"#,
        r#"raisfast_plugins{state="failed"} 0"#,
        r#"raisfast_plugin_pool_size{plugin="com.example.quiet"} 4"#,
        r#"raisfast_plugin_pool_idle{plugin="com.example.quiet"} 4"#,
        r#"raisfast_plugin_pool_busy{plugin="com.example.quiet"} 0"#,
    ] {
        assert!(
            figures.lines().any(|found| found == line),
            "{line} in {figures}"
        );
    }
}
