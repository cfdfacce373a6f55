//! `raisfast serve` from its first line to its exit code.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::run::{Done, Folder, done};

/// A server process; killed when a test fails half-way.
pub(crate) struct Serving {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    pub(crate) addr: String,
}

impl Serving {
    pub(crate) fn start(folder: &Folder, environment: &[(&str, &str)]) -> Self {
        Self::start_by(&mut folder.command(&["--addr", "127.0.0.1:0"], environment))
    }

    /// Starts the server that a command runs.
    pub(crate) fn start_by(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut first = String::new();
        stdout.read_line(&mut first).expect("a line");
        let addr = first
            .trim()
            .rsplit_once("http://")
            .unwrap_or_else(|| panic!("an address in {first:?}"))
            .1
            .to_owned();
        Self {
            child,
            stdout,
            addr,
        }
    }

    /// The log up to the line that holds `text`.
    fn log_until(&mut self, text: &str) -> String {
        let stderr = self.child.stderr.as_mut().expect("a pipe");
        let mut log = String::new();
        for line in BufReader::new(stderr).lines() {
            log.push_str(&line.expect("UTF-8"));
            log.push('\n');
            if log.contains(text) {
                return log;
            }
        }
        panic!("the server ended without {text:?}: {log}");
    }

    /// SIGTERM, as a service manager sends it.
    pub(crate) fn terminate(mut self) -> Done {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("kill runs");
        assert!(sent.success());
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).expect("UTF-8");
        let mut stderr = Vec::new();
        let pipe = self.child.stderr.take();
        pipe.expect("a pipe")
            .read_to_end(&mut stderr)
            .expect("the log");
        done(std::process::Output {
            status: self.child.wait().expect("the process ends"),
            stdout: stdout.into_bytes(),
            stderr,
        })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn password(stdout: &str) -> Option<&str> {
    stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("password  "))
}

#[tokio::test]
async fn the_first_start_prints_a_password_once() {
    let folder = Folder::new();
    let first = Serving::start(&folder, &[]).terminate();
    assert_eq!(first.code, 0, "{first:?}");
    let password = password(&first.stdout).expect("a password").to_owned();
    assert!(
        !first.stderr.contains(&password),
        "no secret in the log: {}",
        first.stderr
    );

    let serving = Serving::start(&folder, &[]);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let login: Value = client
        .post(format!("http://{}/api/v1/auth/login", serving.addr))
        .json(&json!({ "username": "admin", "password": password }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(login["token"].is_string(), "{login}");
    let second = serving.terminate();
    assert_eq!(second.code, 0, "{second:?}");
    assert!(!second.stdout.contains("password"), "{}", second.stdout);
}

#[test]
fn a_given_password_is_not_printed() {
    let folder = Folder::new();
    let environment = [("RAISFAST_ADMIN_PASSWORD", "correct horse battery staple")];
    let done = Serving::start(&folder, &environment).terminate();
    assert_eq!(done.code, 0, "{done:?}");
    assert!(!done.stdout.contains("password"), "{}", done.stdout);
    assert!(
        !done.stdout.contains("horse") && !done.stderr.contains("horse"),
        "{done:?}"
    );
}

#[test]
fn an_empty_password_is_none_and_one_is_made() {
    let folder = Folder::new();
    let done = Serving::start(&folder, &[("RAISFAST_ADMIN_PASSWORD", "")]).terminate();
    assert_eq!(done.code, 0, "{done:?}");
    assert!(password(&done.stdout).is_some(), "{}", done.stdout);
}

#[test]
fn an_empty_password_in_the_file_is_refused() {
    let folder = Folder::new().with_file("raisfast.toml", "admin_password = ''\n");
    let done = folder.run(&["--addr", "127.0.0.1:0"], &[]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains("8 to 1024 bytes"), "{done:?}");
}

#[test]
fn a_password_given_later_is_not_used_and_the_log_says_so() {
    let folder = Folder::new();
    let start = |password| {
        let environment = [("RAISFAST_ADMIN_PASSWORD", password)];
        let done = Serving::start(&folder, &environment).terminate();
        assert_eq!(done.code, 0, "{done:?}");
        done.stderr
    };
    let notice = "the password given for `admin` is not used";
    assert!(!start("correct horse").contains(notice));
    assert!(!start("correct horse").contains(notice));
    let log = start("wrong horse");
    assert!(log.contains(notice) && !log.contains("horse"), "{log}");
}

#[test]
fn what_keeps_the_server_from_starting_exits_with_1_and_says_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let folder = Folder::new().with_file("file", "");
    for (arguments, says) in [
        (["--addr", &addr], "RAISFAST_ADDR"),
        (["--data-dir", "file/data"], "--data-dir"),
        (["--database-url", "oracle://x"], "DATABASE_URL"),
    ] {
        let done = folder.run(&arguments, &[]);
        assert_eq!(done.code, 1, "{done:?}");
        let error = done
            .stderr
            .lines()
            .find(|line| line.starts_with("error: "))
            .unwrap_or_default();
        assert!(error.contains(says), "{done:?}");
    }
}

#[test]
fn the_log_tells_of_plugins_and_not_of_how_files_are_watched() {
    let manifest = "[plugin]\nid = 'com.example.x'\nname = 'X'\nversion = '0.1.0'\n";
    let folder = Folder::new()
        .with_file("extensions/plugins/x/manifest.toml", manifest)
        .with_file("extensions/plugins/x/plugin.wasm", "no wasm");
    let mut serving = Serving::start(&folder, &[]);
    std::fs::remove_dir_all(folder.path("extensions/plugins/x")).expect("the plugin is removed");
    let log = serving.log_until("plugin unloaded");
    assert!(log.contains("plugin not loaded: `plugin.wasm`"), "{log}");
    assert!(!log.contains("inotify"), "{log}");
    assert_eq!(serving.terminate().code, 0);
}

#[test]
fn a_second_server_on_the_same_database_is_refused_and_commands_are_not() {
    let folder = Folder::new();
    let serving = Serving::start(&folder, &[]);
    let second = folder.run(&["--addr", "127.0.0.1:0"], &[]);
    assert_eq!(second.code, 1, "{second:?}");
    let process = format!("in use by another server, process {}", serving.child.id());
    for expected in [
        process.as_str(),
        "raisfast.db",
        "DATABASE_URL",
        "--data-dir",
    ] {
        assert!(second.stderr.contains(expected), "{second:?}");
    }
    for command in [&["admin", "password"][..], &["backup", "site.tar.gz"]] {
        let done = folder.run(command, &[]);
        assert_eq!(done.code, 0, "{done:?}");
    }
    serving.terminate();
    // It goes with the process, however that ends.
    let mut killed = Serving::start(&folder, &[]);
    killed.child.kill().expect("it is killed");
    killed.child.wait().expect("it ends");
    Serving::start(&folder, &[]).terminate();
}
