//! `raisfast plugin test` and `raisfast plugin conformance`: what passes passes, and what does not
//! is told.

use std::{fs, path::Path, process::Command};

use raisfast_cases::{Outcome, parse, run};
use raisfast_tests::{Manifest, guest, sample};
use tempfile::TempDir;

/// A plugin's folder as `raisfast plugin build` leaves it.
fn built(wasm: &[u8], manifest: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("plugin.wasm"), wasm).expect("the wasm is written");
    fs::write(folder.path().join("manifest.toml"), manifest).expect("the manifest is written");
    folder
}

/// The plugin that calls whatever it is asked to.
fn all_functions() -> TempDir {
    let manifest = Manifest::new("com.example.all", &["on-content-creating"])
        .with("[permissions]\nhttp = [\"https://api.example.com\"]\ndatabase = [\"posts\"]");
    built(&guest("all-functions"), manifest.text())
}

/// Runs a case with one step for the plugin that calls whatever it is asked to.
async fn outcome(script: &str, rest: &str) -> Outcome {
    let toml = format!(
        r#"
            [[case]]
            name = "one step"
            world.posts = [{{ slug = "hello", title = "Hello", status = "published" }}]
            world.http = [{{ url = "https://api.example.com/", body = "yes" }}]
            steps = [{{ hook = "on-content-creating", input = {{ content_type = "call", data = '{script}' }}, {rest} }}]
        "#
    );
    let cases = parse("one.toml", &toml).expect("the case can be read");
    let folder = all_functions();
    run(&cases[0], folder.path()).await.expect("it loads")
}

const GET: &str = r#"{"function":"get-data","args":["key"]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_as_expected_passes() {
    let set = r#"{"function":"set-data","args":["key","value"]}"#;
    let write = r#"{"function":"vfs-write","args":["a.txt","text"]}"#;
    let log = r#"{"function":"log","args":["info","Hello World"]}"#;
    let event = r#"{"function":"emit-event","args":["done","{}"]}"#;
    let request = r#"{"function":"http-post","args":["https://api.example.com/","body"]}"#;
    let update = r#"{"function":"db-execute","args":["UPDATE posts SET title = ''Bye''",null]}"#;
    for (script, rest) in [
        (
            GET,
            r#"answer = { content_type = "call", data = '{"result":null}' }"#,
        ),
        (
            GET,
            r#"answer_has = { content_type = "call" }, answer_lacks = ["id"]"#,
        ),
        (GET, r#"answer_matches = { data = "null" }, times = 3"#),
        (set, r#"data = { key = "value", other = false }"#),
        (write, r#"files = { "a.txt" = "text" }"#),
        (write, r#"files = { "a.txt" = true, "b.txt" = false }"#),
        (log, r#"logs = ["Hello", "World"]"#),
        (event, r#"events = [{ event_type = "done", data = "{}" }]"#),
        (
            request,
            r#"requests = [{ method = "POST", url = "https://api.example.com/", body = "body" }]"#,
        ),
        (
            &update.replace("''Bye''", "\\u0027Bye\\u0027"),
            r#"rows = { sql = "SELECT title FROM posts", are = [{ title = "Bye" }] }"#,
        ),
        (r#"{"calls":[],"trap":true}"#, r#"fails = "unreachable""#),
    ] {
        assert_eq!(outcome(script, rest).await, Outcome::Passed, "{rest}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_otherwise_fails_where_it_is_otherwise() {
    for (rest, place) in [
        (
            r#"answer = { content_type = "call", data = "" }"#,
            "answer.data",
        ),
        (
            r#"answer_has = { content_type = "other" }"#,
            "answer.content_type",
        ),
        (r#"answer_lacks = ["data"]"#, "answer.data"),
        (r#"answer_matches = { data = "[0-9]" }"#, "answer.data"),
        ("keeps = true", "answer"),
        (r#"fails = "unreachable""#, "the call"),
        (r#"logs = ["Hello"]"#, "logs"),
        (r#"data = { key = "value" }"#, "data.key"),
        ("data = { key = true }", "data.key"),
        (r#"files = { "a.txt" = "" }"#, "files.a.txt"),
        (
            r#"events = [{ event_type = "done", data = "{}" }]"#,
            "events",
        ),
        (
            r#"requests = [{ method = "GET", url = "https://api.example.com/" }]"#,
            "number of requests",
        ),
        (
            r#"rows = { sql = "SELECT title FROM posts", are = [] }"#,
            "rows",
        ),
        (r#"rows = { sql = "SELECT", are = [] }"#, "rows"),
    ] {
        let Outcome::Failed { differences, .. } = outcome(GET, rest).await else {
            panic!("{rest} passed")
        };
        assert_eq!(differences[0].place, place, "{rest}");
        assert_ne!(differences[0].expected, differences[0].found);
    }
    let trap = r#"{"calls":[],"trap":true}"#;
    for rest in [r#"fails = "the deadline""#, r#"answer_lacks = ["id"]"#] {
        let Outcome::Failed { differences, .. } = outcome(trap, rest).await else {
            panic!("{rest} passed")
        };
        assert!(differences[0].found.contains("unreachable"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_sees_what_the_one_before_has_left_and_a_case_does_not() {
    let step = |function: &str, args: &str, answer: &str| {
        format!(
            r#"{{ hook = "on-content-creating", input = {{ content_type = "call", data = '{{"function":"{function}","args":{args}}}' }}, answer_has = {{ data = '{{"result":{answer}}}' }} }},"#
        )
    };
    let set = step("set-data", r#"["key","1"]"#, "true");
    let get = |answer| step("get-data", r#"["key"]"#, answer);
    let toml = format!(
        "[[case]]\nname = 'one'\nsteps = [{set}{}]\n[[case]]\nname = 'two'\nsteps = [{}{}]",
        get("\"1\""),
        get("null"),
        get("\"1\"")
    );
    let cases = parse("two.toml", &toml).expect("the cases can be read");
    let folder = all_functions();
    let first = run(&cases[0], folder.path()).await.expect("it loads");
    assert_eq!(first, Outcome::Passed);
    let second = run(&cases[1], folder.path()).await.expect("it loads");
    let Outcome::Failed { differences, .. } = second else {
        panic!("the value of the first case is still there")
    };
    assert_eq!(differences[0].place, "step 2: answer.data");
}

/// Exit code, what was printed, and what was complained of.
fn raisfast(arguments: &[&str], folder: &Path) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_raisfast-under-test"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A project with the Quick Start's plugin, built, and these cases.
fn project(cases: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (wasm, manifest) = sample("quick-start");
    for part in ["tests", "dist"] {
        fs::create_dir(folder.path().join(part)).expect("a folder is made");
    }
    fs::write(folder.path().join("dist/plugin.wasm"), wasm).expect("written");
    fs::write(folder.path().join("dist/manifest.toml"), manifest).expect("written");
    fs::write(folder.path().join("tests/slug.toml"), cases).expect("written");
    folder
}

const SLUG: &str = r#"
    [[case]]
    name = "a title becomes a slug"
    steps = [
        { hook = "on-post-creating", input = { title = "Hello World" }, answer_has = { slug = "hello-world" } },
        { hook = "on-post-created", input = { slug = "hello-world" }, logs = ["published: hello-world"] },
        { cron = "my_task", logs = ["cron fired"] },
    ]
"#;

#[test]
fn an_author_sees_what_passes_and_what_does_not() {
    let passing = project(SLUG);
    let (code, printed, complained) = raisfast(&["plugin", "test"], passing.path());
    assert_eq!(printed, "pass  a title becomes a slug\n\n1 case passed\n");
    assert_eq!((code, complained.as_str()), (Some(0), ""));

    let failing = project(&format!(
        "{SLUG}\n[[case]]\nname = 'a dot'\nsteps = [{{ hook = 'on-post-creating', input = {{ title = 'a.b' }}, answer_has = {{ slug = 'a_b' }} }}]"
    ));
    let folder = failing.path().display().to_string();
    let (code, printed, complained) = raisfast(&["plugin", "test", &folder], passing.path());
    assert_eq!(
        printed,
        "pass  a title becomes a slug\nFAIL  a dot\n      answer.slug\n        expected \"a_b\"\n        found    \"a-b\"\n"
    );
    assert_eq!(
        (code, complained.as_str()),
        (Some(1), "error: 1 of 2 cases failed\n")
    );
}

/// A project with that plugin, built for these hooks.
fn project_of(wasm: &[u8], manifest: &Manifest, cases: &str) -> TempDir {
    let folder = project(cases);
    fs::write(folder.path().join("dist/plugin.wasm"), wasm).expect("written");
    fs::write(folder.path().join("dist/manifest.toml"), manifest.text()).expect("written");
    folder
}

#[test]
fn what_a_server_refuses_is_refused() {
    // It puts ` [on-post-creating]` behind the title, and ` [on-comment-creating]` behind the
    // comment.
    let hooks = ["on-post-creating", "on-comment-creating"];
    let manifest = Manifest::new("com.example.recorder", &hooks);
    for (step, says) in [
        (
            "hook = 'on-post-creating', input = { title = { repeat = 'x', times = 200 } }",
            "its answer is invalid: /title: must have 1 to 200 characters, not 219",
        ),
        (
            "hook = 'on-comment-creating', input = { content = { repeat = 'x', times = 10000 } }",
            "its answer is invalid: /content: must have 1 to 10000 characters, not 10022",
        ),
        (
            "hook = 'on-post-creating', input = { title = '' }",
            "no server hands this to on-post-creating: /title: must have 1 to 200 characters, not 0",
        ),
        (
            "hook = 'on-post-creating', input = { title = 'A', status = 'live' }",
            "no server hands this to on-post-creating: /status: must be `draft`",
        ),
    ] {
        let case = format!("[[case]]\nname = 'a'\nsteps = [{{ {step} }}]");
        let folder = project_of(&guest("recorder"), &manifest, &case);
        let (code, printed, _) = raisfast(&["plugin", "test"], folder.path());
        assert_eq!(code, Some(1), "{step}: {printed}");
        assert!(printed.contains(says), "{step}: {printed}");
    }
}

#[test]
fn with_a_failing_step_comes_what_was_logged_in_it_whole() {
    let call = |script: &str, rest: &str| {
        format!(
            "{{ hook = 'on-content-creating', input = {{ content_type = 'call', data = '{script}' }}, {rest} }},"
        )
    };
    let before = call(r#"{"function":"log","args":["info","before"]}"#, "");
    let denied = call(
        r#"{"function":"db-query","args":["SELECT email FROM comments",null]}"#,
        r#"logs = ["something else"]"#,
    );
    let case = format!("[[case]]\nname = 'a'\nsteps = [{before}{denied}]");
    let manifest = Manifest::new("com.example.all", &["on-content-creating"])
        .with("[permissions]\ndatabase = [\"read:posts\"]");
    let folder = project_of(&guest("all-functions"), &manifest, &case);
    let (code, printed, _) = raisfast(&["plugin", "test"], folder.path());
    assert_eq!(code, Some(1), "{printed}");
    let (_, log) = printed.split_once("the plugin's log\n").expect("the log");
    assert!(
        log.contains("warn ") && log.contains(r#"database = ["read:comments"]"#),
        "{printed}"
    );
    assert!(!log.contains("before"), "{printed}");
}

/// The example on the book's page, which `tests/docs` leaves to this file.
const PAGE: &str = include_str!("../../docs/src/authors/tests.md");

#[test]
fn the_books_example_runs() {
    let (_, rest) = PAGE.split_once("```toml cases\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let (code, printed, _) = raisfast(&["plugin", "test"], project(example).path());
    assert_eq!((code, printed.lines().count()), (Some(0), 4), "{printed}");
}

#[test]
fn an_author_is_told_what_is_missing() {
    let says = |folder: &TempDir, words: &[&str]| {
        let (code, _, complained) = raisfast(&["plugin", "test"], folder.path());
        assert_eq!(code, Some(1));
        for word in words {
            assert!(complained.contains(word), "{complained}");
        }
    };
    let empty = tempfile::tempdir().expect("a temporary folder");
    says(&empty, &["tests cannot be read", "tests/*.toml"]);
    fs::create_dir(empty.path().join("tests")).expect("a folder is made");
    says(&empty, &["has no file of cases"]);
    let unbuilt = project(SLUG);
    fs::remove_dir_all(unbuilt.path().join("dist")).expect("removed");
    says(&unbuilt, &["raisfast plugin build", "--built"]);
    let wrong = project("[[case]]\nname = 'a'\nsteps = [{ hook = 'on-logout' }]");
    says(&wrong, &["tests/slug.toml, case \"a\"", "on-login"]);
    let other = project(
        "[[case]]\nname = 'a'\nsteps = [{ hook = 'filter-html', input = '', keeps = true }]",
    );
    let (code, printed, _) = raisfast(&["plugin", "test"], other.path());
    assert_eq!(code, Some(1));
    assert!(
        printed.contains("manifest.toml does not subscribe to filter-html"),
        "{printed}"
    );
}

#[test]
fn a_plugin_that_does_otherwise_than_the_specification_does_not_pass() {
    let folder = built(&guest("recorder"), "");
    let arguments = ["plugin", "conformance", "plugin.wasm", "--only", "filters"];
    let (code, printed, complained) = raisfast(&arguments, folder.path());
    assert_eq!(code, Some(1));
    assert!(printed.starts_with("filters\nFAIL  "), "{printed}");
    assert!(complained.contains("cases failed"), "{complained}");
}

#[test]
fn who_makes_bindings_is_told_what_to_do() {
    let folder = built(b"no wasm", "");
    let run = |arguments: &[&str]| {
        raisfast(
            &[&["plugin", "conformance"], arguments].concat(),
            folder.path(),
        )
    };
    let (code, specification, _) = run(&["--specification"]);
    assert_eq!(code, Some(0));
    assert!(specification.starts_with("# The conformance plugin\n"));
    for (arguments, says) in [
        (&["missing.wasm"][..], "missing.wasm cannot be read"),
        (&["plugin.wasm"], "no wasm"),
        (
            &["plugin.wasm", "--only", "colour"],
            "no case has \"colour\"",
        ),
    ] {
        let (code, _, complained) = run(arguments);
        assert_eq!(code, Some(1));
        assert!(complained.contains(says), "{complained}");
    }
    let (code, _, complained) = run(&[]);
    assert_eq!(code, Some(2));
    assert!(complained.contains("WASM"), "{complained}");
}
