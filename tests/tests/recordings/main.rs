//! Calls that a server has recorded, made again without it.

mod commands;
mod failed_calls;
mod replays;
mod requests;

use std::{collections::BTreeMap, fs, pin::pin, time::Duration};

use futures::future::{Either, join_all, select};
use raisfast::Config;
use raisfast_cases::{Difference, Recording, Replay, Replayed, parse_recording};
use raisfast_tests::{Manifest, Settings, TestServer};
use serde_json::json;
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

fn moody(change: impl FnOnce(&mut Config) + 'static) -> Settings {
    let manifest = Manifest::new(MOODY, &["on-post-creating"]);
    TestServer::with()
        .guest("moody", &manifest)
        .config(|config| {
            config.plugins.breaker.failures = 0;
            config.plugins.instance_wait = Duration::from_mins(1);
            change(config);
        })
}

async fn post(server: &TestServer, title: &str) {
    server.create_post(&json!({ "title": title })).await;
}
