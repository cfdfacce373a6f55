//! New plugins that are scripts.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use raisfast_tests::{Author, TestServer};

use crate::{RAISFAST, author};

/// The words of scripts' languages, each with its entry, the beginning of a line before which a
/// handler can stand, and a handler that the manifest does not name.
const SCRIPTS: [(&str, &str, &str, &str); 3] = [
    (
        "js-script",
        "main.js",
        "/** @type {import(\"sdk\").Handlers[\"on_post_created\"]} */",
        "export function onLogin(input) {}",
    ),
    (
        "lua",
        "init.lua",
        "---@param post PostOutput",
        "function Plugin.on_login(login) end",
    ),
    (
        "rhai",
        "init.rhai",
        "fn on_post_created",
        "fn on_login(input) {}",
    ),
];

/// One server for the scripts in all languages: what is written into its folder runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_script_is_a_running_plugin_at_once() {
    let server = TestServer::with().start().await;
    let author = Author::new(RAISFAST, server.plugin_dir());
    for (language, ..) in SCRIPTS {
        let name = format!("hello-{language}");
        let made = author.succeeds(&["plugin", "new", &name, "--lang", language]);
        assert!(
            made.contains("as a script") && !made.contains("build"),
            "{made}"
        );
        server.listed(&name, "running").await;
    }
    let post = server.publish("First").await;
    assert_eq!(post["excerpt"], "Some text.");
    for (language, ..) in SCRIPTS {
        let id = format!("com.example.hello-{language}");
        server.logs(&id, "published: first").await;
    }
}

/// The commands of a project do on a script's folder what is of use there.
#[test]
fn a_script_is_checked_and_tested_and_never_built() {
    let (folder, author) = author();
    for (language, entry, place, handler) in SCRIPTS {
        author.succeeds(&["plugin", "new", language, "--lang", language]);
        let built = author.succeeds(&["plugin", "build", language]);
        assert!(built.contains("there is nothing to build"), "{built}");
        let script = folder.path().join(language);
        assert!(!script.join("dist").exists() && !script.join("bindings").exists());
        let tested = author.succeeds(&["plugin", "test", language]);
        assert!(tested.ends_with("5 cases passed\n"), "{tested}");

        let entry = script.join(entry);
        let before = fs::read_to_string(&entry).expect("the template's source");
        let with_handler = before.replacen(place, &format!("{handler}\n\n{place}"), 1);
        assert_ne!(with_handler, before, "{language}");
        fs::write(&entry, with_handler).expect("the script is written");
        let checked = author.succeeds(&["plugin", "check", language]);
        assert!(checked.contains("no problems found"), "{checked}");
        let hints: Vec<&str> = checked.split("hint: ").skip(1).collect();
        assert_eq!(hints.len(), 1, "{checked}");
        let unnamed =
            "on-login is written and never called: write in manifest.toml [hooks.on-login]";
        assert!(hints[0].starts_with(unnamed), "{checked}");
    }
}

/// The other languages are loaded by the same code, on servers in `scripts_js.rs` and so on.
#[test]
fn what_a_server_would_not_load_is_found_by_check() {
    let (folder, author) = author();
    author.succeeds(&["plugin", "new", "hello", "--lang", "lua"]);
    let script = folder.path().join("hello");
    let manifest = script.join("manifest.toml");
    let named = fs::read_to_string(&manifest).expect("the manifest");
    fs::write(&manifest, format!("{named}\n[hooks.on-login]\n")).expect("it is written");
    let said = author.fails(1, &["plugin", "check", "hello"]);
    assert!(said.contains("function Plugin.on_login(input)"), "{said}");

    let module = script.join("broken.lua");
    fs::write(&module, "return {\n  local = 1\n}\n").expect("the module is written");
    let entry = script.join("init.lua");
    let text = fs::read_to_string(&entry).expect("the template's source");
    fs::write(&entry, format!("{text}\nrequire(\"broken\")\n")).expect("the script is written");
    let said = author.fails(1, &["plugin", "check", "hello"]);
    assert!(said.contains("broken.lua:2:"), "{said}");
    assert!(said.contains("2 |   local = 1"), "{said}");
}

#[test]
fn a_script_with_mistakes_in_its_manifest_is_no_project_of_another_kind() {
    let (folder, author) = author();
    author.succeeds(&["plugin", "new", "hello", "--lang", "lua"]);
    let manifest = folder.path().join("hello/manifest.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("priority", "priorty")).unwrap();
    for command in ["check", "test"] {
        let said = author.fails(1, &["plugin", command, "hello"]);
        assert!(said.contains("did you mean `priority`?"), "{said}");
    }
}

/// A terminal's user is asked which of the two a plugin in JavaScript is to be.
#[test]
fn on_a_terminal_javascript_may_be_a_script() {
    for (typed, file) in [("2\n", "main.js"), ("\n", "plugin.js")] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let command = format!("{RAISFAST} plugin new hello --lang js");
        let mut terminal = Command::new("script")
            .args(["-qefc", &command, "/dev/null"])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`script` of the package bsdutils makes a terminal");
        let mut keyboard = terminal.stdin.take().expect("a pipe");
        keyboard.write_all(typed.as_bytes()).expect("it is typed");
        let ended = terminal.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&ended.stdout);
        assert!(ended.status.success(), "{said}");
        assert!(said.contains("1 or 2 [1]: "), "{said}");
        assert!(folder.path().join("hello").join(file).is_file(), "{said}");
    }
}
