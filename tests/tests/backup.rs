//! Backups of a running server, and sites restored from them: by the commands, and by the scripts
//! of the book's page.

use std::{
    fs,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use raisfast_contract::HookName;
use raisfast_test_databases::Server as DatabaseServer;
use raisfast_tests::{Manifest, TestServer, eventually, parsed};
use serde_json::json;

const PAGE: &str = include_str!("../../docs/src/operators/backup.md");
const PLUGIN: &str = "com.example.recorder";

/// Runs the page's script of this name with these variables.
fn run(name: &str, variables: &[(&str, &Path)]) {
    let begin = format!("```sh {name}\n");
    let (_, script) = PAGE.split_once(&begin).expect("the page has the script");
    let (script, _) = script.split_once("```").expect("it ends");
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).envs(variables.iter().copied());
    let done = shell.output().expect("a shell");
    assert!(
        done.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scripts_of_the_book_back_up_a_running_server_and_restore_it() {
    // Other databases have tools of their own, and so have buckets.
    let elsewhere = std::env::var("RAISFAST_TEST_FILES").is_ok_and(|files| files != "local");
    let sqlite3 = Command::new("sqlite3").arg("--version").output();
    if DatabaseServer::asked_for().is_some() || elsewhere || sqlite3.is_err() {
        return;
    }
    let manifest = Manifest::new(PLUGIN, &["on-post-created"]);
    let server = TestServer::with()
        .guest("recorder", &manifest)
        .start()
        .await;
    server.publish("Before the backup").await;
    let recorded = server.recorded(PLUGIN, HookName::OnPostCreated).await;
    assert_eq!(recorded["title"], "Before the backup");
    let note = server.plugin_file(PLUGIN, "note.txt");
    fs::create_dir_all(note.parent().expect("a folder")).expect("the plugin's folder");
    fs::write(note, "kept").expect("a file");

    let plugins = server.plugin_dir();
    let folder = plugins.parent().expect("the server's folder");
    let config = folder.join("raisfast.toml");
    fs::write(&config, "[site]\ntitle = \"Notes\"\n").expect("a configuration");
    let backup = folder.join("backup");
    let data = folder.join("data");
    let variables = [
        ("DATA", data.as_path()),
        ("PLUGINS", plugins),
        ("CONFIG", &config),
        ("BACKUP", &backup),
    ];
    run("back-up", &variables);
    server.publish("After the backup").await;
    assert!(backup.join("raisfast.toml").is_file());

    let restored = TestServer::with()
        .config({
            let backup = backup.clone();
            move |config| {
                let variables = [
                    ("DATA", config.data_dir.as_path()),
                    ("PLUGINS", &config.plugins.dir),
                    ("BACKUP", &backup),
                ];
                run("restore", &variables);
            }
        })
        .start()
        .await;
    restored.listed("recorder", "running").await;
    let list = restored.visitor.get("/api/v1/posts").await.expect(200);
    let posts = list["items"].as_array().expect("a list");
    assert_eq!(posts.len(), 1, "{list}");
    assert_eq!(posts[0]["title"], "Before the backup");
    let kept = restored.recorded(PLUGIN, HookName::OnPostCreated).await;
    assert_eq!(kept, recorded);
    let note = restored.plugin_file(PLUGIN, "note.txt");
    assert_eq!(fs::read_to_string(note).expect("the file"), "kept");
}

const SHOP: &str = "com.example.shop";
const ORDERS: &str = "own_com_example_shop__orders";
const MIGRATION: &str = "CREATE TABLE own_com_example_shop__orders (id INTEGER PRIMARY KEY, title VARCHAR(80) NOT NULL);";
const BINARY: &str = env!("CARGO_BIN_EXE_raisfast-under-test");

/// Runs the command on the folders of a server, and returns what it prints.
fn raisfast(arguments: &[&str], data: &Path, plugins: &Path) -> String {
    let done = Command::new(BINARY)
        .args(arguments)
        .env_clear()
        .env("RAISFAST_DATA_DIR", data)
        .env("PLUGIN_DIR", plugins)
        .output()
        .expect("the binary runs");
    let text = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    assert!(done.status.success(), "{text}");
    text
}

/// Writes a post, a row of the plugin's own table and a file of it, one after the other, until
/// told to stop; counts up what was answered.
async fn write_on(server: &TestServer, committed: &AtomicU64, stop: &AtomicBool) {
    for number in 1.. {
        server.publish(&format!("Post {number}")).await;
        let insert = format!("INSERT INTO {ORDERS} (id, title) VALUES ({number}, 'order')");
        let path = format!("orders/{number}.txt");
        let calls = [
            ("db-execute", json!([insert, null])),
            ("vfs-write", json!([path, "kept"])),
        ];
        server.calls(SHOP, &calls).await;
        committed.store(number, Ordering::SeqCst);
        if stop.load(Ordering::SeqCst) {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_writes_has_all_that_was_committed_before_and_serves() {
    let elsewhere = std::env::var("RAISFAST_TEST_FILES").is_ok_and(|files| files != "local");
    if DatabaseServer::asked_for().is_some() || elsewhere {
        return;
    }
    let server = TestServer::with()
        .caller(SHOP, "")
        .migration(SHOP, "0001_orders.sql", MIGRATION)
        .start()
        .await;
    let plugins = server.plugin_dir().to_owned();
    let folder = plugins.parent().expect("the server's folder").to_owned();
    let archive = folder.join("site.tar.gz");
    let (committed, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let back_up = async {
        eventually("some writes are done", || async {
            (committed.load(Ordering::SeqCst) >= 5).then_some(())
        })
        .await;
        let before = committed.load(Ordering::SeqCst);
        let (data, plugins, file) = (folder.join("data"), plugins.clone(), archive.clone());
        let text = tokio::task::spawn_blocking(move || {
            let file = file.to_str().expect("UTF-8");
            raisfast(&["backup", file, "--json"], &data, &plugins)
        });
        let text = text.await.expect("it ends");
        // The writers are in the middle of something when the copy is done.
        let during = committed.load(Ordering::SeqCst);
        eventually("writes go on", || async {
            (committed.load(Ordering::SeqCst) > during).then_some(())
        })
        .await;
        stop.store(true, Ordering::SeqCst);
        (before, text)
    };
    let ((before, text), ()) = tokio::join!(back_up, write_on(&server, &committed, &stop));
    let written: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(written["left_out"], json!([]), "{written}");

    let restored = TestServer::with()
        .config(move |config| {
            let file = archive.to_str().expect("UTF-8");
            let (data, plugins) = (&config.data_dir, &config.plugins.dir);
            // The folder of plugins is made for this server, and empty.
            let text = raisfast(&["restore", file], data, plugins);
            assert!(text.contains("The site is restored"), "{text}");
            let check = Command::new("sqlite3")
                .arg(data.join("raisfast.db"))
                .arg("PRAGMA integrity_check")
                .output();
            // Where there is no such tool, the command itself has checked.
            if let Ok(check) = check {
                assert_eq!(String::from_utf8_lossy(&check.stdout).trim(), "ok");
            }
        })
        .start()
        .await;
    restored.listed(SHOP, "running").await;
    let count = restored
        .call(
            SHOP,
            "db-query",
            json!([format!("SELECT max(id) AS rows FROM {ORDERS}"), null]),
        )
        .await;
    let rows = parsed(&count)[0]["rows"].as_u64().expect("a number");
    assert!(rows >= before, "{rows} of {before}");
    for number in 1..=before {
        let post = format!("/api/v1/posts/post-{number}");
        restored.visitor.get(&post).await.expect(200);
        let file = restored.plugin_file(SHOP, &format!("orders/{number}.txt"));
        assert_eq!(fs::read_to_string(file).expect("the file"), "kept");
    }
    // It goes on where the other was.
    restored.publish("After the restore").await;
}
