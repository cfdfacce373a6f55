//! The servers start, and nothing of them outlives the process that used them.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use raisfast_test_databases::Server;

/// Set in the child that `a_killed_process_leaves_no_server_behind` kills.
const VICTIM: &str = "RAISFAST_TEST_DATABASES_VICTIM";

/// The folder of the server that a URL leads to.
fn folder(url: &str) -> PathBuf {
    let (_, path) = url.rsplit_once('=').unwrap();
    let path = Path::new(path);
    let folder = if path.ends_with("socket") {
        path.parent().unwrap()
    } else {
        path
    };
    folder.to_owned()
}

/// The processes whose arguments name the folder.
fn processes(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path().join("cmdline")).ok())
        .filter(|command| command.contains(folder))
        .collect()
}

#[test]
fn each_database_is_its_own_and_of_one_server() {
    for server in [Server::Postgres, Server::Mariadb] {
        let (one, other) = (server.fresh_database(), server.fresh_database());
        assert_ne!(one, other);
        assert_eq!(folder(&one), folder(&other));
        assert!(!processes(&folder(&one)).is_empty());
    }
}

#[test]
fn a_killed_process_leaves_no_server_behind() {
    if env::var_os(VICTIM).is_some() {
        for server in [Server::Postgres, Server::Mariadb] {
            println!("url {}", server.fresh_database());
        }
        println!("url end");
        loop {
            thread::park();
        }
    }
    let mut victim = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "a_killed_process_leaves_no_server_behind",
            "--nocapture",
        ])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let folders: Vec<PathBuf> = BufReader::new(victim.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| Some(line.split_once("url ")?.1.to_owned()))
        .take_while(|url| url != "end")
        .map(|url| folder(&url))
        .collect();
    assert_eq!(folders.len(), 2);
    for folder in &folders {
        assert!(!processes(folder).is_empty());
    }
    victim.kill().unwrap();
    victim.wait().unwrap();

    let deadline = Instant::now() + Duration::from_mins(1);
    for folder in folders {
        while folder.exists() || !processes(&folder).is_empty() {
            assert!(Instant::now() < deadline, "{folder:?} is still there");
            thread::sleep(Duration::from_millis(20));
        }
    }
}
