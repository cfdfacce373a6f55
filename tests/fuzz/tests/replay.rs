//! Every input of the corpora, through its target, without a fuzzer.

use std::{collections::BTreeSet, fs, path::PathBuf};

use raisfast_fuzz::{TARGETS, Target};

fn folder(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "corpus", name]
        .iter()
        .collect()
}

/// The inputs of one target, by name.
fn replay(name: &str) {
    let target = Target::named(name);
    let mut inputs: Vec<PathBuf> = fs::read_dir(folder(name))
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "the corpus of {name} is empty");
    for path in inputs {
        // Shown where the target panics.
        println!("{}", path.display());
        target.check(&fs::read(path).expect("the input"));
    }
}

#[test]
fn component() {
    replay("component");
}

#[test]
fn filter_results() {
    replay("filter_results");
}

#[test]
fn manifest() {
    replay("manifest");
}

#[test]
fn sql_gate() {
    replay("sql_gate");
}

#[test]
fn url_policy() {
    replay("url_policy");
}

#[test]
fn vfs_path() {
    replay("vfs_path");
}

#[test]
fn every_target_has_a_binary_and_a_corpus() {
    let names: BTreeSet<String> = TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    let stems = |folder: PathBuf| -> BTreeSet<String> {
        fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .map(|path| path.file_stem().expect("a name").display().to_string())
            .collect()
    };
    let binaries = [env!("CARGO_MANIFEST_DIR"), "targets", "fuzz_targets"];
    assert_eq!(stems(binaries.iter().collect()), names);
    assert_eq!(stems(folder("")), names);
}
