//! `raisfast doctor`: each fault is found by its own check, and nothing on a healthy site.

use std::{
    fs::{self, Permissions},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
};

use serde_json::Value;

use crate::{
    run::{Done, Folder},
    serve::Serving,
};

/// A component that imports and exports nothing.
const EMPTY: &str = "\0asm\x0d\0\x01\0";
const QUIET: &str = "[plugin]\nid = 'com.example.quiet'\nname = 'Quiet'\nversion = '1.2.3'\nruntime = 'wasm'\nentry = 'plugin.wasm'\n";

/// A site that is well, with a plugin. Nothing listens on its address.
fn site() -> Folder {
    let folder = Folder::new()
        .with_file("raisfast.toml", "addr = '127.0.0.1:0'\n")
        .with_file("extensions/plugins/quiet/manifest.toml", QUIET)
        .with_file("extensions/plugins/quiet/plugin.wasm", EMPTY);
    assert_eq!(Serving::start(&folder, &[]).terminate().code, 0);
    folder
}

fn json(done: &Done) -> Value {
    serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"))
}

/// Returns the checks that have found something, with all that they say.
fn found(done: &Done) -> Vec<(String, String)> {
    let report = json(done);
    let checks = report["checks"].as_array().expect("checks").iter();
    checks
        .filter(|check| {
            check["findings"]
                .as_array()
                .is_some_and(|found| !found.is_empty())
        })
        .map(|check| {
            let name = check["check"].as_str().expect("a name").to_owned();
            (name, check["findings"].to_string())
        })
        .collect()
}

/// Expects one check to find something, and no other.
fn finds(folder: &Folder, environment: &[(&str, &str)], check: &str, says: &str) {
    let done = folder.run(&["doctor", "--json"], environment);
    assert_eq!(done.code, 1, "{check}: {done:?}");
    let found = found(&done);
    assert_eq!(found.len(), 1, "{check}: {found:?}");
    assert_eq!(found[0].0, check, "{found:?}");
    assert!(found[0].1.contains(says), "{says} in {found:?}");
    let text = folder.run(&["doctor"], environment);
    let is_short = |line: &str| {
        line.chars().count() <= 80 || line.contains(folder.path("").to_str().expect("UTF-8"))
    };
    assert!(text.stdout.lines().all(is_short), "{text:?}");
    assert!(
        text.stdout.contains("  why: ") && text.stdout.contains("  do:  "),
        "{text:?}"
    );
}

fn sql(folder: &Folder, statement: &str) {
    let database = rusqlite::Connection::open(folder.path("data/raisfast.db")).expect("a database");
    database.execute_batch(statement).expect(statement);
}

#[test]
fn a_healthy_site_is_well_with_a_server_and_without() {
    let empty = Folder::new().run(&["doctor"], &[("RAISFAST_ADDR", "127.0.0.1:0")]);
    assert_eq!(empty.code, 0, "{empty:?}");
    let folder = site();
    let stopped = folder.run(&["doctor"], &[]);
    assert_eq!(stopped.code, 0, "{stopped:?}");
    assert!(!stopped.stdout.contains("not checked"), "{stopped:?}");
    let serving = Serving::start(&folder, &[]);
    let running = folder.run(&["doctor"], &[]);
    assert_eq!(running.code, 0, "{running:?}");
    assert!(!running.stdout.contains("not checked"), "{running:?}");
    assert_eq!(running.stderr, "");
    assert_eq!(serving.terminate().code, 0);
}

#[test]
fn a_misspelt_variable_is_found() {
    finds(
        &site(),
        &[("PLUGIN_DIRR", "x")],
        "configuration",
        "PLUGIN_DIR",
    );
}

#[test]
fn a_file_with_passwords_that_others_read_is_found() {
    let folder = site().with_file(
        "raisfast.toml",
        "addr = '127.0.0.1:0'\nadmin_password = 'hunter22'\n",
    );
    fs::set_permissions(folder.path("raisfast.toml"), Permissions::from_mode(0o644))
        .expect("its mode");
    finds(&folder, &[], "configuration", "chmod go-r");
}

#[test]
fn a_setting_that_is_certain_to_be_unsafe_is_found() {
    let folder = site().with_file(
        "raisfast.toml",
        "addr = '127.0.0.1:0'\n[metrics]\nallowed_networks = ['0.0.0.0/0']\n",
    );
    finds(&folder, &[], "security", "/metrics");
}

#[test]
fn a_data_folder_that_others_write_to_is_found() {
    let folder = site();
    fs::set_permissions(folder.path("data"), Permissions::from_mode(0o777)).expect("its mode");
    finds(&folder, &[], "folders", "chmod");
}

#[test]
fn a_database_that_others_read_is_found() {
    let folder = site();
    fs::set_permissions(
        folder.path("data/raisfast.db"),
        Permissions::from_mode(0o644),
    )
    .expect("its mode");
    finds(&folder, &[], "folders", "chmod go-rwx");
}

#[test]
fn too_few_files_are_found() {
    let folder = site();
    let done = std::process::Command::new("sh")
        .args(["-c", "ulimit -n 256; exec \"$0\" doctor --json"])
        .arg(env!("CARGO_BIN_EXE_raisfast"))
        .env_clear()
        .current_dir(folder.path("."))
        .output()
        .expect("a shell");
    let found = found(&crate::run::done(done));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "limits");
    assert!(found[0].1.contains("LimitNOFILE"), "{found:?}");
}

#[test]
fn an_address_that_is_taken_and_a_server_that_was_killed_are_found() {
    let folder = site();
    let taken = TcpListener::bind("127.0.0.1:0").expect("an address");
    let addr = taken.local_addr().expect("an address").to_string();
    finds(
        &folder,
        &[("RAISFAST_ADDR", &addr)],
        "server",
        "none can listen",
    );
    drop(Serving::start(&folder, &[]));
    finds(&folder, &[], "server", "without stopping");
}

#[test]
fn a_database_that_is_damaged_or_newer_is_found() {
    let folder = site();
    sql(
        &folder,
        "INSERT INTO seaql_migrations VALUES ('m9999_contracts_the_future', 1)",
    );
    finds(&folder, &[], "database", "m9999_contracts_the_future");
    fs::write(folder.path("data/raisfast.db"), "not a database at all").expect("a file");
    finds(&folder, &[], "database", "cannot be used");
}

#[test]
fn a_clock_that_went_back_is_found() {
    let folder = site();
    sql(
        &folder,
        "INSERT INTO tokens (hash, user_id, created_at, expires_at) \
         SELECT 'x', id, '2999-01-01T00:00:00.000Z', '2999-02-01T00:00:00.000Z' FROM users",
    );
    finds(&folder, &[], "clock", "the clock is behind");
}

#[test]
fn a_plugin_that_cannot_be_loaded_is_found_with_a_server_and_without() {
    let folder = site().with_file(
        "extensions/plugins/broken/manifest.toml",
        "[plugin]\nid = 7\n",
    );
    finds(&folder, &[], "plugins", "raisfast plugin check");
    let serving = Serving::start(&folder, &[]);
    finds(&folder, &[], "plugins", "raisfast plugin check");
    drop(serving);
}

#[test]
fn dead_letters_are_found() {
    let folder = site();
    sql(
        &folder,
        "INSERT INTO outbox (delivery_id, plugin_id, hook, record_kind, record_id, params, created_at, attempts, next_attempt_at, state) \
         VALUES ('d', 'com.example.quiet', 'on-post-created', 'post', 'p', '[]', '2026-01-01T00:00:00.000Z', 8, '2026-01-01T00:00:00.000Z', 'dead')",
    );
    finds(&folder, &[], "outbox", "raisfast outbox retry");
}

#[test]
fn a_configuration_that_cannot_be_read_exits_with_2() {
    let done = site()
        .with_file("raisfast.toml", "addr = 7\n")
        .run(&["doctor"], &[]);
    assert_eq!(done.code, 2, "{done:?}");
    let done = Folder::new().run(&["doctor"], &[("DATABASE_URL", "nonsense")]);
    assert_eq!(done.code, 2, "{done:?}");
}
