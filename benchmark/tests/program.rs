//! The program is also what its scenarios start.

use std::process::Command;

#[test]
fn the_program_is_the_compiler_of_its_servers() {
    let told = Command::new(env!("CARGO_BIN_EXE_raisfast-benchmark"))
        .args(["compile-worker", "--help"])
        .output()
        .unwrap();
    let usage = String::from_utf8(told.stdout).unwrap();
    assert!(
        told.status.success() && usage.contains("compile-worker"),
        "{usage}"
    );
}
