//! `raisfast plugin profile`: the time of a plugin is found where it goes, through the real command
//! line and the real sandbox.

use std::{fs, path::Path, process::Command};

use raisfast_contract::custom_section;
use raisfast_line_table::{Builder, Position, SECTION};
use raisfast_tests::{Manifest, guest};
use serde_json::{Value, json};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
const MOODY: &str = "com.example.moody";

/// A name as only somebody writes it who means harm, as WAT and as it is shown.
const HOSTILE: (&str, &str) = (r"<script>&\22 \1b[31m", r#"<script>&" \u{1b}[31m"#);

/// A project with a built plugin, and one case in which each of its steps passes.
fn project(wasm: &[u8], manifest: &Manifest, case: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in [
        ("dist/manifest.toml", manifest.text().as_bytes()),
        ("dist/plugin.wasm", wasm),
        ("tests/case.toml", case.as_bytes()),
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }
    folder
}

/// Runs the binary in a folder, and returns its exit code and its output.
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(BINARY)
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

#[track_caller]
fn profiled(folder: &Path, arguments: &[&str]) -> String {
    let (code, text) = run(folder, &[&["plugin", "profile"][..], arguments].concat());
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    text
}

/// The lines of the table whose last header is this, without the header.
fn table<'a>(text: &'a str, header: &str) -> Vec<&'a str> {
    let lines = text.lines().skip_while(|line| !line.ends_with(header));
    lines.skip(1).take_while(|line| !line.is_empty()).collect()
}

/// A component whose `filter-html` spins for many rounds in one function, for few in another, and
/// asks the host.
fn spinning() -> Vec<u8> {
    let (hostile, _) = HOSTILE;
    let text = format!(
        r#"(component
            (import "raisfast:plugin-wit/host-api" (instance $host
                (export "get-data" (func (param "key" string) (result (option string))))
                (export "log" (func (param "level" string) (param "msg" string)))))
            (core module $memory
                (memory (export "memory") 1)
                (data (i32.const 0) "info")
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
            (core instance $memory (instantiate $memory))
            (core func $get (canon lower (func $host "get-data")
                (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
            (core func $log (canon lower (func $host "log") (memory (core memory $memory "memory"))))
            (core module $plugin
                (import "memory" "memory" (memory 1))
                (import "host" "get" (func $get (param i32 i32 i32)))
                (import "host" "log" (func $log (param i32 i32 i32 i32)))
                (func $spin (@name "{hostile}") (param $rounds i32)
                    (loop $again
                        (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
                        (br_if $again (local.get $rounds))))
                (func $rest (param $rounds i32)
                    (loop $again
                        (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
                        (br_if $again (local.get $rounds))))
                (func (export "filter-html") (param i32 i32) (result i32)
                    (call $spin (i32.const 60000000))
                    (call $rest (i32.const 600000))
                    (call $get (i32.const 0) (i32.const 4) (i32.const 32))
                    (call $log (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 4))
                    (call $log (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 4))
                    (i32.const 16)))
            (core instance $plugin (instantiate $plugin
                (with "memory" (instance $memory))
                (with "host" (instance (export "get" (func $get)) (export "log" (func $log))))))
            (func $filter-html (param "input" string) (result (option string))
                (canon lift (core func $plugin "filter-html")
                    (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
            (instance $hooks (export "filter-html" (func $filter-html)))
            (export "raisfast:plugin-wit/plugin-hooks" (instance $hooks)))"#
    );
    wat::parse_str(text).expect("the text is a component")
}

const FILTERED: &str =
    "[[case]]\nname = 'a page'\nsteps = [{ hook = 'filter-html', input = '<p>' }]\n";

#[test]
fn the_function_that_spins_has_the_time_and_the_host_is_beside_it() {
    let manifest = Manifest::new("com.example.spinning", &["filter-html"]);
    let folder = project(&spinning(), &manifest, FILTERED);
    let text = profiled(folder.path(), &["--repeat", "2", "--out", "out"]);
    assert!(text.starts_with("2 calls: "), "{text}");

    let (_, shown) = HOSTILE;
    let own = table(&text, "place");
    assert!(own[0].ends_with(shown), "{text}");
    let share: f64 = own[0]
        .split_whitespace()
        .nth(1)
        .and_then(|share| share.parse().ok())
        .expect("a share");
    // By its rounds it has 99 of 100; the machine may be busy.
    assert!(share > 50.0, "{text}");

    let host = table(&text, "host function");
    let calls = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        let number = words.next().expect("a number").to_owned();
        (number, words.next().expect("a name").to_owned())
    };
    let mut calls: Vec<_> = host.into_iter().map(calls).collect();
    calls.sort();
    let expected = [("2", "host-api/get-data"), ("4", "host-api/log")];
    let expected = expected.map(|(number, name)| (number.to_owned(), name.to_owned()));
    assert_eq!(calls, expected, "{text}");

    let svg = fs::read_to_string(folder.path().join("out.flame.svg")).expect("the graph");
    assert!(svg.contains(r#"&lt;script&gt;&amp;" \u{1b}[31m"#), "{svg}");
    assert!(svg.contains("host-api/get-data") && !svg.contains('\u{1b}'));
    let json = fs::read(folder.path().join("out.firefox.json")).expect("the samples");
    let json: Value = serde_json::from_slice(&json).expect("JSON");
    assert!(json.to_string().contains(r#"<script>&\" \\u{1b}[31m"#));
}

/// A component whose `filter-html` computes in a function that has no name.
fn nameless() -> Vec<u8> {
    let text = r#"(component
        (core module $plugin
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "filter-html") (param $rounds i32) (param i32) (result i32)
                (local.set $rounds (i32.const 40000000))
                (loop $again
                    (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
                    (br_if $again (local.get $rounds)))
                (i32.const 16)))
        (core instance $plugin (instantiate $plugin))
        (func $filter-html (param "input" string) (result (option string))
            (canon lift (core func $plugin "filter-html")
                (memory (core memory $plugin "memory")) (realloc (core func $plugin "realloc"))))
        (instance $hooks (export "filter-html" (func $filter-html)))
        (export "raisfast:plugin-wit/plugin-hooks" (instance $hooks)))"#;
    wat::parse_str(text).expect("the text is a component")
}

#[test]
fn the_line_table_names_functions_and_lines() {
    let mut builder = Builder::default();
    let hook = builder.place("filter_html", "src/lib.rs", 30, None);
    let count = builder.place("count_words", "src/words.rs", 12, Some(hook));
    let position = Position {
        function: 1,
        offset: 0,
    };
    builder.begin_run(position, Some(count));
    let mut wasm = nameless();
    let lines = builder.finish().expect("small");
    wasm.extend(custom_section::encode(SECTION, &lines));

    let manifest = Manifest::new("com.example.nameless", &["filter-html"]);
    let folder = project(&wasm, &manifest, FILTERED);
    let text = profiled(folder.path(), &["--repeat", "1"]);
    let own = table(&text, "place");
    assert!(own[0].contains("count_words"), "{text}");
    assert!(own[0].ends_with("src/words.rs:12"), "{text}");
    // The function that the compiler has put it into is in the graph too.
    let svg = fs::read_to_string(folder.path().join("profile.flame.svg")).expect("the graph");
    assert!(svg.contains("filter_html (src/lib.rs): "), "{svg}");
}

/// Calls as a server has recorded them, whose first host call took two hours.
fn recording() -> Value {
    let value = |value: Value| json!({"bytes": 1, "value": value});
    let title = "a".repeat(20);
    json!({
        "raisfast_recording": 1,
        "plugin": MOODY,
        "calls": [{
            "at": "2026-11-22T07:42:28.123Z",
            "hook": "on-post-creating",
            "timeout_ms": 5000,
            "max_memory": 33_554_432,
            "calls_before": 0,
            "input": value(json!({"title": title})),
            "start": {},
            "call": {"host_calls": [
                {
                    "function": "host-api/get-data",
                    "arguments": value(json!(["calls:on-post-creating"])),
                    "answer": value(json!(null)),
                    "took_us": 7_200_000_000_u64,
                },
                {
                    "function": "host-api/set-data",
                    "arguments": value(json!(["calls:on-post-creating", "1"])),
                    "answer": value(json!(true)),
                    "took_us": 1000,
                },
            ]},
            "outcome": {"output": value(json!({
                "title": title, "content": "", "slug": null, "excerpt": "moody was here",
                "category_id": null, "tag_ids": null, "status": null, "cover_image": null,
            }))},
        }],
    })
}

#[test]
fn recorded_calls_have_the_servers_times_of_host_calls() {
    let manifest = Manifest::new(MOODY, &["on-post-creating"]);
    let folder = project(&guest("moody"), &manifest, FILTERED);
    let path = folder.path().join("calls.json");
    fs::write(path, recording().to_string()).expect("written");
    let text = profiled(
        folder.path(),
        &["--recording", "calls.json", "--repeat", "3"],
    );
    assert!(text.starts_with("3 calls: "), "{text}");
    assert!(!text.contains("not as expected"), "{text}");
    let host: Vec<Vec<_>> = table(&text, "host function")
        .into_iter()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        host,
        [
            ["21600.0s", "3", "host-api/get-data"],
            ["3.0ms", "3", "host-api/set-data"],
        ]
    );
}

#[test]
fn what_cannot_be_profiled_is_said_and_writes_nothing() {
    let manifest = Manifest::new(MOODY, &["on-post-creating"]);
    let folder = project(&guest("moody"), &manifest, FILTERED);
    fs::write(folder.path().join("empty.json"), "{}").expect("written");
    for (arguments, code, wanted) in [
        (&["nowhere"][..], 1, "nowhere/tests cannot be read"),
        (&["--built", "tests"], 1, "tests has no manifest.toml"),
        (
            &["--recording", "nowhere.json"],
            1,
            "nowhere.json cannot be read",
        ),
        (&["--recording", "empty.json"], 1, "not a recording"),
        (&["--repeat", "0"], 2, "0 is not in 1.."),
        // The manifest does not ask for the hook of the case.
        (&[], 1, "no call was made"),
    ] {
        let arguments = [&["plugin", "profile"][..], arguments].concat();
        let (found, text) = run(folder.path(), &arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {text}");
        assert!(text.contains(wanted), "{arguments:?}: {text}");
    }
    assert!(!folder.path().join("profile.flame.svg").exists());
    let wasm = folder.path().join("dist/plugin.wasm");
    fs::write(wasm, spinning()).expect("written");
    let out = ["plugin", "profile", "--out", "no/folder"];
    let manifest = Manifest::new(MOODY, &["filter-html"]);
    let path = folder.path().join("dist/manifest.toml");
    fs::write(path, manifest.text()).expect("written");
    let (found, text) = run(folder.path(), &[&out[..], &["--repeat", "1"]].concat());
    assert_eq!(found, Some(1), "{text}");
    assert!(text.contains("name another place with --out"), "{text}");
}
