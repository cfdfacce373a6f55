//! The scripts of the book's page about backups: a copy of a running server, and a site restored
//! from it.

use std::{fs, path::Path, process::Command};

use raisfast_contract::HookName;
use raisfast_test_databases::Server as DatabaseServer;
use raisfast_tests::{Manifest, TestServer};

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
