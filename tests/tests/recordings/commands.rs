//! `raisfast plugin record` and `raisfast plugin replay`.

use std::{fs, path::Path};

use raisfast_tests::{Manifest, guest};
use serde_json::json;

use crate::{BINARY, MOODY, changed, file, moody, post};

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
