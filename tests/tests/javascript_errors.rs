//! The report of an error to an author in JavaScript: one record, in the language's own words, with
//! file and line.

use std::fs;

use raisfast_tests::Author;

const PLUGIN: &str = r#"
import database from "raisfast:plugin-wit/database";

function helper() {
  throw new Error("oh no", { cause: new TypeError("deep") });
}

const cases = {
  error: () => helper(),
  object: () => { throw { code: 42 }; },
  denied: (post) => database.count("users", { tag: "all" }) && post,
  argument: () => database.fetchAll({ table: "posts" }),
  promise: async (post) => post,
  part: () => ({ title: "x" }),
  number: (post) => ({ ...post, slug: 42, tagIds: ["a", 3] }),
  text: () => "text",
  typo: (post) => ({ ...post, sulg: "x" }),
};

export const pluginHooks = {
  onPostCreating: (post) => cases[post.title](post),
  async onPostCreated() {},
};
"#;

/// The parts of the log record for each title; the log has no other record.
const RECORDS: [(&str, &[&str]); 9] = [
    (
        "error",
        &[
            "error  onPostCreating failed: Error: oh no\n",
            "at helper (/plugin.js:5:",
            "caused by TypeError: deep",
        ],
    ),
    ("object", &["threw {\"code\":42}, which is not an Error"]),
    (
        "denied",
        &["onPostCreating failed: denied: ", "(/plugin.js:11:"],
    ),
    (
        "argument",
        &["a function of the host was handed something else than it takes"],
    ),
    (
        "promise",
        &["a promise; hooks answer at once: write it without `async`"],
    ),
    (
        "part",
        &["`content` is missing; answer with the whole value"],
    ),
    (
        "number",
        &["`slug` has to be a text, not 42; `tagIds`, item 1, has to be a text, not 3"],
    ),
    (
        "text",
        &["\"text\"; it has to be an object with all fields"],
    ),
    (
        "typo",
        &["`sulg` is not a field of the answer and is dropped; there are title, content, slug"],
    ),
];

#[test]
fn each_is_one_record_that_says_what_to_mend() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let author = Author::new(env!("CARGO_BIN_EXE_raisfast-under-test"), folder.path());
    author.succeeds(&["plugin", "new", "hello", "--lang", "js"]);
    let project = folder.path().join("hello");
    fs::write(project.join("plugin.js"), PLUGIN).expect("written");
    let manifest = project.join("manifest.toml");
    let text = fs::read_to_string(&manifest).expect("the template's");
    let grant = "\n[permissions]\ndatabase = [\"read:posts\"]\n";
    fs::write(&manifest, text + grant).expect("written");
    let case = |(title, _): (&str, &[&str])| {
        format!(
            "[[case]]\nname = '{title}'\nsteps = [{{ hook = 'on-post-creating', input = {{ title = '{title}' }}, answer_has = {{ slug = 'none' }} }}]\n"
        )
    };
    let cases: String = RECORDS.into_iter().map(case).collect();
    fs::remove_file(project.join("tests/excerpt.toml")).expect("the template's");
    let action = "[[case]]\nname = 'action'\nsteps = [{ hook = 'on-post-created', input = { }, logs = ['returned a promise, which nobody waits for'] }]\n";
    fs::write(project.join("tests/errors.toml"), cases + action).expect("written");

    author.succeeds(&["plugin", "build", "hello"]);
    let run = author.run(&["plugin", "test", "hello"]);
    let printed = String::from_utf8_lossy(&run.stdout);
    let (failures, passed) = printed.split_once("pass  action").expect("the last case");
    assert!(!passed.contains("FAIL"), "{printed}");
    let mut parts = failures.split("FAIL  ").skip(1);
    for (title, says) in RECORDS {
        let part = parts.next().expect("each case fails");
        assert!(part.starts_with(title), "{part}");
        for words in says {
            assert!(part.contains(words), "{words} in {part}");
        }
        // Neither what the engine says of it, nor where in it.
        for noise in [
            "RUST_BACKTRACE",
            "interpreter.rs",
            "guard.js",
            "[object Object]",
        ] {
            assert!(!part.contains(noise), "{noise} in {part}");
        }
        let (_, log) = part.split_once("the plugin's log\n").expect("its log");
        let records = log.lines().map(str::trim_start).filter(|line| {
            // The host's own record of a denial, with the line to write, is another.
            line.starts_with("error ")
                || (line.starts_with("warn ") && !line.starts_with("warn   denied: "))
        });
        assert_eq!(records.count(), 1, "{part}");
    }
}

#[test]
fn a_hook_that_the_manifest_names_and_plugin_js_lacks_is_found_by_the_build() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let author = Author::new(env!("CARGO_BIN_EXE_raisfast-under-test"), folder.path());
    author.succeeds(&["plugin", "new", "hello", "--lang", "js"]);
    let source = folder.path().join("hello/plugin.js");
    let text = fs::read_to_string(&source).expect("the template's");
    fs::write(&source, text.replace("onPostCreated(", "onPostCraeted(")).expect("written");
    let said = author.fails(1, &["plugin", "build", "hello"]);
    assert!(
        said.contains("onPostCreated, for [hooks.on-post-created]"),
        "{said}"
    );

    fs::write(&source, "export default {};\n").expect("written");
    let said = author.fails(1, &["plugin", "build", "hello"]);
    assert!(
        said.contains("plugin.js has to export `pluginHooks`"),
        "{said}"
    );
    let left = fs::read_dir(folder.path().join("hello"))
        .expect("the project")
        .flatten();
    let left = left.filter(|entry| {
        entry
            .file_name()
            .to_string_lossy()
            .starts_with(".raisfast-")
    });
    assert_eq!(left.count(), 0);
}
