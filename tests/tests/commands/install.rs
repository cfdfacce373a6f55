//! `plugin install` and `plugin remove`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use raisfast_tests::{Answer, Manifest, TestServer, guest};
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::Value;

use crate::operator::Operator;

const STAMP: &str = "com.example.stamp";

/// The guest `stamp`, which puts its version into excerpts.
fn stamp(version: &str) -> Manifest {
    Manifest::new(STAMP, &["on-post-creating", "on-post-created"])
        .version(version)
        .with(&format!("[config]\nversion = \"{version}\""))
}

/// A plugin's folder that the operator has built.
fn built(operator: &Operator, name: &str, wasm: &[u8], manifest: &Manifest) -> PathBuf {
    let folder = operator.home().join(name);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("manifest.toml"), manifest.text()).expect("a manifest");
    fs::write(folder.join("plugin.wasm"), wasm).expect("a wasm");
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The names in the server's directory of plugins.
fn folders(server: &TestServer) -> Vec<String> {
    let entries = fs::read_dir(server.plugin_dir()).expect("the directory");
    let mut names: Vec<_> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    names
}

async fn excerpt(server: &TestServer) -> Value {
    server.publish("One").await["excerpt"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_is_installed_replaced_removed_and_brought_back() {
    let server = TestServer::with().start().await;
    let operator = Operator::of(&server);
    assert!(
        operator
            .says(&["plugin", "list"])
            .await
            .contains("`raisfast plugin install FOLDER`")
    );

    let first = built(&operator, "first", &guest("stamp"), &stamp("1.0.0"));
    let said = operator.says(&["plugin", "install", text(&first)]).await;
    assert_eq!(
        said,
        "com.example.stamp 1.0.0 serves\n\nIt may reach nothing outside its sandbox.\n"
    );
    assert_eq!(excerpt(&server).await, "1.0.0");
    assert_eq!(folders(&server), [STAMP]);

    let second = built(&operator, "second", &guest("stamp"), &stamp("2.0.0"));
    let tar = operator.home().join("second.tar");
    let packed = Command::new("tar")
        .args(["-cf", text(&tar), "-C", text(operator.home()), "second"])
        .status();
    assert!(packed.expect("tar runs").success());
    let answer = operator.json(&["plugin", "install", text(&tar)]).await;
    assert_eq!(
        (&answer["replaced"], &answer["plugin"]["version"]),
        (&"1.0.0".into(), &"2.0.0".into())
    );
    assert_eq!(excerpt(&server).await, "2.0.0");
    assert_eq!(folders(&server), [STAMP]);
    assert_eq!(
        server
            .stored(STAMP, "stamp:on-post-created")
            .await
            .as_deref(),
        Some("2.0.0")
    );

    let would_be = operator
        .says(&["plugin", "remove", STAMP, "--dry-run"])
        .await;
    assert_eq!(
        would_be,
        "com.example.stamp 2.0.0 would be removed: its folder `com.example.stamp` and its\n  log would be deleted.\n\
         What it has stored stays: 1 key (26 bytes), and its claim to the id.\n  `raisfast plugin install` brings it back.\n\
         `raisfast plugin remove com.example.stamp --delete-data` deletes it.\n\
         Nothing was removed: leave --dry-run out to do so.\n"
    );
    assert_eq!(excerpt(&server).await, "2.0.0");
    let removed = operator.says(&["plugin", "remove", STAMP]).await;
    assert!(
        removed.contains("is removed") && removed.contains("stays: 1 key"),
        "{removed}"
    );
    assert_eq!(excerpt(&server).await, Value::Null);
    assert!(folders(&server).is_empty());

    operator.says(&["plugin", "install", text(&second)]).await;
    assert_eq!(
        server
            .stored(STAMP, "stamp:on-post-created")
            .await
            .as_deref(),
        Some("2.0.0")
    );
    assert_eq!(excerpt(&server).await, "2.0.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_cannot_be_loaded_leaves_the_one_before_it() {
    let server = TestServer::with()
        .plugin("by-hand", guest("stamp"), stamp("1.0.0").text())
        .start()
        .await;
    let operator = Operator::of(&server);
    for (name, wasm, manifest, says) in [
        (
            "not-wasm",
            b"broken".to_vec(),
            stamp("2.0.0"),
            "plugin.wasm",
        ),
        (
            "no-hook",
            guest("stamp"),
            Manifest::new(STAMP, &["on-login-typo"]),
            "on-login-typo",
        ),
        (
            "migration",
            guest("stamp"),
            stamp("2.0.0"),
            "migrations/1.sql",
        ),
    ] {
        let folder = built(&operator, name, &wasm, &manifest);
        if name == "migration" {
            fs::create_dir(folder.join("migrations")).unwrap();
            fs::write(folder.join("migrations/1.sql"), "DROP TABLE posts").unwrap();
        }
        let refused = operator.fails(&["plugin", "install", text(&folder)]).await;
        assert!(refused.contains(says), "{says}: {refused}");
        assert_eq!(excerpt(&server).await, "1.0.0");
        assert_eq!(folders(&server), ["by-hand"], "nothing is left");
    }
    let plugin = server.plugin(STAMP).await;
    assert_eq!(
        (&plugin["state"], &plugin["generation"]),
        (&"running".into(), &1.into())
    );

    // The folder that has the id is replaced, whatever it is called.
    let good = built(&operator, "good", &guest("stamp"), &stamp("2.0.0"));
    let said = operator.says(&["plugin", "install", text(&good)]).await;
    assert!(said.contains("it has replaced version 1.0.0"), "{said}");
    assert_eq!(folders(&server), ["by-hand"]);
    assert_eq!(excerpt(&server).await, "2.0.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_cannot_begin_leaves_the_one_before_it() {
    let server = TestServer::with().start().await;
    let operator = Operator::of(&server);
    // Of two files that would both be right only one can be run: the second makes the same table.
    let one = built(&operator, "one", &guest("stamp"), &stamp("1.0.0"));
    let make = "CREATE TABLE own_com_example_stamp__things (id INTEGER PRIMARY KEY)";
    fs::create_dir(one.join("migrations")).unwrap();
    fs::write(one.join("migrations/1.sql"), make).unwrap();
    operator.says(&["plugin", "install", text(&one)]).await;
    let two = built(&operator, "two", &guest("stamp"), &stamp("2.0.0"));
    fs::create_dir(two.join("migrations")).unwrap();
    for name in ["1.sql", "2.sql"] {
        fs::write(two.join("migrations").join(name), make).unwrap();
    }
    let refused = operator.fails(&["plugin", "install", text(&two)]).await;
    assert!(refused.contains("2.sql"), "{refused}");
    assert_eq!(folders(&server), [STAMP]);
    let plugin = server.plugin(STAMP).await;
    assert_eq!(
        (&plugin["state"], &plugin["version"], &plugin["last_error"]),
        (&"running".into(), &"1.0.0".into(), &Value::Null)
    );
    let kept = fs::read_dir(server.plugin_dir().join(STAMP).join("migrations")).unwrap();
    assert_eq!(kept.count(), 1, "the folder is as it was");
    assert_eq!(excerpt(&server).await, "1.0.0");
    operator.says(&["plugin", "reload", STAMP]).await;

    // Nothing of a new plugin stays.
    operator.says(&["plugin", "remove", STAMP]).await;
    let refused = operator.fails(&["plugin", "install", text(&two)]).await;
    assert!(refused.contains("2.sql"), "{refused}");
    assert!(folders(&server).is_empty());
    assert_eq!(
        operator.json(&["plugin", "list"]).await["items"],
        Value::Array(Vec::new())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_a_built_plugin_is_not_sent() {
    let server = TestServer::with().start().await;
    let operator = Operator::of(&server);
    let project = operator.home().join("project");
    fs::create_dir_all(project.join("dist")).unwrap();
    for folder in [project.clone(), project.join("dist")] {
        fs::write(folder.join("manifest.toml"), stamp("1.0.0").text()).unwrap();
    }
    let refused = operator.fails(&["plugin", "install", "project"]).await;
    assert!(
        refused.contains("`raisfast plugin install project/dist`"),
        "{refused}"
    );
    let refused = operator.fails(&["plugin", "install", "nowhere"]).await;
    assert!(
        refused.contains("nowhere cannot be read: name a plugin's folder"),
        "{refused}"
    );
    fs::write(operator.home().join("plugin.tar.gz"), [0x1f, 0x8b, 8, 0]).unwrap();
    let refused = operator
        .fails(&["plugin", "install", "plugin.tar.gz"])
        .await;
    assert!(refused.contains("gunzip"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_somebody_else_s_is_left_alone() {
    let server = TestServer::with()
        .plugin(
            STAMP,
            guest("moody"),
            Manifest::new("com.example.moody", &[]).text(),
        )
        .start()
        .await;
    let operator = Operator::of(&server);
    let folder = built(&operator, "one", &guest("stamp"), &stamp("1.0.0"));
    let refused = operator.fails(&["plugin", "install", text(&folder)]).await;
    assert!(
        refused.contains("409") && refused.contains("rename that folder"),
        "{refused}"
    );
    fs::remove_dir_all(server.plugin_dir().join(STAMP)).unwrap();
    std::os::unix::fs::symlink(&folder, server.plugin_dir().join(STAMP)).unwrap();
    let refused = operator.fails(&["plugin", "install", text(&folder)]).await;
    assert!(
        refused.contains("409") && refused.contains("is a link"),
        "{refused}"
    );
}

/// `POST admin/plugins` with a body of the test's own.
async fn post(client: &raisfast_tests::Client, body: Vec<u8>, kind: &str) -> Answer {
    let request = client
        .request(Method::POST, "/api/v1/admin/plugins")
        .header(CONTENT_TYPE, kind)
        .body(body);
    let response = request.send().await.expect("an answer");
    Answer {
        status: response.status(),
        content_type: String::new(),
        body: response.json().await.unwrap_or_default(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn archives_that_are_not_as_they_should_be_are_refused() {
    const TAR: &str = "application/x-tar";
    let server = TestServer::with().start().await;
    let admin = &server.admin;
    post(&server.visitor, vec![0; 1024], TAR).await.expect(401);
    post(admin, vec![0; 1024], "application/zip")
        .await
        .expect(415);
    for (body, says) in [
        (vec![], "no manifest.toml"),
        (vec![0; 1024], "no manifest.toml"),
        (vec![b'x'; 1024], "not a valid tar archive"),
        (vec![0x1f, 0x8b], "gunzip"),
        (climbing(), "`../x` has `..` in it"),
    ] {
        let answer = post(admin, body, TAR).await.expect(422);
        assert!(
            answer["detail"]
                .as_str()
                .is_some_and(|it| it.contains(says)),
            "{answer}"
        );
    }
    // More than fits, and more than the server holds of bodies in memory.
    let large = post(admin, vec![0; (80 << 20) + 1], TAR).await.expect(413);
    assert!(
        large["detail"]
            .as_str()
            .is_some_and(|it| it.contains("83886080")),
        "{large}"
    );
    assert!(folders(&server).is_empty(), "nothing is left");
    let beside = server.plugin_dir().parent().expect("a folder");
    assert!(!beside.join("x").exists());
}

/// An archive with a file that would lie beside the folder.
fn climbing() -> Vec<u8> {
    let mut header = vec![0_u8; 512];
    for (at, bytes) in [
        (0, &b"../x"[..]),
        (100, b"0000644\0"),
        (124, b"00000000000\0"),
        (148, b"        "),
        (156, b"0"),
        (257, b"ustar\x0000"),
    ] {
        header[at..at + bytes.len()].copy_from_slice(bytes);
    }
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header.resize(512 * 3, 0);
    header
}

#[tokio::test(flavor = "multi_thread")]
async fn one_plugin_is_installed_at_a_time() {
    let server = TestServer::with().start().await;
    let begun = server
        .server()
        .plugins()
        .begin_install()
        .expect("the first one");
    let operator = Operator::of(&server);
    let folder = built(&operator, "one", &guest("stamp"), &stamp("1.0.0"));
    let refused = operator.fails(&["plugin", "install", text(&folder)]).await;
    assert!(
        refused.contains("another plugin is being installed"),
        "{refused}"
    );
    drop(begun);
    operator.says(&["plugin", "install", text(&folder)]).await;
}

/// A manifest with more than another: a grant, a hook, a cron job and a limit.
fn greedy(version: &str) -> Manifest {
    Manifest::new(STAMP, &["on-post-creating", "on-post-deleted"])
        .version(version)
        .with(
            "[permissions]\nhttp = [\"https://api.example.com\"]\ndatabase = [\"read:posts\"]\n\n\
             [limits]\nkv_keys = 20000\n\n\
             [[cron]]\nlabel = \"Daily\"\njob_type = \"daily\"\ncron_expr = \"0 0 5 * * *\"",
        )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let server = TestServer::with().start().await;
    let operator = Operator::of(&server);
    let modest = built(&operator, "modest", &guest("stamp"), &stamp("1.0.0"));
    let said = operator
        .says(&["plugin", "install", text(&modest), "--dry-run"])
        .await;
    assert_eq!(
        said,
        "com.example.stamp 1.0.0 would be installed. It is not there yet.\n\n\
         It would be called for\n  on-post-created\n  on-post-creating\n\n\
         It may reach nothing outside its sandbox.\n\
         Nothing was installed: leave --dry-run out to do so.\n"
    );
    assert!(folders(&server).is_empty());

    operator.says(&["plugin", "install", text(&modest)]).await;
    let same = operator
        .says(&["plugin", "install", text(&modest), "--dry-run"])
        .await;
    assert!(
        same.contains("Its hooks, cron jobs, grants and limits are those of the running version."),
        "{same}"
    );

    let greedy = built(&operator, "greedy", &guest("stamp"), &greedy("2.0.0"));
    let said = operator
        .says(&["plugin", "install", text(&greedy), "--dry-run"])
        .await;
    for part in [
        "com.example.stamp 2.0.0 would replace version 1.0.0.",
        "It would be called for\n  on-cron-tick\n  on-post-deleted\n",
        "It would no longer be called for\n  on-post-created\n",
        "It would have the cron jobs\n  daily\n",
        "It would be allowed to\n  reach https://api.example.com\n  read the table posts\n",
        "kv_keys",
        "More than the running version may:\n  reach https://api.example.com\n",
        "  see on-post-deleted\n",
        " kv_keys, not ",
        "Nothing was installed: leave --dry-run out to do so.\n",
    ] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    let answer = operator
        .json(&["plugin", "install", text(&greedy), "--dry-run"])
        .await;
    assert_eq!(answer["dry_run"], true);
    let difference = &answer["difference"];
    assert_eq!(difference["replaces"], "1.0.0");
    assert_eq!(difference["limits"][0]["limit"], "kv_keys");
    assert_eq!(server.plugin(STAMP).await["version"], "1.0.0");
    assert_eq!(excerpt(&server).await, "1.0.0");

    // The other way round, nothing is more.
    operator.says(&["plugin", "install", text(&greedy)]).await;
    let said = operator
        .says(&["plugin", "install", text(&modest), "--dry-run"])
        .await;
    assert!(
        said.contains("It would no longer be allowed to\n  reach https://api.example.com\n"),
        "{said}"
    );

    let broken = built(&operator, "broken", b"not wasm", &stamp("3.0.0"));
    let refused = operator
        .fails(&["plugin", "install", text(&broken), "--dry-run"])
        .await;
    assert!(refused.contains("not a WebAssembly file"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_knows_the_ceilings_of_the_server() {
    let server = TestServer::with()
        .config(|config| config.plugins.limits = "kv_keys=15000".parse().expect("a limit"))
        .guest("stamp", &stamp("1.0.0"))
        .start()
        .await;
    let operator = Operator::of(&server);
    let greedy = built(&operator, "greedy", &guest("stamp"), &greedy("2.0.0"));
    let dry_run = ["plugin", "install", text(&greedy), "--dry-run"];
    let said = operator.says(&dry_run).await;
    for part in [
        "  use up to 15000 kv_keys, not 10000\n",
        "hint: manifest.toml asks under [limits] for kv_keys = 20000, and the operator\n  lets it have 15000 at most\n",
    ] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    let answer = operator.json(&dry_run).await;
    assert_eq!(answer["difference"]["limits"][0]["would_be"], 15_000);
    let exceeded = answer["difference"]["exceeded"].as_array().expect("a list");
    assert_eq!(exceeded.len(), 1, "{answer}");
    assert_eq!(folders(&server), ["stamp"]);
    assert_eq!(server.plugin(STAMP).await["version"], "1.0.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_without_a_server_says_that_the_ceilings_were_not_looked_at() {
    let operator = Operator::elsewhere();
    // Nobody listens at the port 1.
    let nowhere = "addr = \"127.0.0.1:1\"\n";
    fs::write(operator.home().join("raisfast.toml"), nowhere).unwrap();
    let greedy = built(&operator, "greedy", &guest("stamp"), &greedy("2.0.0"));
    let dry_run = ["plugin", "install", text(&greedy), "--dry-run"];
    let said = operator.says(&dry_run).await;
    assert_eq!(
        said,
        "com.example.stamp 2.0.0 would be installed.\n\n\
         It would be called for\n  on-cron-tick\n  on-post-creating\n  on-post-deleted\n\n\
         It would have the cron jobs\n  daily\n\n\
         It would be allowed to\n  reach https://api.example.com\n  read the table posts\n\n\
         Nothing was installed: leave --dry-run out to do so.\n\
         No server was asked: the operator's ceilings were not looked at.\n"
    );
    let answer = operator.json(&dry_run).await;
    assert_eq!(answer["difference"]["exceeded"], Value::Null);
    let broken = built(&operator, "broken", b"not wasm", &stamp("3.0.0"));
    let refused = operator
        .fails(&["plugin", "install", text(&broken), "--dry-run"])
        .await;
    assert!(refused.contains("not a WebAssembly file"), "{refused}");
    // Whoever names a server means that one.
    let named = [&dry_run[..], &["--addr", "127.0.0.1:1"]].concat();
    let refused = operator.fails(&named).await;
    assert!(refused.contains("127.0.0.1:1"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_of_before_is_installed_again() {
    let server = TestServer::with().start().await;
    let operator = Operator::of(&server);
    let refused = operator.fails(&["plugin", "rollback", STAMP]).await;
    assert!(
        refused.contains("has no release before the present one"),
        "{refused}"
    );
    for version in ["1.0.0", "2.0.0", "3.0.0"] {
        let folder = built(&operator, version, &guest("stamp"), &stamp(version));
        operator.says(&["plugin", "install", text(&folder)]).await;
    }
    let said = operator.says(&["plugin", "rollback", STAMP]).await;
    assert!(said.contains("it has replaced version 3.0.0"), "{said}");
    assert_eq!(excerpt(&server).await, "2.0.0");
    operator.says(&["plugin", "rollback", STAMP, "1.0.0"]).await;
    assert_eq!(excerpt(&server).await, "1.0.0");

    let list = operator.json(&["plugin", "releases", STAMP]).await;
    let releases = list["releases"].as_array().expect("a list");
    let versions: Vec<_> = releases.iter().map(|release| &release["version"]).collect();
    assert_eq!(versions, ["1.0.0", "2.0.0", "3.0.0"], "the last first");
    assert_eq!(list["desired"], releases[0]["digest"]);
    let third = &releases[2]["digest"].as_str().expect("a digest")[..12];
    operator.says(&["plugin", "rollback", STAMP, third]).await;
    assert_eq!(excerpt(&server).await, "3.0.0");
    let said = operator.says(&["plugin", "releases", STAMP]).await;
    let present = said.lines().find(|line| line.ends_with("present"));
    assert!(present.expect("one").starts_with(third), "{said}");

    let refused = operator
        .fails(&["plugin", "rollback", STAMP, "9.0.0"])
        .await;
    for expected in ["no release of version 9.0.0", "raisfast plugin releases"] {
        assert!(refused.contains(expected), "{refused}");
    }
    assert_eq!(excerpt(&server).await, "3.0.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_the_last_five_releases_are_kept() {
    let server = TestServer::with().start().await;
    let operator = Operator::of(&server);
    for number in 1..=7 {
        let version = format!("{number}.0.0");
        let folder = built(&operator, &version, &guest("stamp"), &stamp(&version));
        operator.says(&["plugin", "install", text(&folder)]).await;
    }
    let list = operator.json(&["plugin", "releases", STAMP]).await;
    let releases = list["releases"].as_array().expect("a list");
    let is_kept: Vec<_> = releases.iter().map(|release| &release["is_kept"]).collect();
    assert_eq!(is_kept, [true, true, true, true, true, false, false]);
    let refused = operator
        .fails(&["plugin", "rollback", STAMP, "2.0.0"])
        .await;
    assert!(refused.contains("are no longer kept"), "{refused}");
    operator.says(&["plugin", "rollback", STAMP, "3.0.0"]).await;
    assert_eq!(excerpt(&server).await, "3.0.0");
}
