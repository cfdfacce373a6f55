//! Output that cannot be written: its reader has gone, or its disk is full.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use crate::run::Folder;

/// A pipe that nobody reads any more.
fn reader_has_gone() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

/// A file on a disk that is full.
fn full_disk() -> Stdio {
    File::create("/dev/full").expect("the device").into()
}

/// A server whose log lies in a pipe of the test.
struct Logging {
    child: Child,
    log: BufReader<std::io::PipeReader>,
}

impl Logging {
    /// Starts a server, and returns its address too.
    fn start(folder: &Folder, stdout: Stdio) -> (Self, String) {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let child = folder
            .command(&["--addr", "127.0.0.1:0"], &[("NO_COLOR", "1")])
            .stdout(stdout)
            .stderr(writer)
            .spawn()
            .expect("the binary runs");
        let mut serving = Self {
            child,
            log: BufReader::new(reader),
        };
        let line = serving.log_until("listening");
        let (_, rest) = line.split_once("addr=").expect("an address");
        let address = rest
            .split_whitespace()
            .next()
            .expect("an address")
            .to_owned();
        (serving, address)
    }

    fn log_until(&mut self, text: &str) -> String {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            let read = self.log.read_line(&mut line).expect("UTF-8");
            assert!(read > 0, "the log ends without {text:?}");
        }
        line
    }

    /// Closes the log, sends a signal, and waits for the end.
    fn end(self, signal: &str) -> ExitStatus {
        let Self { mut child, log } = self;
        drop(log);
        send(signal, child.id());
        ended(&mut child)
    }
}

fn send(signal: &str, process: u32) {
    let sent = Command::new("kill")
        .args([format!("-{signal}"), process.to_string()])
        .status()
        .expect("kill runs");
    assert!(sent.success());
}

fn ended(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            panic!("the server does not end");
        }
        std::thread::yield_now();
    }
}

/// Returns true if this process ignores SIGHUP. Its children do too, and a server that was started
/// so does not end by it.
fn is_under_nohup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.expect("the signals that are ignored").trim();
    u64::from_str_radix(ignored, 16).expect("a set of bits") & 1 == 1
}

/// The status line of an answer.
pub(crate) fn get(address: &str, path: &str) -> String {
    let mut connection = TcpStream::connect(address).expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).expect("a request");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("an answer");
    answer.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_command_whose_reader_has_gone_does_what_it_was_asked_for() {
    for arguments in [
        &["config"][..],
        &["plugin", "new", "--lang", "rust", "mine"],
        &["plugin", "wit"],
        &["--help"],
        &["--version"],
    ] {
        let folder = Folder::new();
        let done = folder
            .command(arguments, &[])
            .stdout(reader_has_gone())
            .stderr(reader_has_gone())
            .status()
            .expect("the binary runs");
        assert_eq!(done.code(), Some(0), "{arguments:?}");
        let is_new = arguments.contains(&"new");
        assert_eq!(folder.path("mine/manifest.toml").exists(), is_new);
    }
}

#[test]
fn a_command_says_that_its_output_is_lost_on_a_full_disk() {
    for arguments in [
        &["config"][..],
        &["plugin", "new", "--lang", "rust", "mine"],
        &["plugin", "wit"],
    ] {
        let folder = Folder::new();
        let done = folder
            .command(arguments, &[])
            .stdout(full_disk())
            .stderr(Stdio::piped())
            .output()
            .expect("the binary runs");
        let error = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(error.contains("its output could not be written"), "{error}");
    }
}

#[test]
fn a_command_fails_as_it_would_when_its_error_cannot_be_printed() {
    for stderr in [reader_has_gone(), full_disk()] {
        let done = Folder::new()
            .command(&["plugin", "check", "nowhere"], &[])
            .stdout(Stdio::null())
            .stderr(stderr)
            .status()
            .expect("the binary runs");
        assert_eq!(done.code(), Some(1));
    }
}

#[test]
fn a_server_whose_banner_nobody_reads_serves_and_says_what_became_of_the_password() {
    for stdout in [reader_has_gone(), full_disk()] {
        let folder = Folder::new();
        let (mut serving, address) = Logging::start(&folder, stdout);
        serving.log_until("`raisfast admin password` makes another");
        assert!(get(&address, "/healthz").contains("200"));
        assert_eq!(serving.end("TERM").code(), Some(0));
    }
}

#[test]
fn a_server_whose_log_nobody_reads_serves_and_stops_in_order() {
    for signal in ["TERM", "INT", "HUP"] {
        if signal == "HUP" && is_under_nohup() {
            continue;
        }
        let folder = Folder::new();
        let (mut serving, address) = Logging::start(&folder, Stdio::null());
        // As Ctrl-C on `raisfast 2>&1 | tee log` ends tee first.
        serving.log = BufReader::new(std::io::pipe().expect("a pipe").0);
        let manifest = folder.path("extensions/plugins/broken/manifest.toml");
        std::fs::create_dir_all(manifest.parent().expect("a folder")).expect("a folder");
        std::fs::write(&manifest, "no manifest").expect("the log has something to say");
        assert!(get(&address, "/healthz").contains("200"), "{signal}");
        assert_eq!(serving.end(signal).code(), Some(0), "{signal}");
    }
}

#[test]
fn a_server_whose_log_is_on_a_full_disk_serves_and_stops_in_order() {
    let folder = Folder::new();
    let mut child = folder
        .command(&["--addr", "127.0.0.1:0"], &[])
        .stdout(Stdio::piped())
        .stderr(full_disk())
        .spawn()
        .expect("the binary runs");
    let mut banner = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut first = String::new();
    banner.read_line(&mut first).expect("UTF-8");
    let (_, address) = first.trim().rsplit_once("http://").expect("an address");
    assert!(get(address, "/healthz").contains("200"));
    send("TERM", child.id());
    assert_eq!(ended(&mut child).code(), Some(0));
}

#[test]
fn a_server_whose_log_is_never_read_stops_in_order() {
    let folder = Folder::new();
    // The pipe is open and full: a write to it would wait for ever.
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    let own = writer.try_clone().expect("another end");
    let mut child = folder
        .command(&["--addr", "127.0.0.1:0"], &[("RUST_LOG", "trace")])
        .stdout(Stdio::piped())
        .stderr(own)
        .spawn()
        .expect("the binary runs");
    let mut banner = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut first = String::new();
    banner.read_line(&mut first).expect("UTF-8");
    let (_, address) = first.trim().rsplit_once("http://").expect("an address");
    for _ in 0..50 {
        assert!(get(address, "/healthz").contains("200"));
    }
    send("TERM", child.id());
    assert_eq!(ended(&mut child).code(), Some(0));
    writer.flush().expect("the test's own end is open");
    drop(reader);
}

#[test]
fn a_server_under_nohup_outlives_its_terminal() {
    let folder = Folder::new();
    let shell = format!(
        "trap '' HUP; exec '{}' --addr 127.0.0.1:0",
        env!("CARGO_BIN_EXE_raisfast")
    );
    let mut child = Command::new("sh")
        .args(["-c", &shell])
        .current_dir(folder.path("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
    let mut banner = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut first = String::new();
    banner.read_line(&mut first).expect("UTF-8");
    let (_, address) = first.trim().rsplit_once("http://").expect("an address");
    send("HUP", child.id());
    assert!(get(address, "/healthz").contains("200"));
    send("TERM", child.id());
    assert_eq!(ended(&mut child).code(), Some(0));
}
