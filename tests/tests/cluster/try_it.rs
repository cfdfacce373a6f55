//! `cargo xtask cluster`: what it starts can be tried, and ends without a trace.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
    time::Duration,
};

use raisfast_tests::{ChildServer, Client, eventually_within, sample};

use crate::SERVER;

/// Ends the site where the test fails.
struct End(u32);

impl Drop for End {
    fn drop(&mut self) {
        let mut kill = Command::new("kill");
        let _ = kill
            .args(["-TERM", &self.0.to_string()])
            .stderr(Stdio::null())
            .status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_of_two_servers_is_started_tried_and_ended() {
    let program = env!("CARGO_BIN_EXE_try-cluster");
    let folder = tempfile::tempdir().unwrap();
    let (wasm, manifest) = sample("seo");
    fs::write(folder.path().join("plugin.wasm"), wasm).unwrap();
    fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
    let mut running = Command::new(program)
        .args(["2", "127.0.0.1:0"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let _end = End(running.id());
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
    let mut text = String::new();
    for line in lines.by_ref() {
        text.push_str(&line.unwrap());
        text.push('\n');
        if text.contains("Ctrl-C ends") {
            break;
        }
    }
    let after = |words: &str| {
        let (_, rest) = text
            .split_once(words)
            .unwrap_or_else(|| panic!("{words:?} in {text}"));
        rest.lines().next().expect("a line").to_owned()
    };
    let site: SocketAddr = after("The site: http://")
        .split(',')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let admin = Client::new(site)
        .log_in("admin", ChildServer::PASSWORD)
        .await;

    let command = after("# the servers of the site\n  ");
    let words: Vec<_> = command.split(' ').collect();
    assert!(words[0].ends_with("raisfast-under-test"), "{command}");
    let listed = Command::new(SERVER).args(&words[1..]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.lines().count(), 3, "{listed}");

    let kill = after("take over what it held\n  kill -9 ");
    let killed = Command::new("kill").args(["-9", &kill]).status().unwrap();
    assert!(killed.success());
    eventually_within(Duration::from_secs(15), "one is gone", || async {
        let nodes = admin.get("/api/v1/admin/nodes").await;
        (nodes.body.to_string().matches("\"gone\"").count() == 1).then_some(())
    })
    .await;
    let plugin = admin.get("/api/v1/admin/plugins/com.example.seo").await;
    assert_eq!(plugin.expect(200)["state"], "running");

    let own = running.id().to_string();
    let told = Command::new("kill").args(["-TERM", &own]).status().unwrap();
    assert!(told.success());
    assert!(running.wait().unwrap().success());
    let gone = Command::new("kill")
        .args(["-0", &kill])
        .stderr(Stdio::null())
        .status();
    assert!(!gone.unwrap().success());
}
