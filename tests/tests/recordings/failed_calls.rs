//! The last calls that failed, which a server keeps by itself.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use raisfast_cases::{Recording, Replayed, parse_recording};
use raisfast_tests::{Manifest, TestServer, guest};
use serde_json::json;

use crate::{MOODY, assert_equal, different, moody, post, replayed};

async fn failures(server: &TestServer, plugin: &str) -> Recording {
    let path = format!("/api/v1/admin/plugins/{plugin}/failures");
    let recording = server.admin.get(&path).await.expect(200);
    parse_recording(&recording.to_string()).expect("a recording")
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
async fn a_failed_call_and_what_the_plugin_logged_in_it_have_one_id() {
    let server = moody(|config| config.recording.failed_calls = 20)
        .start()
        .await;
    let titles = (0..20).map(|n| format!("{} {n}", if n % 2 == 0 { "fail" } else { "fine" }));
    join_all(titles.map(async |title| post(&server, &title).await)).await;

    let path = |what: &str| format!("/api/v1/admin/plugins/{MOODY}/{what}");
    let failed = server.admin.get(&path("failures")).await.expect(200);
    let calls = failed["calls"].as_array().expect("a list").iter();
    let ids: BTreeSet<_> = calls
        .map(|call| call["id"].as_str().expect("an id"))
        .collect();
    assert_eq!(ids.len(), 10, "{failed}");

    let log = server.admin.get(&path("logs")).await.expect(200);
    let records = log["items"].as_array().expect("a list");
    let mut words = BTreeMap::<_, Vec<_>>::new();
    for record in records {
        if let Some(call) = record["call"].as_str() {
            words.entry(call).or_default().push(&record["message"]);
        }
    }
    for id in &ids {
        let [word] = words[id][..] else {
            panic!("a panic is one record: {words:?}");
        };
        let word = word.as_str().expect("text");
        assert!(word.contains("it was told to fail"), "{word}");
    }
    // The server's own report of a failure is not the plugin's word.
    let reports = records.iter().filter(|record| {
        let message = record["message"].as_str().expect("text");
        message.starts_with("the call failed") && record["call"].is_null()
    });
    assert_eq!(reports.count(), 10, "{log}");
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
