//! Calls that a server has recorded, made again without it.

use std::{collections::BTreeMap, fs, path::Path, pin::pin};

use futures::future::{Either, join_all, select};
use raisfast::Config;
use raisfast_cases::{Difference, Recording, Replay, Replayed, parse_recording};
use raisfast_tests::{Manifest, Settings, TestServer, guest, sample, script};
use serde_json::{Value, json};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
const SEO: &str = "com.example.seo";
const MOODY: &str = "com.example.moody";
const CALLER: &str = "com.example.caller";
const WASI: &str = "com.example.wasi";

/// Records this many calls of each plugin, while `traffic` goes on.
async fn recorded(
    server: &TestServer,
    plugins: &[&str],
    calls: usize,
    traffic: impl AsyncFn(usize),
) -> Vec<Recording> {
    let recording = pin!(join_all(plugins.iter().map(async |plugin| {
        let path = format!("/api/v1/admin/plugins/{plugin}/recording?calls={calls}&seconds=300");
        let recording = server.admin.get(&path).await.expect(200);
        parse_recording(&recording.to_string()).expect("a recording")
    })));
    let traffic = pin!(async {
        for number in 0.. {
            traffic(number).await;
        }
    });
    match select(recording, traffic).await {
        Either::Left((recordings, _)) => recordings,
        Either::Right(((), _)) => unreachable!("traffic goes on"),
    }
}

/// One of everything: each plugin of the samples is called.
async fn use_site(server: &TestServer, number: usize) {
    let title = format!("Post number {number}");
    let content =
        format!("# A heading\n\nSome *text* of {number}.\n\n| a | b |\n|---|---|\n| 1 | 2 |");
    let mut post = json!({"title": title, "content": content, "status": "published"});
    if number.is_multiple_of(3) {
        post["slug"] = format!("slug-{number}").into();
        post["excerpt"] = "Short.".into();
    }
    let post = server.create_post(&post).await;
    let slug = post["slug"].as_str().expect("a slug").to_owned();
    server.html(&slug).await;
    let comment = [
        "Hello there",
        "BUY CASINO CHIPS",
        "WHY DO THEY SHOUT SO LOUD",
    ][number % 3];
    let path = format!("/api/v1/posts/{slug}/comments");
    server
        .admin
        .post(&path, &json!({"content": format!("{comment} {number}")}))
        .await
        .expect(201);
    let fired = "/api/v1/admin/cron/com.example.digest/digest";
    server.admin.post(fired, &json!({})).await.expect(204);
}

fn file(wasm: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("plugin.wasm"), wasm).expect("the wasm is written");
    folder
}

/// Makes all calls of a recording again with this code.
async fn replayed(recording: &Recording, wasm: &[u8]) -> Vec<Replayed> {
    let folder = file(wasm);
    let path = folder.path().join("plugin.wasm");
    let replay = Replay::of_file(recording, &path, BTreeMap::new())
        .await
        .expect("it loads");
    let mut outcomes = Vec::new();
    for call in &recording.calls {
        outcomes.push(replay.call(call).await);
    }
    outcomes
}

#[track_caller]
fn assert_equal(recording: &Recording, outcomes: &[Replayed]) {
    let equal = Replayed::Equal { remarks: [].into() };
    for (call, outcome) in recording.calls.iter().zip(outcomes) {
        assert_eq!(*outcome, equal, "{} {call:#?}", recording.plugin);
    }
}

/// The code with one text in place of another, as a changed line has it.
fn changed(wasm: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places = wasm.windows(from.len());
    let places: Vec<_> = places
        .enumerate()
        .filter(|(_, part)| *part == from.as_bytes())
        .map(|(place, _)| place)
        .collect();
    let [place] = places[..] else {
        panic!("`{from}` is in the code {} times", places.len());
    };
    let mut wasm = wasm.to_vec();
    wasm[place..place + to.len()].copy_from_slice(to.as_bytes());
    wasm
}

/// The numbers of the calls that differ, with their differences.
fn different(outcomes: &[Replayed]) -> Vec<(usize, Vec<Difference>)> {
    let outcomes = outcomes.iter().enumerate();
    outcomes
        .filter_map(|(number, outcome)| match outcome {
            Replayed::Equal { .. } => None,
            Replayed::Different { differences, .. } => Some((number, differences.clone())),
            Replayed::Impossible(reason) => panic!("call {number}: {reason}"),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_calls_of_the_samples_replay_equal() {
    const SAMPLES: [&str; 4] = ["seo", "comment-guard", "markdown", "digest"];
    const EACH: usize = 50;
    let mut settings = TestServer::with();
    for name in SAMPLES {
        settings = settings.sample(name);
    }
    let server = settings.start().await;
    let ids = SAMPLES.map(|name| format!("com.example.{name}"));
    let ids = ids.each_ref().map(String::as_str);
    let recordings = recorded(&server, &ids, EACH, async |number| {
        use_site(&server, number).await;
    })
    .await;
    for (name, recording) in SAMPLES.into_iter().zip(&recordings) {
        assert_eq!(recording.calls.len(), EACH, "{name}");
        let outcomes = replayed(recording, &sample(name).0).await;
        assert_equal(recording, &outcomes);
    }
    // The digest asked the host for much.
    let digest = &recordings[3];
    assert!(
        digest
            .calls
            .iter()
            .any(|call| !call.call.host_calls.is_empty())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_line_is_reported_with_exactly_the_calls_that_it_changes() {
    let server = TestServer::with().sample("seo").start().await;
    let recordings = recorded(&server, &[SEO], 12, async |number| {
        let mut post = json!({"title": format!("Post {number}"), "status": "published"});
        post["content"] = format!("Some text of {number}.").into();
        if number.is_multiple_of(2) {
            post["slug"] = format!("mine-{number}").into();
        }
        let post = server.create_post(&post).await;
        server.html(post["slug"].as_str().expect("a slug")).await;
    })
    .await;
    let [recording] = &recordings[..] else {
        panic!("one plugin");
    };
    let (wasm, _) = sample("seo");
    assert_equal(recording, &replayed(recording, &wasm).await);
    let of_hook = |hook: &str, wanted: fn(&Value) -> bool| -> Vec<usize> {
        let calls = recording.calls.iter().enumerate();
        calls
            .filter(|(_, call)| {
                let input = call.input.parsed().expect("JSON").expect("contents");
                call.hook.as_str() == hook && wanted(&input)
            })
            .map(|(number, _)| number)
            .collect()
    };

    // A line of what is written into pages.
    let other = changed(&wasm, " content=\"", " Content=\"");
    let found = different(&replayed(recording, &other).await);
    let numbers: Vec<_> = found.iter().map(|(number, _)| *number).collect();
    let pages = of_hook("filter-html", |_| true);
    assert!(!pages.is_empty() && pages.len() < recording.calls.len());
    assert_eq!(numbers, pages);
    for (_, differences) in &found {
        let [
            Difference {
                place,
                expected,
                found,
            },
        ] = &differences[..]
        else {
            panic!("one difference: {differences:?}");
        };
        assert_eq!(place, "output");
        assert!(expected.contains(" content="), "{expected}");
        assert!(found.contains(" Content="), "{found}");
    }

    // A line of what the host is asked.
    let other = changed(&wasm, "slug_length", "slug_lengtH");
    let found = different(&replayed(recording, &other).await);
    let numbers: Vec<_> = found.iter().map(|(number, _)| *number).collect();
    let without_slug = of_hook("on-post-creating", |post| post["slug"].is_null());
    assert!(!without_slug.is_empty());
    assert_eq!(numbers, without_slug);
    for (_, differences) in &found {
        let [difference] = &differences[..] else {
            panic!("one difference: {differences:?}");
        };
        assert_eq!(
            difference.place,
            "host call 1, host-api/get-config, argument 1"
        );
        assert_eq!(difference.expected, "\"slug_length\"");
        assert_eq!(difference.found, "\"slug_lengtH\"");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_random_numbers_and_every_answer_of_the_host_are_replayed() {
    let wasi = Manifest::new(WASI, &["filter-html"]);
    let server = TestServer::with()
        .guest("wasi", &wasi)
        .caller(CALLER, "[permissions]\ndatabase = [\"posts\"]")
        .start()
        .await;
    let post = server.publish("Hello").await;
    let slug = post["slug"].as_str().expect("a slug");
    let calls = script(&[
        ("db-query", json!(["SELECT title FROM posts", null])),
        ("set-data", json!(["key", "value"])),
        ("get-data", json!(["key"])),
        ("vfs-read", json!(["none.txt"])),
        ("log", json!(["info", "Hello"])),
    ]);
    let recordings = recorded(&server, &[WASI, CALLER], 5, async |_| {
        server.html(slug).await;
        server.script(CALLER, &calls).await.expect(201);
    })
    .await;
    for (name, recording) in ["wasi", "all-functions"].into_iter().zip(&recordings) {
        assert_eq!(recording.calls.len(), 5);
        assert_equal(recording, &replayed(recording, &guest(name)).await);
    }
}

fn moody(change: impl FnOnce(&mut Config) + 'static) -> Settings {
    let manifest = Manifest::new(MOODY, &["on-post-creating"]);
    TestServer::with()
        .guest("moody", &manifest)
        .config(|config| {
            config.plugins.breaker.failures = 0;
            change(config);
        })
}

async fn failures(server: &TestServer, plugin: &str) -> Recording {
    let path = format!("/api/v1/admin/plugins/{plugin}/failures");
    let recording = server.admin.get(&path).await.expect(200);
    parse_recording(&recording.to_string()).expect("a recording")
}

async fn post(server: &TestServer, title: &str) {
    server.create_post(&json!({ "title": title })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_calls_are_kept_with_names_and_sizes_alone() {
    let server = moody(|_| {}).start().await;
    post(&server, "fine").await;
    post(&server, "told to fail: hunter2").await;
    let recording = failures(&server, MOODY).await;
    let [call] = &recording.calls[..] else {
        panic!("one call failed: {recording:?}");
    };
    let functions: Vec<_> = call
        .call
        .host_calls
        .iter()
        .map(|call| &*call.function)
        .collect();
    assert_eq!(functions[..2], ["host-api/get-data", "host-api/set-data"]);
    assert!(call.input.bytes > 20);
    let json = serde_json::to_string(&recording).expect("JSON");
    assert!(!json.contains("hunter2"), "{json}");

    let outcomes = replayed(&recording, &guest("moody")).await;
    let [Replayed::Impossible(reason)] = &outcomes[..] else {
        panic!("it holds nothing: {outcomes:?}");
    };
    assert!(reason.contains("names and sizes alone"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_contents_the_last_failed_calls_replay_equal_and_older_ones_go() {
    let server = moody(|config| {
        config.recording.contents = true;
        config.recording.failed_calls = 3;
    })
    .start()
    .await;
    for number in 0..5 {
        post(&server, &format!("fail {number}")).await;
        post(&server, &format!("fine {number}")).await;
    }
    let recording = failures(&server, MOODY).await;
    let titles = recording.calls.iter().map(|call| {
        let input = call.input.parsed().expect("JSON").expect("contents");
        input["title"].as_str().map(str::to_owned)
    });
    let titles: Vec<_> = titles.flatten().collect();
    assert_eq!(titles, ["fail 2", "fail 3", "fail 4"]);

    let outcomes = replayed(&recording, &guest("moody")).await;
    assert!(different(&outcomes).is_empty(), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_over_the_bound_is_cut_and_says_so() {
    let server = moody(|config| {
        config.recording.contents = true;
        config.recording.max_kb = 1.try_into().expect("not 0");
    })
    .start()
    .await;
    post(&server, &format!("fail {}", "x".repeat(190))).await;
    let long = json!({"title": "fail", "content": "y".repeat(100_000)});
    server.create_post(&long).await;
    let recording = failures(&server, MOODY).await;
    let json = serde_json::to_string(&recording).expect("JSON");
    assert!(json.len() < 4_096, "{json}");
    let outcomes = replayed(&recording, &guest("moody")).await;
    let Some(Replayed::Impossible(reason)) = outcomes.last() else {
        panic!("it is cut: {outcomes:?}");
    };
    assert!(reason.contains("larger than the server keeps"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missed_deadline_replays_equal() {
    let manifest = Manifest::new(MOODY, &[]).with("[hooks.on-post-creating]\ntimeout_ms = 300");
    let server = TestServer::with()
        .guest("moody", &manifest)
        .config(|config| config.recording.contents = true)
        .start()
        .await;
    post(&server, "spin").await;
    let recording = failures(&server, MOODY).await;
    assert_eq!(recording.calls.len(), 1);
    assert_equal(&recording, &replayed(&recording, &guest("moody")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_recorded() {
    let server = TestServer::with()
        .caller(
            CALLER,
            "[permissions]\nhttp = [\"https://127.0.0.1:9\"]\n[config]\napi_key = \"none\"",
        )
        .config(|config| {
            let own = [("api_key", "hunter2-hunter2")].into_iter().collect();
            let id = CALLER.parse().expect("an id");
            config.plugins.overrides.insert(id, own);
        })
        .start()
        .await;
    let request = json!([
        "get",
        "https://ann:hunter2@127.0.0.1:9/?key=hunter2-hunter2",
        "Authorization: Bearer hunter2\nX-Api-Key: hunter2",
        null,
        null,
    ]);
    let calls = script(&[("get-config", json!(["api_key"])), ("http-send", request)]);
    let recordings = recorded(&server, &[CALLER], 1, async |_| {
        server.script(CALLER, &calls).await;
    })
    .await;
    let host_calls = &recordings[0].calls[0].call.host_calls;
    assert_eq!(host_calls.len(), 2, "{host_calls:?}");
    let json = serde_json::to_string(host_calls).expect("JSON");
    assert!(!json.contains("hunter2"), "{json}");
    assert!(json.contains("***"), "{json}");
}

/// Runs the binary in a folder, without a server, and returns its exit code and its output.
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = std::process::Command::new(BINARY)
        .args(arguments)
        .env_clear()
        .current_dir(folder)
        .output()
        .expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8(text).expect("UTF-8"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_records_and_replays() {
    let server = moody(|config| config.recording.contents = true)
        .start()
        .await;
    post(&server, "told to fail").await;
    let folder = file(&guest("moody"));
    let path = folder.path().join("failed.json");
    let out = path.to_str().expect("UTF-8");
    let record = ["plugin", "record", MOODY, "--failed", "--out", out];
    let (ok, text) = server.command(BINARY, &record).await;
    assert!(ok && text.contains("1 call of com.example.moody"), "{text}");
    let short = text.lines().filter(|line| !line.contains(out));
    assert!(
        short.clone().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    // Nothing is overwritten.
    let (ok, text) = server.command(BINARY, &record).await;
    assert!(!ok && text.contains("is there already"), "{text}");

    let replay = ["plugin", "replay", "failed.json", "--wasm", "plugin.wasm"];
    let (code, text) = run(folder.path(), &replay);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("same  call 1: on-post-creating"), "{text}");
    assert!(text.contains("1 of 1 calls are the same"), "{text}");

    // The same file is a case of the plugin's own tests.
    let manifest = Manifest::new(MOODY, &["on-post-creating"]);
    for (name, content) in [
        ("dist/manifest.toml", manifest.text().as_bytes()),
        ("dist/plugin.wasm", &guest("moody")),
        ("tests/failed.json", &fs::read(&path).expect("recorded")),
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }
    let (code, text) = run(folder.path(), &["plugin", "test"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("1 case passed"), "{text}");

    let other = changed(&guest("moody"), "calls:", "callS:");
    fs::write(folder.path().join("plugin.wasm"), other).expect("written");
    let (code, text) = run(folder.path(), &replay);
    assert_eq!(code, Some(1), "{text}");
    for part in [
        "DIFF  call 1: on-post-creating",
        "host call 1, host-api/get-data, argument 1",
        "expected \"calls:on-post-creating\"",
        "found    \"callS:on-post-creating\"",
        "error: 1 of 1 calls differ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_refused_where_it_cannot_be_made_or_is_asked_for_twice() {
    let server = moody(|_| {}).start().await;
    let path = |query: &str| format!("/api/v1/admin/plugins/{MOODY}/recording?{query}");
    for query in [
        "calls=0",
        "calls=1001",
        "seconds=0",
        "seconds=99999",
        "call=1",
    ] {
        server.admin.get(&path(query)).await.expect(400);
    }
    server.visitor.get(&path("")).await.expect(401);
    let unknown = "/api/v1/admin/plugins/com.example.nobody/recording";
    server.admin.get(unknown).await.expect(404);
    let none = server.admin.get(&path("seconds=1")).await.expect(200);
    assert_eq!(none["calls"], json!([]));

    let (plugin, nobody) = ("plugin", ["--failed", "--out", "/tmp/none/none.json"]);
    let command = [&[plugin, "record", MOODY][..], &nobody].concat();
    let (ok, text) = server.command(BINARY, &command).await;
    assert!(!ok && text.contains("cannot be written"), "{text}");
}

#[test]
fn what_is_not_a_recording_is_refused_with_a_message() {
    let folder = file(&guest("moody"));
    let valid = json!({
        "raisfast_recording": 1,
        "plugin": MOODY,
        "calls": [{
            "at": "2026-11-22T07:42:28.123Z",
            "hook": "on-post-creating",
            "timeout_ms": 5000,
            "max_memory": 33_554_432,
            "calls_before": 0,
            "input": {"bytes": 1, "value": {"title": "fine"}},
            "start": {},
            "call": {"host_calls": [
                {"function": "host-api/get-data", "arguments": {"bytes": 1, "value": ["calls:on-post-creating"]}, "answer": {"bytes": 1, "value": null}},
                {"function": "host-api/set-data", "arguments": {"bytes": 1, "value": ["calls:on-post-creating", "1"]}, "answer": {"bytes": 1, "value": true}},
            ]},
            "outcome": {"output": {"bytes": 1, "value": {"title": "fine", "content": "", "slug": null, "excerpt": "moody was here", "category_id": null, "tag_ids": null, "status": null, "cover_image": null}}},
        }],
    });
    let check = |document: &str| {
        fs::write(folder.path().join("a.json"), document).expect("written");
        let replay = ["plugin", "replay", "a.json", "--wasm", "plugin.wasm"];
        run(folder.path(), &replay)
    };
    let (code, text) = check(&valid.to_string());
    assert_eq!(code, Some(0), "{text}");

    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let answer = "/calls/0/call/host_calls/1/answer/value";
    for (pointer, value, wanted) in [
        ("/raisfast_recording", json!(9), "not a recording"),
        ("/calls", json!("many"), "calls: invalid type"),
        (
            "/calls/0/hook",
            json!("on-logout"),
            "unknown variant `on-logout`",
        ),
        (
            "/calls/0/call/host_calls/0/function",
            json!("host-api/format"),
            "there is no host function `host-api/format`",
        ),
        (
            "/calls/0/input/value",
            json!({"titel": "x"}),
            "there is no field `titel`",
        ),
        ("/calls/0/input/value", json!(7), "a table is expected"),
        (answer, json!("yes"), "not one that it gives"),
        (answer, json!("DEEP"), "recursion limit"),
        ("/calls/0/timeout_ms", json!(-1), "calls[0].timeout_ms"),
    ] {
        let mut hostile = valid.clone();
        *hostile.pointer_mut(pointer).expect("a place") = value;
        let (code, text) = check(&hostile.to_string().replace("\"DEEP\"", &deep));
        assert_eq!(code, Some(1), "{pointer}: {text}");
        assert!(text.contains(wanted), "{pointer}: {text}");
        assert!(text.len() < 2_000, "{pointer}: {text}");
    }
    let (code, text) = check("");
    assert_eq!(code, Some(1), "{text}");
    let huge = format!("{}{valid}", " ".repeat(65 << 20));
    let (code, text) = check(&huge);
    assert!(code == Some(1) && text.contains("at most"), "{text}");
}
