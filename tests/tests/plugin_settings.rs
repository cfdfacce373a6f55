//! Settings of plugins: changed while they run, required, secret.

use std::{
    fs,
    path::{Path, PathBuf},
};

use raisfast::Secret;
use raisfast_contract::HookName;
use raisfast_tests::{Client, Manifest, TestServer, guest, script};
use serde_json::{Value, json};

const PLUGIN: &str = "com.example.caller";
const BINARY: &str = env!("CARGO_BIN_EXE_raisfast-under-test");

const SETTINGS: &str = r#"
[[settings]]
key = "length"
label = "Length of a summary"
type = "integer"
default = 20
min = 1
max = 50

[[settings]]
key = "tone"
type = "select"
options = ["dry", "warm"]
default = "dry"

[[settings]]
key = "api_key"
label = "API key"
type = "secret"
min = 8

[config]
greeting = "Hello"
"#;

const REQUIRED: &str = r#"
[[settings]]
key = "api_key"
label = "API key"
type = "secret"
required = true

[[settings]]
key = "tone"
type = "string"
default = "dry"
"#;

fn path(plugin: &str) -> String {
    format!("/api/v1/admin/plugins/{plugin}/settings")
}

/// Changes settings as the admin, and returns the answer of a success.
async fn set(admin: &Client, plugin: &str, changes: Value) -> Value {
    admin.put(&path(plugin), &changes).await.expect(200)
}

/// Returns what the plugin reads.
async fn reads(server: &TestServer, key: &str) -> Value {
    server.call(PLUGIN, "get-config", json!([key])).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_reaches_the_next_call_and_nothing_is_loaded_again() {
    let server = TestServer::with().caller(PLUGIN, SETTINGS).start().await;
    for (key, value) in [("length", "20"), ("tone", "dry"), ("greeting", "Hello")] {
        assert_eq!(reads(&server, key).await, value, "{key}");
    }
    assert_eq!(reads(&server, "api_key").await, Value::Null);

    let changes =
        json!({ "length": 7, "tone": "warm", "greeting": "Moin", "api_key": "hunter2-hunter2" });
    let answer = set(&server.admin, PLUGIN, changes).await;
    for (key, value) in [("length", "7"), ("tone", "warm"), ("greeting", "Moin")] {
        assert_eq!(reads(&server, key).await, value, "{key}");
    }
    assert_eq!(reads(&server, "api_key").await, "hunter2-hunter2");
    assert_eq!(server.plugin(PLUGIN).await["generation"], 1);
    let settings = answer["settings"].as_array().expect("settings");
    let shown: Vec<_> = settings
        .iter()
        .map(|it| {
            (
                it["key"].as_str().unwrap_or(""),
                &it["value"],
                &it["is_set"],
                it["origin"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("length", &json!(7), &json!(true), "set"),
            ("tone", &json!("warm"), &json!(true), "set"),
            ("api_key", &Value::Null, &json!(true), "set"),
            ("greeting", &json!("Moin"), &json!(true), "set"),
        ]
    );

    // The others stay as they are, over a restart too.
    set(
        &server.admin,
        PLUGIN,
        json!({ "length": null, "api_key": null }),
    )
    .await;
    let server = server.restart().await;
    assert_eq!(reads(&server, "length").await, "20");
    assert_eq!(reads(&server, "tone").await, "warm");
    assert_eq!(reads(&server, "api_key").await, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_is_said_at_once_and_nothing_is_changed() {
    let server = TestServer::with()
        .caller(PLUGIN, SETTINGS)
        .config(|config| {
            let plugin = PLUGIN.parse().expect("an id");
            let fixed = [("greeting", "of the file")].into_iter().collect();
            config.plugins.overrides.insert(plugin, fixed);
        })
        .start()
        .await;
    let changes = json!({
        "length": 51, "tone": "loud", "api_key": "hunter2", "greeting": "Moin", "colour": "red"
    });
    let problem = server.admin.put(&path(PLUGIN), &changes).await;
    assert!(
        !problem.body.to_string().contains("hunter2"),
        "{}",
        problem.body
    );
    let problem = problem.expect(422);
    assert_eq!(problem["type"], "urn:raisfast:invalid-input");
    let errors = problem["errors"].as_array().expect("errors");
    let pointers: Vec<_> = errors
        .iter()
        .map(|it| it["pointer"].as_str().unwrap_or("-"))
        .collect();
    assert_eq!(
        pointers,
        ["/api_key", "/colour", "/greeting", "/length", "/tone"]
    );

    let good_and_bad = json!({ "length": 7, "tone": 1 });
    server
        .admin
        .put(&path(PLUGIN), &good_and_bad)
        .await
        .expect(422);
    assert_eq!(reads(&server, "length").await, "20");
    assert_eq!(reads(&server, "greeting").await, "of the file");

    for (body, status) in [(json!([1]), 422), (json!("x"), 422), (json!({}), 200)] {
        server.admin.put(&path(PLUGIN), &body).await.expect(status);
    }
    server
        .admin
        .get(&path("com.example.nobody"))
        .await
        .expect(404);
    let nobody = server
        .admin
        .put(&path("com.example.nobody"), &json!({ "a": 1 }))
        .await;
    nobody.expect(404);
    server.visitor.get(&path(PLUGIN)).await.expect(401);
    server
        .visitor
        .put(&path(PLUGIN), &json!({ "length": 7 }))
        .await
        .expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_without_its_settings_is_not_called_until_it_has_them() {
    let server = TestServer::with().caller(PLUGIN, REQUIRED).start().await;
    let plugin = server.listed(PLUGIN, "needs_settings").await;
    assert_eq!(
        plugin["needs_settings"],
        json!([{ "key": "api_key", "label": "API key", "reason": "it is required and has no value" }])
    );
    let reason = plugin["last_error"].as_str().expect("a reason");
    assert!(
        reason.contains("`api_key`") && reason.contains("raisfast plugin settings"),
        "{reason}"
    );
    assert_eq!(
        server.admin.get(&path(PLUGIN)).await.expect(200)["needs_settings"],
        plugin["needs_settings"]
    );

    // It guards: what it was to look at does not pass.
    let refused = server.script(PLUGIN, &script(&[])).await.expect(503);
    assert_eq!(refused["type"], "urn:raisfast:plugin-not-ready");
    assert_eq!(refused["plugin"], PLUGIN);
    for (command, part) in [
        (&["plugin", "list"][..], "needs 1 setting"),
        (
            &["plugin", "show", PLUGIN],
            "needs `api_key`: it is required and has no value",
        ),
        (&["plugin", "settings", PLUGIN], "needs `api_key`"),
    ] {
        let (_, text) = server.command(BINARY, command).await;
        assert!(text.contains(part), "{command:?}: {text}");
    }
    // Nothing but its settings keeps it: a reload succeeds, and does not help.
    let reload = format!("/api/v1/admin/plugins/{PLUGIN}/reload");
    let reloaded = server.admin.post(&reload, &Value::Null).await.expect(200);
    assert_eq!(reloaded["state"], "needs_settings");

    let answer = set(&server.admin, PLUGIN, json!({ "api_key": "hunter2" })).await;
    assert_eq!(answer["needs_settings"], json!([]));
    server.reaches(PLUGIN, "running", 1).await;
    assert_eq!(reads(&server, "api_key").await, "hunter2");

    set(&server.admin, PLUGIN, json!({ "api_key": null })).await;
    server.listed(PLUGIN, "needs_settings").await;
    server.script(PLUGIN, &script(&[])).await.expect(503);
    set(&server.admin, PLUGIN, json!({ "api_key": "hunter3" })).await;
    server.listed(PLUGIN, "running").await;
    assert_eq!(reads(&server, "api_key").await, "hunter3");
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_wait_for_a_plugin_that_needs_settings() {
    const RECORDER: &str = "com.example.recorder";
    let manifest = Manifest::new(RECORDER, &["on-post-created"]).with(REQUIRED);
    let server = TestServer::with()
        .guest("recorder", &manifest)
        .start()
        .await;
    server.listed("recorder", "needs_settings").await;
    server.publish("Before its settings").await;
    set(&server.admin, RECORDER, json!({ "api_key": "hunter2" })).await;
    server.listed("recorder", "running").await;
    let recorded = server.recorded(RECORDER, HookName::OnPostCreated).await;
    assert_eq!(recorded["title"], "Before its settings");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_that_needs_settings_leaves_the_former_one_serving() {
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    server.listed(PLUGIN, "running").await;
    let hook = "[hooks.on-content-creating]\non_error = \"abort\"";
    let manifest = Manifest::new(PLUGIN, &[]).with(hook).with(REQUIRED);
    server.deploy(PLUGIN, &guest("all-functions"), &manifest);
    let plugin = server.listed(PLUGIN, "outdated").await;
    assert_eq!(plugin["needs_settings"][0]["key"], "api_key");
    assert_eq!(reads(&server, "api_key").await, Value::Null);

    set(&server.admin, PLUGIN, json!({ "api_key": "hunter2" })).await;
    server.reaches(PLUGIN, "running", 2).await;
    assert_eq!(reads(&server, "api_key").await, "hunter2");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_changes_settings_and_takes_secrets_from_files() {
    let server = TestServer::with().caller(PLUGIN, SETTINGS).start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key");
    fs::write(&file, "hunter2-hunter2\n").expect("a file");
    let secret = format!("api_key=@{}", file.display());
    let change = [
        "plugin",
        "settings",
        PLUGIN,
        "length=7",
        "tone=warm",
        &secret,
    ];
    let (done, text) = server.command(BINARY, &change).await;
    assert!(
        done && text.contains("(set)") && !text.contains("hunter2"),
        "{text}"
    );
    assert_eq!(reads(&server, "length").await, "7");
    assert_eq!(reads(&server, "api_key").await, "hunter2-hunter2");

    let (done, text) = server
        .command(
            BINARY,
            &["plugin", "settings", PLUGIN, "api_key=hunter2-hunter2"],
        )
        .await;
    assert!(
        !done && text.contains("api_key=@FILE") && !text.contains("hunter2"),
        "{text}"
    );
    let wrong = ["plugin", "settings", PLUGIN, "length=many", "colour=red"];
    let (done, text) = server.command(BINARY, &wrong).await;
    assert!(
        !done
            && text.contains("length: expected an integer from 1 to 50")
            && text.contains("colour: "),
        "{text}"
    );

    let (done, text) = server
        .command(
            BINARY,
            &["plugin", "settings", PLUGIN, "--unset", "length", "--json"],
        )
        .await;
    assert!(done, "{text}");
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(answer["settings"][0]["value"], 20);
}

/// Returns the files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_of_a_secret_are_nowhere() {
    const TEXT: &str = "sk-correct-horse-battery-9f81";
    let server = TestServer::with().caller(PLUGIN, REQUIRED).start().await;
    let answer = set(
        &server.admin,
        PLUGIN,
        json!({ "api_key": TEXT, "tone": "in-the-clear-77" }),
    )
    .await;
    assert!(!answer.to_string().contains(TEXT));
    server.reaches(PLUGIN, "running", 1).await;

    // The guest reads it, says it, and fails with it; what it was asked to do is not kept.
    let said = json!({
        "calls": [
            {"function": "get-config", "args": ["api_key"]},
            {"function": "log", "args": ["error", format!("the key is {TEXT}.")]}
        ],
        "trap": true
    });
    let refused = server.script(PLUGIN, &said).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(!refused.body.to_string().contains(TEXT));
    assert_eq!(
        server.record(PLUGIN, "the key is").await["message"],
        "the key is ***."
    );

    for path in [
        path(PLUGIN),
        "/api/v1/admin/plugins".to_owned(),
        format!("/api/v1/admin/plugins/{PLUGIN}"),
        format!("/api/v1/admin/plugins/{PLUGIN}/logs"),
        format!("/api/v1/admin/plugins/{PLUGIN}/failures"),
        "/api/v1/admin/outbox".to_owned(),
        "/metrics".to_owned(),
    ] {
        let answer = server.admin.get(&path).await.expect(200);
        assert!(!answer.to_string().contains(TEXT), "{path}");
    }
    for command in [
        &["plugin", "show", PLUGIN, "--json"][..],
        &["plugin", "settings", PLUGIN, "--json"],
        &["plugin", "logs", PLUGIN],
    ] {
        let (_, text) = server.command(BINARY, command).await;
        assert!(!text.contains(TEXT), "{command:?}");
    }

    let rows = server
        .server()
        .database()
        .plugin_settings(PLUGIN)
        .await
        .expect("rows");
    let sealed = rows
        .iter()
        .find(|row| row.setting == "api_key")
        .expect("the secret");
    assert!(sealed.key_id.is_some() && !sealed.value.contains(TEXT));

    let folder = server.plugin_dir().parent().expect("a folder").to_owned();
    let here = raisfast_tests::DatabaseServer::asked_for().is_none();
    // While it runs, with what is in the write-ahead log, and when it has stopped.
    let mut found_the_other = false;
    for file in files(&folder) {
        let bytes = fs::read(&file).unwrap_or_default();
        assert!(!contains(&bytes, TEXT), "{}", file.display());
        found_the_other |= contains(&bytes, "in-the-clear-77");
    }
    assert_eq!(found_the_other, here, "the search sees what is not sealed");
    if here {
        let copy = folder.join("site.tar.gz");
        back_up(&folder, &copy);
        let names = archived(&copy, |name, bytes| {
            assert!(!contains(bytes, TEXT), "{name}");
        });
        assert!(
            names.iter().any(|name| name.ends_with("raisfast.db")),
            "{names:?}"
        );
        assert!(
            !names.iter().any(|name| name.contains("secret.key")),
            "{names:?}"
        );
    }
    server.stop().await;
    for file in files(&folder) {
        let bytes = fs::read(&file).unwrap_or_default();
        assert!(!contains(&bytes, TEXT), "{}", file.display());
    }
}

/// Makes a backup of a server's folder with the command.
fn back_up(folder: &Path, archive: &Path) {
    let done = std::process::Command::new(BINARY)
        .arg("backup")
        .arg(archive)
        .env_clear()
        .env("RAISFAST_DATA_DIR", folder.join("data"))
        .env("PLUGIN_DIR", folder.join("plugins"))
        .output()
        .expect("the binary runs");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// Looks at each file of an archive, and returns their names.
fn archived(archive: &Path, mut look: impl FnMut(&str, &[u8])) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let done = std::process::Command::new("tar")
        .arg("xzf")
        .arg(archive)
        .arg("-C")
        .arg(folder.path())
        .status()
        .expect("tar runs");
    assert!(done.success());
    let found = files(folder.path());
    let names = found.iter().map(|file| {
        let name = file.display().to_string();
        look(&name, &fs::read(file).expect("a file"));
        name
    });
    names.collect()
}

const FIRST: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const SECOND: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate_and_a_wrong_one_asks_for_the_secret_again() {
    let server = TestServer::with()
        .caller(PLUGIN, REQUIRED)
        .config(|config| config.secret_key = Some(Secret::new(FIRST)))
        .start()
        .await;
    set(
        &server.admin,
        PLUGIN,
        json!({ "api_key": "hunter2", "tone": "warm" }),
    )
    .await;
    server.listed(PLUGIN, "running").await;
    let key_of = async |server: &TestServer| {
        let rows = server
            .server()
            .database()
            .plugin_settings(PLUGIN)
            .await
            .expect("rows");
        rows.into_iter()
            .find_map(|row| row.key_id)
            .expect("a secret")
    };
    let first = key_of(&server).await;

    // Both: the secret is sealed with the new one when the server has started.
    let both = format!("{SECOND},{FIRST}");
    let server = server
        .reconfigured(|config| config.secret_key = Some(Secret::new(both)))
        .restart()
        .await;
    server.listed(PLUGIN, "running").await;
    assert_eq!(reads(&server, "api_key").await, "hunter2");
    let second = key_of(&server).await;
    assert_ne!(first, second);

    // The new one is enough then.
    let server = server
        .reconfigured(|config| config.secret_key = Some(Secret::new(SECOND)))
        .restart()
        .await;
    assert_eq!(reads(&server, "api_key").await, "hunter2");

    // With another one the server starts, and the plugin needs its secret again.
    let server = server
        .reconfigured(|config| config.secret_key = Some(Secret::new(FIRST)))
        .restart()
        .await;
    let plugin = server.listed(PLUGIN, "needs_settings").await;
    let reason = plugin["needs_settings"][0]["reason"]
        .as_str()
        .expect("a reason");
    assert!(
        reason.contains(&second) && reason.contains("not here"),
        "{reason}"
    );
    server.script(PLUGIN, &script(&[])).await.expect(503);
    set(&server.admin, PLUGIN, json!({ "api_key": "hunter3" })).await;
    server.listed(PLUGIN, "running").await;
    assert_eq!(reads(&server, "api_key").await, "hunter3");
    assert_eq!(reads(&server, "tone").await, "warm");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_moved_or_changed_in_the_database_does_not_open() {
    const OTHER: &str = "com.example.other";
    let server = TestServer::with()
        .caller(PLUGIN, REQUIRED)
        .caller(OTHER, REQUIRED)
        .start()
        .await;
    set(&server.admin, PLUGIN, json!({ "api_key": "hunter2" })).await;
    let database = server.server().database().clone();
    let rows = database.plugin_settings(PLUGIN).await.expect("rows");
    let moved = rows
        .into_iter()
        .map(|row| raisfast_db::entity::plugin_settings::Model {
            plugin_id: OTHER.to_owned(),
            ..row
        });
    let moved = database.change_plugin_settings(OTHER, moved.collect(), Vec::new());
    moved.await.expect("the row is written");
    let server = server.restart().await;
    let plugin = server.listed(OTHER, "needs_settings").await;
    let reason = plugin["needs_settings"][0]["reason"]
        .as_str()
        .expect("a reason");
    assert!(
        reason.contains("somebody has changed or moved it"),
        "{reason}"
    );
    server.listed(PLUGIN, "running").await;
}
