//! `doctor`, where a server runs or the machine is at fault. What a folder and a configuration can
//! have is tested beside the server.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use raisfast_tests::{Manifest, SmallDisk, TestServer, guest};
use serde_json::Value;

use crate::operator::{Done, Operator, ended};

const MOODY: &str = "com.example.moody";

/// Returns what a check has found.
fn findings<'a>(report: &'a Value, check: &str) -> &'a [Value] {
    let checks = report["checks"].as_array().expect("checks");
    let found = checks.iter().find(|one| one["check"] == check);
    let found = found.unwrap_or_else(|| panic!("there is no check {check}: {report}"));
    found["findings"].as_array().expect("findings")
}

/// Reads a report that has found something, and in this check alone.
#[track_caller]
fn found(done: &Done, check: &str) -> Vec<String> {
    assert_eq!(done.code, Some(1), "{done:?}");
    let report: Value = serde_json::from_str(&done.stdout).expect("JSON");
    for other in report["checks"].as_array().expect("checks") {
        let is_well = other["findings"].as_array().is_some_and(Vec::is_empty);
        assert!(is_well || other["check"] == check, "{report}");
    }
    let findings = findings(&report, check).iter();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let texts = findings.map(|one| format!("{}\n{}", text(&one["what"]), text(&one["remedy"])));
    texts.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_is_paused_is_found_until_it_is_reset() {
    let manifest = Manifest::new(MOODY, &["on-post-creating"])
        .with("[permissions]\ntimeout_ms = 1000\n[pool]\nsize = 1");
    let server = TestServer::with()
        .config(|config| config.plugins.breaker.pause = Duration::from_mins(10))
        .guest("moody", &manifest)
        .start()
        .await;
    let operator = Operator::of(&server);
    let healthy = operator.run(&["doctor"]).await;
    assert!(healthy.stdout.contains("plugins        ok"), "{healthy:?}");

    for _ in 0..5 {
        server.publish("fail").await;
    }
    let done = operator.run(&["doctor", "--json"]).await;
    let report: Value = serde_json::from_str(&done.stdout).expect("JSON");
    let [paused] = findings(&report, "plugins") else {
        panic!("{report}");
    };
    let what = paused["what"].as_str().expect("text");
    assert!(
        what.starts_with(&format!("{MOODY} is paused for on-post-creating: ")),
        "{what}"
    );
    let remedy = paused["remedy"].as_str().expect("text");
    let command = remedy.lines().next().expect("a line");
    assert_eq!(command, format!("raisfast plugin reset {MOODY}"));

    // The remedy is a command that can be pasted.
    let words: Vec<_> = command.split(' ').skip(1).collect();
    operator.says(&words).await;
    let report = operator.run(&["doctor", "--json"]).await;
    let report: Value = serde_json::from_str(&report.stdout).expect("JSON");
    assert!(findings(&report, "plugins").is_empty(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_disk_is_found() {
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: only root may mount a file system");
        return;
    };
    let operator = Operator::elsewhere();
    let mut command = operator.command(&["doctor", "--json"]);
    command
        .env("RAISFAST_DATA_DIR", disk.path())
        .env("RAISFAST_ADDR", "127.0.0.1:0");
    let found = found(&ended(command).await, "disk");
    assert_eq!(found.len(), 1, "a disk is named once: {found:?}");
    let folder = disk.path().display().to_string();
    assert!(
        found[0].contains(&folder) && found[0].contains(" free, and should have 256.0 MiB"),
        "{found:?}"
    );
}

/// A user namespace of its own may have no inotify instance.
#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_gives_no_inotify_instance_is_found() {
    let operator = Operator::elsewhere();
    let alone = |script: &str| {
        let mut command = Command::new("unshare");
        command
            .args(["--user", "--map-root-user", "sh", "-c", script])
            .arg(operator.command(&[]).get_program())
            .env("HOME", operator.home())
            .env("RAISFAST_ADDR", "127.0.0.1:0")
            .current_dir(operator.home())
            .stdin(Stdio::null());
        command
    };
    let limit = "echo 0 > /proc/sys/user/max_inotify_instances";
    let may = ended(alone(limit)).await;
    if may.code != Some(0) {
        println!("skipped: no namespace can be made here: {}", may.stderr);
        return;
    }
    let done = ended(alone(&format!("{limit}; exec \"$0\" doctor --json"))).await;
    let found = found(&done, "limits");
    assert!(
        found[0].contains("no inotify instance") && found[0].contains("max_user_instances"),
        "{found:?}"
    );
    // Where nothing is watched, none is needed.
    let unwatched = "export PLUGIN_HOT_RELOAD=false; exec \"$0\" doctor";
    let done = ended(alone(&format!("{limit}; {unwatched}"))).await;
    assert_eq!(done.code, Some(0), "{done:?}");
}

/// A server that is stopped as it stands takes connections, and answers nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_found() {
    let operator = Operator::elsewhere();
    let mut server = operator.command(&["serve", "--addr", "127.0.0.1:0"]);
    let server = Stopped::start(&mut server, &operator.home().join("data")).await;
    let done = operator.run(&["doctor", "--json"]).await;
    let report: Value = serde_json::from_str(&done.stdout).expect("JSON");
    let found = findings(&report, "server");
    assert_eq!((done.code, found.len()), (Some(1), 2), "{report}");
    for (finding, path) in found.iter().zip(["healthz", "readyz"]) {
        let what = finding["what"].as_str().expect("text");
        assert_eq!(what, format!("GET /{path} has no answer after 5 s"));
    }
    drop(server);
}

/// A server that stands still. It is killed when this is dropped.
struct Stopped(Child);

impl Stopped {
    async fn start(command: &mut Command, data: &Path) -> Self {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null());
        let server = Self(child.spawn().expect("the binary runs"));
        raisfast_tests::eventually("its socket is there", || async {
            std::os::unix::net::UnixStream::connect(data.join("raisfast.sock"))
                .ok()
                .map(drop)
        })
        .await;
        let stopped = Command::new("kill")
            .args(["-STOP", &server.0.id().to_string()])
            .status();
        assert!(stopped.expect("kill runs").success());
        server
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A database that cannot be reached makes a server unready, and its other checks go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_ready_is_found() {
    let server = TestServer::with()
        .plugin(
            "moody",
            guest("moody"),
            Manifest::new(MOODY, &["on-post-creating"]).text(),
        )
        .start()
        .await;
    let operator = Operator::of(&server);
    server.server().database().close().await;
    let done = operator.run(&["doctor", "--json"]).await;
    let report: Value = serde_json::from_str(&done.stdout).expect("JSON");
    let [unready] = findings(&report, "server") else {
        panic!("{report}");
    };
    let what = unready["what"].as_str().expect("text");
    assert!(what.starts_with("GET /readyz returns 503"), "{what}");
}
