//! The commands for a running server need no login on its own machine.

use std::os::unix::fs::PermissionsExt;

use crate::{run::Folder, serve::Serving};

#[test]
fn the_server_s_own_user_needs_no_login() {
    let folder = Folder::new();
    let serving = Serving::start(&folder, &[]);
    let socket = folder.path("data/raisfast.sock");
    let mode = std::fs::metadata(&socket)
        .expect("a socket")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    let list = folder.run(&["outbox", "list"], &[]);
    assert_eq!(
        (list.code, list.stdout.as_str()),
        (0, "no delivery is pending\n"),
        "{list:?}"
    );
    for (arguments, says) in [
        (
            &["plugin", "reset", "com.example.x"][..],
            "no plugin com.example.x is installed",
        ),
        (
            &["cron", "run", "com.example.x", "daily"],
            "no plugin com.example.x is installed",
        ),
        (
            &["outbox", "retry", "0197c9f0-6c1e-7b3a-9d55-1c2e3f405162"],
            "404",
        ),
    ] {
        let done = folder.run(arguments, &[]);
        assert_eq!(done.code, 1, "{done:?}");
        assert!(done.stderr.contains(says), "{done:?}");
    }
    // The variable is often the server's own; the flag says that another server may be meant.
    let address = serving.addr.clone();
    let by_variable = folder.run(&["outbox", "list"], &[("RAISFAST_ADDR", &address)]);
    assert_eq!(by_variable.code, 0, "{by_variable:?}");
    let by_flag = folder.run(&["outbox", "list", "--addr", &address], &[]);
    assert_eq!(by_flag.code, 1, "{by_flag:?}");
    assert!(by_flag.stderr.contains("raisfast login"), "{by_flag:?}");

    assert_eq!(serving.terminate().code, 0);
    assert!(!socket.exists(), "the socket goes with its server");
    let after = folder.run(&["outbox", "list"], &[]);
    assert_eq!(after.code, 1, "{after:?}");
    assert!(after.stderr.contains("--data-dir"), "{after:?}");
}

#[test]
fn a_socket_that_a_killed_server_has_left_is_replaced_and_that_of_a_running_one_is_not() {
    let folder = Folder::new();
    drop(Serving::start(&folder, &[]));
    assert!(folder.path("data/raisfast.sock").exists());
    let first = Serving::start(&folder, &[]);
    assert_eq!(folder.run(&["outbox", "list"], &[]).code, 0);
    // The file of the database is the first one's too.
    let other = [("DATABASE_URL", "sqlite://other.db?mode=rwc")];
    let second = Serving::start(&folder, &other).terminate();
    assert!(
        second
            .stderr
            .contains("another server uses this data folder"),
        "{second:?}"
    );
    assert_eq!(folder.run(&["outbox", "list"], &[]).code, 0);
    assert_eq!(first.terminate().code, 0);
}

#[test]
fn a_server_without_files_to_spare_serves_beside_idle_connections() {
    let folder = Folder::new();
    let serving = Serving::start_by(
        std::process::Command::new("sh")
            .args(["-c", "ulimit -n 256; exec \"$0\" --addr 127.0.0.1:0"])
            .arg(env!("CARGO_BIN_EXE_raisfast"))
            .env_clear()
            .current_dir(folder.path(".")),
    );
    let idle: Vec<_> = (0..300)
        .map(|_| std::net::TcpStream::connect(&serving.addr).expect("a connection"))
        .collect();
    for _ in 0..3 {
        let answer = crate::broken_output::get(&serving.addr, "/healthz");
        assert!(answer.contains("200"), "{answer}");
    }
    drop(idle);
    assert_eq!(serving.terminate().code, 0);
}
