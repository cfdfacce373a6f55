//! Tried as a new author would: nothing, two commands, a copy, and a hook that fires. In each
//! language, with the real command line, the real compilers and a real server.

mod scripts;

use std::{env, fs, os::unix::fs::symlink, path::Path, pin::pin, time::Duration};

use futures::future::{Either, select};
use raisfast_tests::{Author, TestServer, eventually_within, tools};
use serde_json::json;
use tempfile::TempDir;

const RAISFAST: &str = env!("CARGO_BIN_EXE_raisfast-under-test");

const PLUGIN: &str = "com.example.hello";

/// The number of calls that are recorded and replayed.
const RECORDED: usize = 4;

/// The longest time that a server without optimisations may take to compile Python.
const COMPILED: Duration = Duration::from_mins(5);

fn author() -> (TempDir, Author) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let author = Author::new(RAISFAST, folder.path());
    (folder, author)
}

/// A second hook in the language's own words, without a place in the manifest.
fn unnamed_hook(language: &str) -> (&'static str, &'static str) {
    match language {
        "rust" => (
            "    fn on_post_created(",
            "    fn on_login(_: String) {}\n\n    fn on_post_created(",
        ),
        "c" => (
            "void exports_raisfast_plugin_wit_plugin_hooks_on_post_created(",
            "void exports_raisfast_plugin_wit_plugin_hooks_on_login(string *id) { (void)id; }\n\n\
             void exports_raisfast_plugin_wit_plugin_hooks_on_post_created(",
        ),
        "zig" => (
            "export fn exports_raisfast_plugin_wit_plugin_hooks_on_post_created(",
            "export fn exports_raisfast_plugin_wit_plugin_hooks_on_login(_: *String) void {}\n\n\
             export fn exports_raisfast_plugin_wit_plugin_hooks_on_post_created(",
        ),
        "go" => (
            "// OnPostCreated",
            "func OnLogin(id string) {}\n\n// OnPostCreated",
        ),
        "js" => ("  onPostCreated(", "  onLogin(id) {},\n\n  onPostCreated("),
        "ts" => (
            "  onPostCreated(",
            "  onLogin(id: string): void {},\n\n  onPostCreated(",
        ),
        "python" => (
            "    def on_post_created(",
            "    def on_login(self, user_id: str) -> None:\n        pass\n\n    def on_post_created(",
        ),
        other => panic!("{other} has no example"),
    }
}

/// A hook that nobody calls is reported by `build`, which sees the source, and by `check`, which
/// sees what was built.
fn what_is_written_in_vain_is_told(author: &Author, project: &Path, language: &str, source: &str) {
    let file = project.join(source);
    let before = fs::read_to_string(&file).expect("the template's source");
    let (place, with_hook) = unnamed_hook(language);
    assert!(before.contains(place), "{language}");
    fs::write(&file, before.replacen(place, with_hook, 1)).expect("the source is written");
    let hint = "on-login is written and never called: write in manifest.toml [hooks.on-login]";
    let built = author.succeeds(&["plugin", "build", "hello"]);
    assert!(built.contains(hint), "{built}");
    let checked = author.succeeds(&["plugin", "check", "hello/dist"]);
    assert!(checked.contains(hint), "{checked}");
    fs::write(&file, before).expect("the source is written");
}

async fn a_new_plugin_works(language: &str, source: &str) {
    let (folder, author) = author();
    author.succeeds(&["plugin", "new", "hello", "--lang", language]);
    let built = author.run(&["plugin", "build", "hello"]);
    assert!(
        built.status.success(),
        "if a compiler is missing, run `cargo xtask setup --lang {language}`:\n{}",
        String::from_utf8_lossy(&built.stderr)
    );

    let project = folder.path().join("hello");
    let checked = author.succeeds(&["plugin", "check", "hello/dist"]);
    assert!(!checked.contains("hint:"), "{checked}");
    let recording = the_hooks_fire(&project.join("dist")).await;
    fs::write(project.join("tests/recorded.json"), recording).expect("it is written");
    let tested = author.succeeds(&["plugin", "test", "hello"]);
    assert!(tested.contains("pass  a new post is logged"), "{tested}");
    recorded_calls_replay_equal(&tested);
    what_is_written_in_vain_is_told(&author, &project, language, source);
    the_compiler_is_heard(&author, &project, source);
}

/// Sees the plugin work on a server, and returns a recording of further calls there.
async fn the_hooks_fire(dist: &Path) -> String {
    let server = TestServer::with().start().await;
    let wasm = fs::read(dist.join("plugin.wasm")).expect("it was built");
    let manifest = fs::read_to_string(dist.join("manifest.toml")).expect("it was built");
    server.install("hello", &wasm, &manifest);
    eventually_within(COMPILED, "the plugin runs", || async {
        (server.plugin(PLUGIN).await["state"] == "running").then_some(())
    })
    .await;

    // The server itself makes slugs, and no excerpts.
    let post = json!({"title": "What's new?", "content": "Größe zählt."});
    assert_eq!(server.create_post(&post).await["excerpt"], "Größe zählt.");
    server.logs(PLUGIN, "published: what-s-new").await;

    let written = json!({"title": "Hello", "content": "Some text.", "excerpt": "Mine."});
    assert_eq!(server.create_post(&written).await["excerpt"], "Mine.");
    server.logs(PLUGIN, "published: hello").await;
    recorded(&server).await
}

/// Records calls of the plugin, while posts are written.
async fn recorded(server: &TestServer) -> String {
    let path = format!("/api/v1/admin/plugins/{PLUGIN}/recording?calls={RECORDED}&seconds=300");
    let recording = pin!(async { server.admin.get(&path).await.expect(200) });
    let posts = pin!(async {
        for number in 0.. {
            server.publish(&format!("Recorded {number}")).await;
        }
    });
    match select(recording, posts).await {
        Either::Left((recording, _)) => recording.to_string(),
        Either::Right(((), _)) => unreachable!("posts are written on and on"),
    }
}

/// The recording is a case of the plugin's tests: each call is made again without the server, with
/// the answers that the host gave, clocks and random numbers among them.
fn recorded_calls_replay_equal(tested: &str) {
    for call in 1..=RECORDED {
        let passed = format!("same  recorded.json, call {call}: on-post-creat");
        assert!(tested.contains(&passed), "{tested}");
    }
}

/// Source that does not compile is reported by the compiler, with the file, and the former build
/// stays.
fn the_compiler_is_heard(author: &Author, project: &Path, source: &str) {
    let wasm = project.join("dist/plugin.wasm");
    let before = fs::read(&wasm).expect("it was built");
    fs::write(project.join(source), "not a program (").expect("the source is written");
    let said = author.fails(1, &["plugin", "build", "hello"]);
    let name = Path::new(source).file_name().unwrap().to_str().unwrap();
    assert!(said.contains(name), "{said}");
    assert!(said.contains("could not build it"), "{said}");
    assert!(fs::read(&wasm).is_ok_and(|after| after == before));
    let left = fs::read_dir(project.join("dist")).unwrap().count();
    assert_eq!(left, 2, "only manifest.toml and plugin.wasm are left");
}

#[tokio::test(flavor = "multi_thread")]
async fn rust() {
    a_new_plugin_works("rust", "src/lib.rs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c() {
    a_new_plugin_works("c", "plugin.c").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zig() {
    a_new_plugin_works("zig", "plugin.zig").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn go() {
    a_new_plugin_works("go", "plugin.go").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn javascript() {
    a_new_plugin_works("js", "plugin.js").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typescript() {
    a_new_plugin_works("ts", "plugin.ts").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python() {
    a_new_plugin_works("python", "plugin.py").await;
}

#[test]
fn c_is_built_by_zig_where_there_is_no_clang() {
    let (folder, author) = author();
    let zig = env::split_paths(&tools())
        .map(|folder| folder.join("zig"))
        .find(|zig| zig.exists())
        .expect("zig; if it is missing, run `cargo xtask setup --lang zig`");
    symlink(zig, folder.path().join("zig")).expect("a link");
    let author = author.with_path(folder.path());
    author.succeeds(&["plugin", "new", "hello", "--lang", "c"]);
    author.succeeds(&["plugin", "build", "hello"]);
    let tested = author.succeeds(&["plugin", "test", "hello"]);
    assert!(tested.contains("pass  a new post is logged"), "{tested}");
}

#[test]
fn a_file_that_is_called_like_an_option_is_a_source() {
    let (folder, author) = author();
    author.succeeds(&["plugin", "new", "hello", "--lang", "c"]);
    let project = folder.path().join("hello");
    for name in ["-fsyntax-only.c", "-o.c", "--version.c"] {
        fs::write(project.join(name), "").expect("the file is written");
    }
    author.succeeds(&["plugin", "build", "hello"]);
    assert!(project.join("dist/plugin.wasm").is_file());

    fs::write(project.join("@plugin.c"), "").expect("the file is written");
    let said = author.fails(1, &["plugin", "build", "hello"]);
    assert!(
        said.contains("\"@plugin.c\" would be read for options"),
        "{said}"
    );
}

#[test]
fn the_sdks_default_in_the_place_of_a_hook_is_told() {
    let (folder, author) = author();
    author.succeeds(&["plugin", "new", "hello", "--lang", "rust"]);
    let manifest = folder.path().join("hello/manifest.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let hooks = "\n[hooks.on-comment-creating]\n\n[hooks.on-post-deleted]\non_error = \"abort\"\n";
    fs::write(&manifest, text + hooks).unwrap();
    let built = author.succeeds(&["plugin", "build", "hello"]);
    let checked = author.succeeds(&["plugin", "check", "hello/dist"]);
    for said in [&built, &checked] {
        for hook in ["on_comment_creating", "on_post_deleted"] {
            let hint = format!("the code has no `fn {hook}`: the SDK's default is called");
            assert!(said.contains(&hint), "{said}");
        }
        assert!(
            said.contains("`on_error = \"abort\"` of [hooks.on-post-deleted] has no effect"),
            "{said}"
        );
    }
    assert!(!checked.contains("refuses the request"), "{checked}");
    assert!(
        checked.contains("calls it again, 8 times at most"),
        "{checked}"
    );
}

#[test]
fn a_hook_in_the_manifest_has_to_be_in_the_source() {
    let (folder, author) = author();
    author.succeeds(&["plugin", "new", "hello", "--lang", "c"]);
    let manifest = folder.path().join("hello/manifest.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text + "\n[hooks.on-login]\n").unwrap();
    let said = author.fails(1, &["plugin", "build", "hello"]);
    assert!(said.contains("on_login"), "{said}");
}

#[test]
fn a_name_that_is_none_is_refused_before_anything_is_written() {
    let (folder, author) = author();
    for name in ["", "My Plugin", "../up", "fn", "7up", &"x".repeat(65)] {
        let said = author.fails(2, &["plugin", "new", name, "--lang", "rust"]);
        assert!(said.contains("my-plugin"), "{said}");
    }
    let said = author.fails(2, &["plugin", "new", "hello", "--lang", "cobol"]);
    assert!(
        said.contains("rust, c, zig, go, js, ts or python, or for a script js-script, lua or rhai"),
        "{said}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_with_something_in_it_stays_as_it_is() {
    let (folder, author) = author();
    let project = folder.path().join("hello");
    fs::create_dir(&project).unwrap();
    fs::write(project.join("diary.txt"), "mine").unwrap();
    let said = author.fails(1, &["plugin", "new", "hello", "--lang", "c"]);
    assert!(
        said.contains("not empty") && said.contains("--into"),
        "{said}"
    );
    assert_eq!(fs::read_dir(&project).unwrap().count(), 1);

    fs::write(folder.path().join("file"), "").unwrap();
    let said = author.fails(
        1,
        &["plugin", "new", "hello", "--lang", "c", "--into", "file"],
    );
    assert!(said.contains("file/hello"), "{said}");
}

#[test]
fn a_folder_of_no_language_or_of_two_is_not_guessed_at() {
    let (folder, author) = author();
    let said = author.fails(1, &["plugin", "build"]);
    for part in ["Cargo.toml", "plugin.py", "raisfast plugin new"] {
        assert!(said.contains(part), "{said}");
    }
    let said = author.fails(1, &["plugin", "build", "nowhere"]);
    assert!(said.contains("nowhere is not a folder"), "{said}");

    author.succeeds(&["plugin", "new", "hello", "--lang", "c"]);
    fs::write(folder.path().join("hello/go.mod"), "module hello\n").unwrap();
    let said = author.fails(1, &["plugin", "build", "hello"]);
    assert!(
        said.contains("plugin.c (C)") && said.contains("go.mod (Go)"),
        "{said}"
    );
}

#[test]
fn a_manifest_that_cannot_be_used_is_shown_before_a_compiler_is_called() {
    let (folder, author) = author();
    author.succeeds(&["plugin", "new", "hello", "--lang", "c"]);
    let manifest = folder.path().join("hello/manifest.toml");
    let text = fs::read_to_string(&manifest).unwrap();

    fs::write(&manifest, text.replace("priority", "priorty")).unwrap();
    let said = author.fails(1, &["plugin", "build", "hello"]);
    assert!(said.contains("did you mean `priority`?"), "{said}");

    let (head, _) = text.split_once("# The hooks").unwrap();
    fs::write(&manifest, head).unwrap();
    let said = author.fails(1, &["plugin", "build", "hello"]);
    assert!(said.contains("[hooks.on-post-creating]"), "{said}");

    fs::remove_file(&manifest).unwrap();
    let said = author.fails(1, &["plugin", "build", "hello"]);
    assert!(said.contains("manifest.toml"), "{said}");
}

/// A package that is not there is named with its line, and the command that makes a module of it.
#[test]
fn a_package_that_is_not_built_in_is_named_with_what_to_do() {
    let (folder, author) = author();
    for (language, hint) in [("js", "node_modules"), ("ts", "allowJs")] {
        author.succeeds(&["plugin", "new", language, "--lang", language]);
        let source = folder
            .path()
            .join(language)
            .join(format!("plugin.{language}"));
        let text = fs::read_to_string(&source).expect("the template's source");
        fs::write(&source, format!("import slugify from \"slugify\";\n{text}")).expect("written");
        let said = author.fails(1, &["plugin", "build", language]);
        let place = format!("plugin.{language}:1 imports the package `slugify`");
        let command = "npx esbuild slugify --bundle --format=esm --outfile=slugify.js";
        for part in [&*place, command, hint] {
            assert!(said.contains(part), "{said}");
        }
    }
}

#[test]
fn a_compiler_that_is_not_there_is_named_with_what_installs_it() {
    let (folder, author) = author();
    let author = author.with_path(folder.path());
    for (language, advice) in [
        ("rust", "rustup target add wasm32-unknown-unknown"),
        ("c", "apt-get install clang lld wasi-libc"),
        ("zig", "pip install ziglang"),
        ("go", "https://go.dev/dl"),
        ("js", "npm ci"),
        ("ts", "npm ci"),
        ("python", "pip install --require-hashes -r requirements.txt"),
    ] {
        let name = format!("hello-{language}");
        author.succeeds(&["plugin", "new", &name, "--lang", language]);
        let said = author.fails(1, &["plugin", "build", &name]);
        assert!(said.contains("is not on PATH"), "{said}");
        assert!(said.contains(advice), "{said}");
    }
}
