//! `plugin shadow` and `plugin promote`.

use std::{
    fs,
    path::{Path, PathBuf},
    pin::pin,
    process::{Command, Stdio},
};

use futures::future::{Either, select};
use raisfast_tests::{Manifest, Neighbour, TestServer, eventually, guest, sample, script};
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::operator::{Done, Operator};

const SEO: &str = "com.example.seo";
const STAMP: &str = "com.example.stamp";

fn built(operator: &Operator, wasm: &[u8], manifest: &str) -> PathBuf {
    let folder = operator.home().join("new");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("manifest.toml"), manifest).expect("a manifest");
    fs::write(folder.join("plugin.wasm"), wasm).expect("a wasm");
    folder
}

/// The code with one text in place of another, as a changed line has it.
fn changed(wasm: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let place = wasm
        .windows(from.len())
        .position(|part| part == from.as_bytes())
        .expect("it is in the code");
    let mut wasm = wasm.to_vec();
    wasm[place..place + to.len()].copy_from_slice(to.as_bytes());
    wasm
}

/// Runs a version beside the one that serves, while `traffic` goes on.
async fn beside(operator: &Operator, arguments: &[&str], traffic: impl AsyncFn(usize)) -> Done {
    let command = [&["plugin", "shadow", "new"], arguments].concat();
    let run = pin!(operator.run(&command));
    let traffic = pin!(async {
        for number in 0.. {
            traffic(number).await;
        }
    });
    match select(run, traffic).await {
        Either::Left((done, _)) => done,
        Either::Right(((), _)) => unreachable!("traffic goes on"),
    }
}

/// The report that was printed as JSON.
fn report(done: &Done) -> Value {
    serde_json::from_str(&done.stdout).unwrap_or_else(|_| panic!("no report: {done:?}"))
}

/// The counts of a hook: calls, same, other answers, other host calls, failed.
fn counts(report: &Value, hook: &str) -> [u64; 5] {
    let hooks = report["hooks"].as_array().expect("hooks");
    let found = hooks.iter().find(|found| found["hook"] == hook);
    let found = found.unwrap_or_else(|| panic!("{hook} was not called: {report:#}"));
    let keys = [
        "calls",
        "same",
        "other_answers",
        "other_host_calls",
        "failed",
    ];
    keys.map(|key| found[key].as_u64().expect("a count"))
}

/// The hidden folders in the server's directory of plugins.
fn staged(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("the directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let is_hidden = |path: &PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy();
        name.starts_with('.')
    };
    paths.filter(is_hidden).collect()
}

/// Writes a post and looks at its page.
async fn write(server: &TestServer, number: usize) {
    let post = server.publish(&format!("Post {number}")).await;
    let page = server.html(post["slug"].as_str().expect("a slug")).await;
    assert!(
        page.contains(" content="),
        "the visitor sees what serves: {page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_line_is_reported_with_exactly_the_calls_that_it_changes_and_promoted() {
    let server = TestServer::with().sample("seo").start().await;
    let operator = Operator::of(&server);
    let (wasm, manifest) = sample("seo");
    let other = changed(&wasm, " content=\"", " Content=\"");
    let folder = built(&operator, &other, &manifest);
    let done = beside(&operator, &["--calls", "20", "--json"], async |number| {
        write(&server, number).await;
    })
    .await;
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.stderr.contains("calls differ"), "{done:?}");
    let report = report(&done);
    assert_eq!(
        (&report["end"], &report["calls"]),
        (&"calls".into(), &20.into())
    );
    let [pages, same, answers, host_calls, failed] = counts(&report, "filter-html");
    assert!(pages > 0);
    assert_eq!(
        [same, answers, host_calls, failed],
        [0, pages, 0, 0],
        "{report:#}"
    );
    let [posts, same, ..] = counts(&report, "on-post-creating");
    assert!(posts > 0 && same == posts, "{report:#}");
    assert_eq!(report["same"].as_u64(), Some(20 - pages));
    let examples = report["examples"].as_array().expect("examples");
    assert_eq!(examples.len(), 3);
    for example in examples {
        let difference = &example["differences"][0];
        assert_eq!(
            (&example["hook"], &difference["place"]),
            (&"filter-html".into(), &"output".into())
        );
        let text = |key: &str| difference[key].as_str().expect("text").to_owned();
        assert!(text("expected").contains(" content=") && text("found").contains(" Content="));
    }

    // Nothing of it shows.
    let plugin = server.plugin(SEO).await;
    assert_eq!(
        (&plugin["state"], &plugin["generation"]),
        (&"running".into(), &1.into())
    );
    assert_eq!(plugin["last_error"], Value::Null);

    // The same, for people, and then promoted.
    let done = beside(&operator, &["--calls", "12"], async |number| {
        write(&server, number).await;
    })
    .await;
    assert_eq!(done.code, Some(1), "{done:?}");
    for part in [
        "filter-html",
        "DIFF  filter-html, ",
        "  running  ",
        "raisfast plugin promote",
    ] {
        assert!(done.stdout.contains(part), "{part}: {}", done.stdout);
    }
    assert_eq!(staged(server.plugin_dir()).len(), 1, "the last one is kept");
    let wrong = ["plugin", "promote", SEO, "--digest", "00"];
    assert!(operator.fails(&wrong).await.contains("digest"));
    let digest = report["digest"].as_str().expect("a digest");
    let right = operator
        .says(&["plugin", "promote", SEO, "--digest", digest])
        .await;
    assert!(right.contains("serves"), "{right}");
    let installed = server.plugin_dir().join("seo/plugin.wasm");
    assert_eq!(
        fs::read(installed).unwrap(),
        fs::read(folder.join("plugin.wasm")).unwrap()
    );
    assert!(staged(server.plugin_dir()).is_empty());
    let post = server.publish("After").await;
    let page = server.html(post["slug"].as_str().expect("a slug")).await;
    assert!(page.contains(" Content="), "{page}");
    let again = operator.fails(&["plugin", "promote", SEO]).await;
    assert!(again.contains("404"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_in_which_all_is_the_same_is_promoted_where_that_is_asked_for() {
    let server = TestServer::with().sample("seo").start().await;
    let operator = Operator::of(&server);
    let (wasm, manifest) = sample("seo");
    let manifest = format!("# Another version.\n{manifest}");
    built(&operator, &wasm, &manifest);
    let arguments = ["--calls", "10", "--promote-if-same"];
    let done = beside(&operator, &arguments, async |number| {
        write(&server, number).await;
    })
    .await;
    let said = done.succeeded();
    assert!(said.contains("it has replaced version"), "{said}");
    assert_eq!(server.plugin(SEO).await["generation"], 2);
    let installed = server.plugin_dir().join("seo/manifest.toml");
    assert_eq!(fs::read_to_string(installed).unwrap(), manifest);
    assert!(staged(server.plugin_dir()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_fails_costs_only_itself() {
    let manifest = Manifest::new(STAMP, &["on-post-creating"])
        .with("[permissions]\ntimeout_ms = 200\n[config]\nversion = \"1.0.0\"");
    let server = TestServer::with().guest("stamp", &manifest).start().await;
    let operator = Operator::of(&server);
    built(
        &operator,
        &guest("panics"),
        Manifest::new(STAMP, &["on-post-creating"]).text(),
    );
    for (title, says) in [("panic", "asked for a panic"), ("spin", "200 ms")] {
        let done = beside(&operator, &["--json"], async |_| {
            assert_eq!(server.publish(title).await["excerpt"], "1.0.0");
        })
        .await;
        let report = report(&done);
        assert_eq!(report["end"], "failed", "{report:#}");
        assert_eq!(counts(&report, "on-post-creating")[4], 10, "{report:#}");
        let example = &report["examples"][0];
        assert!(example.to_string().contains(says), "{title}: {example:#}");
    }
    let plugin = server.plugin(STAMP).await;
    assert_eq!(
        (&plugin["state"], &plugin["last_error"]),
        (&"running".into(), &Value::Null)
    );
    assert_eq!(plugin["hooks"][0]["errors"], 0, "{plugin:#}");
    assert!(
        server.records(STAMP).await.is_empty(),
        "its log has nothing of it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_the_new_version_asks_for_is_done() {
    const ID: &str = "com.example.caller";
    let neighbour = Neighbour::start().await;
    let hooks = ["on-content-creating"];
    let server = TestServer::with()
        .guest("recorder", &Manifest::new(ID, &hooks))
        .start()
        .await;
    let operator = Operator::of(&server);
    let granted = Manifest::new(ID, &hooks).with(&format!(
        "[permissions]\nhttp = [{:?}]\ndatabase = [\"posts\"]",
        neighbour.origin
    ));
    built(&operator, &guest("all-functions"), granted.text());
    let events = server.server().events();
    let before = events.listen().await.expect("a listener").position();
    let calls = [
        ("set-data", json!(["shadow", "1"])),
        ("vfs-write", json!(["shadow.txt", "1"])),
        ("db-execute", json!(["DELETE FROM posts", null])),
        ("http-get", json!([neighbour.url("/shadow")])),
        ("emit-event", json!(["shadow", "1"])),
        ("log", json!(["error", "shadow"])),
    ];
    let post = server.publish("It stays").await;
    let done = beside(&operator, &["--calls", "12", "--json"], async |number| {
        let (function, arguments) = &calls[number % calls.len()];
        let work = script(&[(*function, arguments.clone())]);
        server
            .admin
            .post("/api/v1/content/call", &work)
            .await
            .expect(201);
    })
    .await;
    let report = report(&done);
    let [compared, same, _, host_calls, failed] = counts(&report, "on-content-creating");
    assert_eq!(
        [compared, same, host_calls, failed],
        [12, 0, 12, 0],
        "{report:#}"
    );
    assert!(
        report["examples"]
            .to_string()
            .contains("another host call, host-api/"),
        "{report:#}"
    );

    assert_eq!(server.stored(ID, "shadow").await, None);
    assert_eq!(server.stored_file(ID, "shadow.txt"), None);
    assert!(
        server
            .html(post["slug"].as_str().expect("a slug"))
            .await
            .contains("Some text")
    );
    assert_eq!(neighbour.requests(), Vec::<String>::new());
    assert!(server.records(ID).await.is_empty());
    let after = events.listen().await.expect("a listener").position();
    assert_eq!(before, after, "nothing was emitted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_ends_it_and_nothing_is_left() {
    let manifest = Manifest::new(STAMP, &["on-post-creating"]);
    let server = TestServer::with().guest("stamp", &manifest).start().await;
    let operator = Operator::of(&server);
    built(&operator, &guest("stamp"), manifest.text());
    let mut client = operator
        .command(&["plugin", "shadow", "new"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let promote = format!("/api/v1/admin/plugins/{STAMP}/promote");
    let status = async |wanted: u16| {
        eventually("the run begins or ends", || async {
            let answer = server.admin.post(&promote, &json!({})).await;
            (answer.status == wanted).then_some(())
        })
        .await;
    };
    status(409).await;
    assert_eq!(staged(server.plugin_dir()).len(), 1);
    // One run a plugin.
    let refused = operator.fails(&["plugin", "shadow", "new"]).await;
    assert!(refused.contains("is being tried already"), "{refused}");
    client.kill().expect("it runs");
    client.wait().expect("it ends");
    status(404).await;
    eventually("the staging folder is gone", || async {
        staged(server.plugin_dir()).is_empty().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn control_c_ends_it_with_the_report() {
    let manifest = Manifest::new(STAMP, &["on-post-creating"]);
    let server = TestServer::with().guest("stamp", &manifest).start().await;
    let operator = Operator::of(&server);
    built(&operator, &guest("stamp"), manifest.text());
    let client = operator
        .command(&["plugin", "shadow", "new", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    eventually("a call is compared", || async {
        server.publish("One").await;
        let pool = &server.plugin(STAMP).await["pool"];
        (pool["discarded"].as_u64() > Some(5)).then_some(())
    })
    .await;
    let interrupted = Command::new("kill")
        .args(["-INT", &client.id().to_string()])
        .status();
    assert!(interrupted.expect("kill runs").success());
    let done = tokio::task::spawn_blocking(|| client.wait_with_output())
        .await
        .expect("it ends")
        .expect("it ran");
    let done = Done::from(done);
    assert_eq!(done.code, Some(0), "{done:?}");
    let report = report(&done);
    assert_eq!(report["end"], "asked", "{report:#}");
    assert!(report["calls"].as_u64() > Some(0), "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_leaves_nothing_of_it() {
    let manifest = Manifest::new(STAMP, &["on-post-creating"]);
    let server = TestServer::with().guest("stamp", &manifest).start().await;
    let operator = Operator::of(&server);
    built(&operator, &guest("stamp"), manifest.text());
    let none = operator
        .run(&["plugin", "shadow", "new", "--for", "1s"])
        .await;
    assert!(none.stdout.contains("its time is over"), "{none:?}");
    assert_eq!(staged(server.plugin_dir()).len(), 1);
    let server = server.restart().await;
    assert!(staged(server.plugin_dir()).is_empty());
    let gone = operator.fails(&["plugin", "promote", STAMP]).await;
    assert!(gone.contains("404"), "{gone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_tried_or_promoted_is_refused() {
    let manifest = Manifest::new(STAMP, &["on-post-creating"]);
    let server = TestServer::with().guest("stamp", &manifest).start().await;
    let operator = Operator::of(&server);
    built(&operator, &guest("stamp"), manifest.text());
    let shadow = |query: &str| format!("/api/v1/admin/plugins/{STAMP}/shadow?{query}");
    for query in [
        "calls=0",
        "calls=10001",
        "seconds=0",
        "seconds=1801",
        "call=1",
    ] {
        let request = server.admin.request(Method::POST, &shadow(query));
        let answer = request
            .header(CONTENT_TYPE, "application/x-tar")
            .send()
            .await;
        assert_eq!(answer.expect("an answer").status(), 400, "{query}");
    }
    let unknown = operator.fails(&["plugin", "promote", STAMP]).await;
    assert!(unknown.contains("404"), "{unknown}");
    server.admin.delete(&shadow("")).await.expect(404);
    let time = operator
        .run(&["plugin", "shadow", "new", "--for", "1h"])
        .await;
    assert_eq!(time.code, Some(2), "{time:?}");

    // Nobody calls it.
    let none = operator
        .run(&["plugin", "shadow", "new", "--for", "1s"])
        .await;
    assert_eq!(none.code, Some(1), "{none:?}");
    assert!(none.stderr.contains("no call was compared"), "{none:?}");
    let [folder] = &staged(server.plugin_dir())[..] else {
        panic!("it is kept");
    };
    // Not what was tried.
    let place = folder.join("plugin/manifest.toml");
    let text = fs::read_to_string(&place).expect("its manifest");
    fs::write(&place, format!("{text}# Changed.\n")).expect("it is changed");
    let refused = operator.fails(&["plugin", "promote", STAMP]).await;
    assert!(refused.contains("have changed"), "{refused}");
    assert_eq!(server.plugin(STAMP).await["generation"], 1);
    assert!(staged(server.plugin_dir()).is_empty());

    let other = Manifest::new("com.example.other", &["on-post-creating"]);
    built(&operator, &guest("stamp"), other.text());
    let refused = operator.fails(&["plugin", "shadow", "new"]).await;
    assert!(refused.contains("com.example.other"), "{refused}");
    built(&operator, b"broken", manifest.text());
    let refused = operator.fails(&["plugin", "shadow", "new"]).await;
    assert!(refused.contains("plugin.wasm"), "{refused}");
    assert!(staged(server.plugin_dir()).is_empty());

    // A plugin that is off.
    built(&operator, &guest("stamp"), manifest.text());
    operator.says(&["plugin", "disable", STAMP]).await;
    let refused = operator.fails(&["plugin", "shadow", "new"]).await;
    assert!(refused.contains("does not run"), "{refused}");
}
