//! The beginning and end of a plugin's instances, and the succession of its versions.

use std::{num::NonZeroU32, time::Duration};

use raisfast_tests::{
    Answer, HeldServer, Manifest, Settings, TestServer, eventually, guest, script,
};
use serde_json::{Value, json};

const ID: &str = "com.example.lifecycle";

/// The guest `lifecycle` with these settings, of which `version` is one.
fn version(version: &str, pool: usize, settings: &str) -> Manifest {
    Manifest::new(ID, &["on-post-creating", "on-content-creating"])
        .version(&format!("{version}.0.0"))
        .with(&format!(
            "[pool]\nsize = {pool}\n[config]\nversion = \"{version}\"\n{settings}"
        ))
}

/// A server that reloads when it is told to, so that each version is loaded once.
fn server(first: &Manifest) -> Settings {
    TestServer::with()
        .config(|config| {
            config.plugins.hot_reload = false;
            config.plugins.max_timeout = Duration::from_secs(2);
        })
        .guest("lifecycle", first)
}

async fn serving(first: &Manifest) -> TestServer {
    server(first).start().await
}

async fn rolling_back(first: &Manifest, after: u32) -> TestServer {
    server(first)
        .config(move |config| config.plugins.succession.rollback_after = NonZeroU32::new(after))
        .start()
        .await
}

async fn reload(server: &TestServer, next: &Manifest) -> Answer {
    server.deploy("lifecycle", &guest("lifecycle"), next);
    let path = format!("/api/v1/admin/plugins/{ID}/reload");
    server.admin.post(&path, &Value::Null).await
}

/// Returns the next post's title as the plugin made it.
async fn post(server: &TestServer, title: &str) -> Option<String> {
    let post = server.publish(title).await;
    post["excerpt"].as_str().map(str::to_owned)
}

async fn says(server: &TestServer, expected: &str) {
    assert_eq!(post(server, "A post").await.as_deref(), Some(expected));
}

/// Calls the plugin's other hook.
async fn create(server: &TestServer) {
    let note = json!({"text": "hello"});
    server
        .admin
        .post("/api/v1/content/note", &note)
        .await
        .expect(201);
}

/// Waits until all instances can be called: until then the others are called in their place.
async fn whole(server: &TestServer) {
    eventually("the pool is whole", || async {
        let pool = server.plugin(ID).await["pool"].clone();
        (pool["idle"] == pool["size"]).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_instance_is_told_its_place_and_why_it_begins() {
    let server = serving(&version("1", 2, "")).await;
    assert_eq!(
        server.logged(ID),
        [
            "on-load version-begins instance 0 posts 0",
            "on-load version-begins instance 1 posts 0"
        ]
    );
    assert_eq!(post(&server, "fail").await, None);
    server
        .logs(ID, "on-load replacement instance 0 posts 0")
        .await;
    whole(&server).await;
    says(&server, "version 1 instance 1 of 2 post 1").await;
    says(&server, "version 1 instance 0 of 2 post 1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_refuses_to_load_leaves_the_one_before_at_work() {
    let server = serving(&version("1", 1, "")).await;
    for (setting, reason) in [
        (
            "on-load = \"refuse\"",
            "the plugin refused to start: its on-load says: on-load does not like it here",
        ),
        (
            "on-load = \"panic\"",
            "its on-load failed: the guest trapped",
        ),
        (
            "on-load = \"spin\"",
            "its on-load failed: no answer within 2000 ms",
        ),
    ] {
        let problem = reload(&server, &version("2", 1, setting)).await.expect(409);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(reason), "{detail}");
        let plugin = server.plugin(ID).await;
        assert_eq!(
            (&plugin["state"], &plugin["version"]),
            (&json!("outdated"), &json!("1.0.0"))
        );
    }
    says(&server, "version 1 instance 0 of 1 post 1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_goes_from_version_to_version_and_the_former_is_told_of_its_end() {
    let server = serving(&version("1", 2, "")).await;
    for count in 1..=3 {
        for instance in 0..2 {
            let expected = format!("version 1 instance {instance} of 2 post {count}");
            says(&server, &expected).await;
        }
    }
    reload(&server, &version("2", 2, "")).await.expect(200);
    whole(&server).await;
    says(&server, "version 2 instance 0 of 2 post 4").await;
    says(&server, "version 2 instance 1 of 2 post 4").await;
    for instance in 0..2 {
        let told = format!("on-unload instance {instance} posts 3");
        server.logs(ID, &told).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_are_more_instances_than_before_the_others_begin_fresh() {
    let server = serving(&version("1", 1, "")).await;
    says(&server, "version 1 instance 0 of 1 post 1").await;
    reload(&server, &version("2", 2, "")).await.expect(200);
    whole(&server).await;
    says(&server, "version 2 instance 0 of 2 post 2").await;
    says(&server, "version 2 instance 1 of 2 post 1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_that_cannot_be_handed_over_is_gone_and_the_log_says_why() {
    for (before, after, reason) in [
        (
            "snapshot = \"panic\"",
            "",
            Some("snapshot: the guest trapped"),
        ),
        (
            "",
            "restore = \"refuse\"",
            Some("restore: restore does not like it here"),
        ),
        (
            "",
            "restore = \"panic\"",
            Some("restore: the guest trapped"),
        ),
        (
            "",
            "restore = \"spin\"",
            Some("restore: no answer within 2000 ms"),
        ),
        ("snapshot = \"refuse\"", "", None),
    ] {
        let server = serving(&version("1", 1, before)).await;
        says(&server, "version 1 instance 0 of 1 post 1").await;
        reload(&server, &version("2", 1, after)).await.expect(200);
        if let Some(reason) = reason {
            let report = server.logs(ID, reason).await;
            assert!(
                report.ends_with("begins without the state of the version before"),
                "{report}"
            );
        }
        says(&server, "version 2 instance 0 of 1 post 1").await;
        let pool = &server.plugin(ID).await["pool"];
        assert_eq!((&pool["size"], &pool["idle"]), (&json!(1), &json!(1)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_are_told_of_their_end_when_the_plugin_is_turned_off() {
    let server = serving(&version("1", 1, "")).await;
    says(&server, "version 1 instance 0 of 1 post 1").await;
    let path = format!("/api/v1/admin/plugins/{ID}/disable");
    server.admin.post(&path, &Value::Null).await.expect(200);
    server.logs(ID, "on-unload instance 0 posts 1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_fails_from_the_start_is_rolled_back() {
    let server = rolling_back(&version("1", 1, ""), 3).await;
    says(&server, "version 1 instance 0 of 1 post 1").await;
    let broken = version("2", 1, "hooks = \"panic\"");
    reload(&server, &broken).await.expect(200);
    let plugin = server.plugin(ID).await;
    assert_eq!(
        (&plugin["version"], &plugin["falls_back_to"]),
        (&json!("2.0.0"), &json!("1.0.0"))
    );
    for _ in 0..3 {
        // Its other hook works, and saves it from nothing.
        create(&server).await;
        assert_eq!(post(&server, "A post").await, None);
    }
    let plugin = server.reaches(ID, "outdated", 1).await;
    assert_eq!(
        (&plugin["version"], &plugin["falls_back_to"]),
        (&json!("1.0.0"), &Value::Null)
    );
    let error = plugin["last_error"].as_str().unwrap();
    assert!(
        error.starts_with(
            "version 2.0.0 failed its first 3 calls of on-post-creating, so 1.0.0 serves again; repair it"
        ),
        "{error}"
    );
    says(&server, "version 1 instance 0 of 1 post 2").await;

    reload(&server, &version("3", 1, "")).await.expect(200);
    says(&server, "version 3 instance 0 of 1 post 3").await;
    assert_eq!(server.plugin(ID).await["falls_back_to"], "1.0.0");
    create(&server).await;
    eventually("version 3 has proved itself", || async {
        let plugin = server.plugin(ID).await;
        (plugin["falls_back_to"].is_null() && plugin["state"] == "running").then_some(())
    })
    .await;
    assert_eq!(post(&server, "fail").await, None);
    assert_eq!(server.plugin(ID).await["version"], "3.0.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_version_after_a_broken_one_is_rolled_back_to_the_one_that_worked() {
    let server = rolling_back(&version("1", 1, ""), 2).await;
    says(&server, "version 1 instance 0 of 1 post 1").await;
    for number in ["2", "3"] {
        let broken = version(number, 1, "hooks = \"panic\"");
        reload(&server, &broken).await.expect(200);
    }
    assert_eq!(server.plugin(ID).await["falls_back_to"], "1.0.0");
    for _ in 0..2 {
        assert_eq!(post(&server, "A post").await, None);
    }
    server.reaches(ID, "outdated", 1).await;
    says(&server, "version 1 instance 0 of 1 post 2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_operators_word_a_failing_version_stays() {
    let server = serving(&version("1", 1, "")).await;
    let broken = version("2", 1, "hooks = \"panic\"");
    reload(&server, &broken).await.expect(200);
    assert_eq!(server.plugin(ID).await["falls_back_to"], Value::Null);
    for _ in 0..4 {
        assert_eq!(post(&server, "A post").await, None);
    }
    let plugin = server.plugin(ID).await;
    assert_eq!(
        (&plugin["state"], &plugin["version"]),
        (&json!("running"), &json!("2.0.0"))
    );
}

/// Creates content in a request that waits for a server elsewhere, before its turn comes to the
/// plugin.
async fn create_held(server: &TestServer, held: &HeldServer) -> Value {
    let get = script(&[("http-get", json!([held.origin()]))]);
    server.script(FIRST, &get).await.expect(201)["data"].clone()
}

/// In front of the plugin, by its id.
const FIRST: &str = "com.example.first";

async fn behind_a_slow_plugin(held: &HeldServer, drain_timeout: Duration) -> TestServer {
    let permissions = format!(
        "[permissions]\ntimeout_ms = 30000\nhttp = [\"{}\"]",
        held.origin()
    );
    server(&version("1", 1, ""))
        .caller(FIRST, &permissions)
        .config(move |config| {
            config.allowed_networks = vec!["127.0.0.0/8".parse().unwrap()];
            config.plugins.max_timeout = Duration::from_secs(30);
            config.plugins.succession.drain_timeout = drain_timeout;
        })
        .start()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_began_with_the_former_version_ends_with_it() {
    let held = HeldServer::start().await;
    let server = behind_a_slow_plugin(&held, Duration::from_secs(30)).await;
    let (data, ()) = tokio::join!(create_held(&server, &held), async {
        held.called(1).await;
        reload(&server, &version("2", 1, "")).await.expect(200);
        says(&server, "version 2 instance 0 of 1 post 1").await;
        held.open();
    });
    assert_eq!(data, json!({"version": "1"}));
    server.logs(ID, "on-unload instance 0 posts 0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_longer_than_the_drain_goes_on_without_the_former_version() {
    let held = HeldServer::start().await;
    let server = behind_a_slow_plugin(&held, Duration::from_millis(1)).await;
    let (data, ()) = tokio::join!(create_held(&server, &held), async {
        held.called(1).await;
        reload(&server, &version("2", 1, "")).await.expect(200);
        server.logs(ID, "on-unload instance 0 posts 0").await;
        held.open();
    });
    assert_eq!(data["results"], json!(["open"]), "{data}");
    let error = server.plugin(ID).await["last_error"].clone();
    let error = error.as_str().unwrap();
    assert!(error.contains("the plugin is being unloaded"), "{error}");
}
