//! `raisfast plugin dev`, as an author has it open in a terminal: save, and it is live.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use raisfast_tests::{Author, Client, TestServer, eventually, eventually_within, tools};
use serde_json::{Value, json};
use tempfile::TempDir;

const RAISFAST: &str = env!("CARGO_BIN_EXE_raisfast-under-test");

/// The longest time that a compiler may take beside other tests.
const COMPILED: Duration = Duration::from_mins(2);

/// A terminal with the command in it.
struct Terminal {
    child: Child,
    said: Arc<Mutex<String>>,
    folder: TempDir,
    source: PathBuf,
}

impl Terminal {
    /// Begins a project in C, and opens the command on it.
    fn open(arguments: &[&str], path: &OsStr) -> Self {
        Self::open_on(("c", "plugin.c"), None, arguments, path)
    }

    /// Begins a plugin in a language, and opens the command on it. It lies in the folder that is
    /// given, or in a temporary one.
    fn open_on(
        (language, source): (&str, &str),
        plugins: Option<&Path>,
        arguments: &[&str],
        path: &OsStr,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let plugins = plugins.unwrap_or(folder.path()).to_owned();
        let author = Author::new(RAISFAST, &plugins);
        author.succeeds(&["plugin", "new", "hello", "--lang", language]);
        fs::create_dir(folder.path().join("tmp")).expect("a folder");
        let mut child = Command::new(RAISFAST)
            .args(["plugin", "dev"])
            .arg(plugins.join("hello"))
            .args(arguments)
            .current_dir(folder.path())
            .env("PATH", path)
            .env("TMPDIR", folder.path().join("tmp"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command line runs");
        let said = Arc::default();
        hear(child.stdout.take().expect("a pipe"), &said);
        hear(child.stderr.take().expect("a pipe"), &said);
        Self {
            child,
            said,
            folder,
            source: plugins.join("hello").join(source),
        }
    }

    fn source(&self) -> PathBuf {
        self.source.clone()
    }

    /// Writes the source anew, as an editor does.
    fn edit(&self, change: impl FnOnce(String) -> String) {
        let text = fs::read_to_string(&self.source).expect("the source");
        save(&self.source, &change(text));
    }

    fn said(&self) -> String {
        self.said.lock().expect("nobody panics with it").clone()
    }

    /// Forgets what was said.
    fn clear(&self) {
        self.said.lock().expect("nobody panics with it").clear();
    }

    /// Waits until something is said, and returns all that was.
    async fn says(&self, text: &str) -> String {
        self.says_unless(text, Some("error: it cannot be loaded"))
            .await
    }

    /// The same, for what is said when the plugin cannot be loaded.
    async fn says_why(&self, text: &str) -> String {
        self.says_unless(text, None).await
    }

    async fn says_unless(&self, text: &str, wrong: Option<&str>) -> String {
        eventually_within(COMPILED, &format!("it says {text:?}"), || async {
            let said = self.said();
            assert!(!wrong.is_some_and(|wrong| said.contains(wrong)), "{said}");
            said.contains(text).then_some(said)
        })
        .await
    }

    /// Waits for the server's address and the admin's password, and logs in.
    async fn log_in(&self) -> (SocketAddr, Client) {
        let said = self.says("password").await;
        let after = |text: &str| {
            let (_, rest) = said.split_once(text).expect("it is said");
            let word = rest.split_whitespace().next();
            word.expect("a word").to_owned()
        };
        let address = after("http://").parse().expect("an address");
        let admin = Client::new(address)
            .log_in("admin", &after("password"))
            .await;
        (address, admin)
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status();
        assert!(sent.expect("kill runs").success(), "SIG{name}");
    }

    /// Waits for the end, which leaves nothing behind.
    async fn ends(&mut self) {
        let child = Mutex::new(&mut self.child);
        let status = eventually("the command ends", || async {
            let mut child = child.lock().expect("nobody panics with it");
            child.try_wait().expect("it was started here")
        })
        .await;
        assert_eq!(status.code(), Some(0), "{}", self.said());
        let left = fs::read_dir(self.folder.path().join("tmp")).expect("the folder");
        assert_eq!(left.count(), 0, "temporary folders are left");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It has ended where the test is content.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes a file as an editor does, so that nobody sees half of it.
fn save(file: &Path, text: &str) {
    let beside = file.with_extension("new~");
    fs::write(&beside, text).expect("written");
    fs::rename(beside, file).expect("it takes its place");
}

/// Keeps all that is written to a pipe.
fn hear(pipe: impl Read + Send + 'static, said: &Arc<Mutex<String>>) {
    let said = Arc::clone(said);
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let mut said = said.lock().expect("nobody panics with it");
            said.push_str(&line);
            said.push('\n');
        }
    });
}

async fn publish(admin: &Client, title: &str) -> Value {
    let post = json!({ "title": title, "content": "Some text.", "status": "published" });
    admin.post("/api/v1/posts", &post).await.expect(201)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_saved_is_live_and_what_does_not_build_changes_nothing() {
    let mut terminal = Terminal::open(&[], &tools());
    let (address, admin) = terminal.log_in().await;
    terminal.says("live: com.example.hello").await;
    assert_eq!(publish(&admin, "First").await["excerpt"], "Some text.");
    terminal.says("published: first").await;
    let said = terminal.says("+ Some text.").await;
    let change =
        "changed /excerpt in on-post-creating: 0 to 10 bytes, line 1\n          - (absent)\n";
    assert!(said.contains(change), "{said}");
    terminal.says("call    on-post-creating: ").await;

    terminal.clear();
    terminal.edit(|source| source.replace("\"published: \"", "\"brought out: \""));
    terminal.says("live: com.example.hello").await;
    publish(&admin, "Second").await;
    terminal.says("brought out: second").await;

    terminal.clear();
    terminal.edit(|source| source.replacen("size_t end = 0;", "size_t end = nothing;", 1));
    let said = terminal
        .says("the version before this change stays at work")
        .await;
    assert!(said.contains("plugin.c:"), "the compiler is heard: {said}");
    publish(&admin, "Third").await;
    terminal.says("brought out: third").await;

    // A file that no compiler reads changes nothing, and so does a save without a change.
    terminal.clear();
    terminal.edit(|source| source.replacen("nothing;", "0; ", 1));
    terminal.says("built, and nothing of it has changed").await;

    terminal.signal("INT");
    terminal.ends().await;
    assert!(std::net::TcpStream::connect(address).is_err());
}

/// Replaces a comment, typed content and a page.
const REPLACER: &str = r#"
#include "plugin_world.h"

#define HOOK(name) exports_raisfast_plugin_wit_plugin_hooks_##name

static void put(plugin_world_string_t *text, const char *other) {
  plugin_world_string_free(text);
  plugin_world_string_dup(text, other);
}

bool HOOK(on_comment_creating)(HOOK(comment_input_t) *comment, HOOK(comment_input_t) *answer) {
  put(&comment->content, "Hello\nfriend");
  *answer = *comment;
  return true;
}

bool HOOK(on_content_creating)(HOOK(content_event_t) *event, HOOK(content_event_t) *answer) {
  put(&event->data, "{\"name\": \"Ann\", \"seen\": true}");
  *answer = *event;
  return true;
}

bool HOOK(filter_html)(plugin_world_string_t *html, plugin_world_string_t *answer) {
  put(html, "<p>short</p>");
  *answer = *html;
  return true;
}
"#;

/// Whatever a hook replaces is shown the same way.
#[tokio::test(flavor = "multi_thread")]
async fn what_changes_of_comments_content_and_pages_is_shown() {
    let mut terminal = Terminal::open(&[], &tools());
    let (_, admin) = terminal.log_in().await;
    terminal.says("live: com.example.hello").await;
    terminal.clear();
    let manifest = terminal.source().with_file_name("manifest.toml");
    let text = fs::read_to_string(&manifest).expect("the manifest");
    let (plugin, _) = text.split_once("[hooks").expect("it has hooks");
    let hooks = "[hooks.on-comment-creating]\n[hooks.on-content-creating]\n[hooks.filter-html]\n";
    fs::write(&manifest, format!("{plugin}{hooks}")).expect("written");
    terminal.edit(|_| REPLACER.to_owned());
    terminal.says("live: com.example.hello").await;

    publish(&admin, "First").await;
    let comment = json!({ "content": "Hello\nfiend" });
    let path = "/api/v1/posts/first/comments";
    admin.post(path, &comment).await.expect(201);
    let content = json!({ "name": "Ann" });
    admin
        .post("/api/v1/content/person", &content)
        .await
        .expect(201);
    admin.get("/api/v1/posts/first").await.expect(200);
    for change in [
        "changed /content in on-comment-creating: 11 to 12 bytes, line 2\n          - fiend\n          + friend\n",
        "changed /seen in on-content-creating: 0 to 4 bytes, line 1\n          - (absent)\n          + true\n",
        "          + <p>short</p>\n",
    ] {
        terminal.says(change).await;
    }
    let said = terminal.says("changed the text in filter-html: ").await;
    assert!(said.contains(" to 12 bytes, line 1"), "{said}");
    assert_eq!(said.matches("changed ").count(), 3, "{said}");
    terminal.signal("INT");
    terminal.ends().await;
}

/// A server that runs already gets each version, and keeps the last one when the command ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_runs_gets_the_plugin_and_keeps_it() {
    let server = TestServer::with().start().await;
    let plugins = server.plugin_dir().to_owned();
    let data = plugins.with_file_name("data");
    let [data, plugins] = [&data, &plugins].map(|path| path.to_str().expect("UTF-8"));
    let flags = ["--data-dir", data, "--plugin-dir", plugins];
    let mut terminal = Terminal::open(&flags, &tools());
    let said = terminal.says("live: com.example.hello").await;
    let welcome = format!("the running server gets the plugin, in {plugins}");
    assert!(said.starts_with(&welcome), "{said}");
    assert!(!said.contains("password"), "no server of its own: {said}");

    assert_eq!(
        publish(&server.admin, "First").await["excerpt"],
        "Some text."
    );
    terminal.says("published: first").await;
    terminal
        .says("changed /excerpt in on-post-creating: 0 to 10 bytes, line 1")
        .await;

    terminal.clear();
    terminal.edit(|source| source.replace("\"published: \"", "\"brought out: \""));
    terminal.says("live: com.example.hello").await;
    publish(&server.admin, "Second").await;
    terminal.says("brought out: second").await;

    terminal.clear();
    terminal.edit(|source| source.replacen("size_t end = 0;", "size_t end = nothing;", 1));
    terminal
        .says("the version before this change stays at work")
        .await;

    terminal.signal("INT");
    terminal.ends().await;
    let kept = server.plugin("com.example.hello").await;
    assert_eq!(kept["state"], "running", "{kept}");
    assert_eq!(
        publish(&server.admin, "Third").await["excerpt"],
        "Some text."
    );
    server.logs("com.example.hello", "brought out: third").await;
}

/// A script is loaded as it is saved, whichever of its files that is.
#[tokio::test(flavor = "multi_thread")]
async fn a_script_is_live_when_any_of_its_files_is_saved() {
    let mut terminal = Terminal::open_on(("lua", "init.lua"), None, &[], OsStr::new(""));
    let (_, admin) = terminal.log_in().await;
    let said = terminal.says("live: com.example.hello, ").await;
    assert!(!said.contains("to build"), "{said}");
    assert_eq!(publish(&admin, "First").await["excerpt"], "Some text.");
    terminal.says("published: first").await;

    terminal.clear();
    let module = terminal.source().with_file_name("words.lua");
    save(&module, "return { published = 'brought out: ' }\n");
    terminal.says("live: com.example.hello").await;
    terminal.clear();
    terminal.edit(|source| source.replace("\"published: \"", "require(\"words\").published"));
    terminal.says("live: com.example.hello").await;
    publish(&admin, "Second").await;
    terminal.says("brought out: second").await;

    terminal.clear();
    terminal.edit(|source| format!("{source}\nlocal then = 1\n"));
    let said = terminal
        .says_why("the version before this change stays at work")
        .await;
    assert!(said.contains("error: it cannot be loaded"), "{said}");
    assert!(said.contains("init.lua:"), "{said}");
    assert!(said.contains("local then = 1"), "{said}");
    terminal.clear();
    publish(&admin, "Third").await;
    terminal.says("brought out: third").await;

    terminal.edit(|source| source.replace("\nlocal then = 1\n", ""));
    terminal.says("live: com.example.hello").await;
    terminal.clear();
    save(&module, "return { published = 'sent out: ' }\n");
    terminal.says("live: com.example.hello").await;
    publish(&admin, "Fourth").await;
    terminal.says("sent out: fourth").await;
    terminal.signal("INT");
    terminal.ends().await;
}

/// An author may write where the server looks: nothing is copied there, and nothing removed.
#[tokio::test(flavor = "multi_thread")]
async fn a_script_in_the_servers_own_folder_stays_as_it_is() {
    let server = TestServer::with().start().await;
    let plugins = server.plugin_dir().to_owned();
    let data = plugins.with_file_name("data");
    let [data_dir, plugin_dir] = [&data, &plugins].map(|path| path.to_str().expect("UTF-8"));
    let flags = ["--data-dir", data_dir, "--plugin-dir", plugin_dir];
    let rhai = ("rhai", "init.rhai");
    let mut terminal = Terminal::open_on(rhai, Some(&plugins), &flags, OsStr::new(""));
    terminal.says("live: com.example.hello").await;
    terminal.clear();
    terminal.edit(|source| source.replace("published: ", "brought out: "));
    terminal.says("live: com.example.hello").await;
    publish(&server.admin, "First").await;
    terminal.says("brought out: first").await;
    for file in ["README.md", "tests/excerpt.toml"] {
        assert!(plugins.join("hello").join(file).is_file(), "{file}");
    }
    terminal.signal("INT");
    terminal.ends().await;

    // What a project is built to would take the place of its sources.
    let author = Author::new(RAISFAST, &plugins);
    author.succeeds(&["plugin", "new", "project", "--lang", "c"]);
    let dev = [&["plugin", "dev", "project"][..], &flags].concat();
    let said = author.fails(1, &dev);
    assert!(
        said.contains("move the project to a folder of its own"),
        "{said}"
    );
    assert!(plugins.join("project/plugin.c").is_file());
}

/// A call that fails while the command is open names its line there.
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_on_the_way_shows_its_line() {
    let mut terminal = Terminal::open(&["--debug"], &tools());
    let (_, admin) = terminal.log_in().await;
    terminal.says("live: com.example.hello").await;
    terminal.edit(|source| {
        source.replacen(
            "*answer) {\n",
            "*answer) {\n  if (post->title.len == 4) __builtin_trap();\n",
            1,
        )
    });
    terminal.clear();
    terminal.says("live: com.example.hello").await;
    publish(&admin, "trap").await;
    // The call and the log record of it come in either order.
    terminal.says(", failed").await;
    let said = terminal.says("the guest trapped").await;
    assert!(said.contains("at plugin.c:"), "{said}");
    terminal.signal("TERM");
    terminal.ends().await;
}

/// A compiler that takes its time ends with the command.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_ends_with_the_command() {
    let tools = tempfile::tempdir().expect("a temporary folder");
    let id = tools.path().join("id");
    let script = format!("#!/bin/sh\necho $$ > {}\nexec sleep 600\n", id.display());
    put_program(&tools.path().join("clang"), &script);
    let path = std::env::join_paths([tools.path(), Path::new("/usr/bin"), Path::new("/bin")]);
    let mut terminal = Terminal::open(&[], &path.expect("folders"));
    let compiler = eventually("the compiler runs", || async {
        let id = fs::read_to_string(&id).ok()?;
        id.trim().parse::<u32>().ok()
    })
    .await;
    terminal.signal("TERM");
    terminal.ends().await;
    let left = fs::read_dir(terminal.folder.path().join("hello/dist")).expect("the folder");
    assert_eq!(left.count(), 0, "half a build is left");
    eventually("the compiler has ended", || async {
        let alive = Command::new("kill")
            .args(["-0", &compiler.to_string()])
            .output();
        (!alive.expect("kill runs").status.success()).then_some(())
    })
    .await;
}

fn put_program(path: &Path, script: &str) {
    fs::write(path, script).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it can be run");
}

#[test]
fn a_folder_that_is_not_a_project_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let author = Author::new(RAISFAST, folder.path());
    let said = author.fails(1, &["plugin", "dev", "."]);
    assert!(said.contains("raisfast plugin new"), "{said}");
    let help = author.succeeds(&["plugin", "dev", "--help"]);
    assert!(
        help.contains("raisfast plugin dev ~/plugins/my-plugin --private"),
        "{help}"
    );
}
