//! The column "does not know" of the table of crates, as far as dependencies can show it.

use std::{collections::BTreeSet, process::Command};

use crate::page::root;

/// Crates, the features that they are asked for with, and packages that they never bring.
const UNKNOWN: &[(&str, &str, &[&str])] = &[
    ("raisfast-contract", "", &["wasmtime", "tokio"]),
    ("raisfast-hooks", "", &["wasmtime"]),
    ("raisfast-health", "", &["notify", "sea-orm", "wasmtime"]),
    ("raisfast-host-api", "", &["sqlparser", "wasmtime"]),
    (
        "raisfast-host-api",
        "sessions",
        &["opendal", "reqwest", "sea-orm", "wasmtime"],
    ),
    ("raisfast-vfs", "", &["sqlparser", "wasmtime"]),
    ("raisfast-http", "", &["sqlparser", "wasmtime"]),
    ("raisfast-db", "", &["wasmtime"]),
    ("raisfast-outbox", "", &["wasmtime", "axum"]),
    ("raisfast-cluster", "", &["wasmtime", "axum"]),
    ("raisfast-content", "", &["wasmtime", "axum"]),
    ("raisfast-runtime", "", &["sea-orm", "opendal", "axum"]),
];

#[test]
fn no_crate_brings_what_it_does_not_know() {
    for (package, features, unknown) in UNKNOWN {
        let brought = dependencies(package, features);
        assert!(brought.contains(*package), "{package}: {brought:?}");
        for name in *unknown {
            assert!(
                !brought.contains(*name),
                "{package} with the features `{features}` brings {name}; \
                 `cargo tree --package {package} --edges normal --invert {name}` shows by which way"
            );
        }
    }
}

fn dependencies(package: &str, features: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["tree", "--frozen", "--edges", "normal", "--prefix", "none"])
        .args(["--package", package, "--features", features])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).unwrap();
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}
