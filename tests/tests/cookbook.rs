//! The recipes of the book's cookbook, and the samples that are scripts, pass their own cases, as
//! their authors would run them.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

const PAGE: &str = include_str!("../../docs/src/authors/cookbook.md");

/// The recipes in `sample-plugins/`.
fn recipes() -> BTreeSet<String> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample-plugins");
    let folders = fs::read_dir(samples).expect("the samples");
    let names = folders.map(|folder| folder.expect("a folder").file_name());
    let names = names.map(|name| name.into_string().expect("UTF-8"));
    names.filter(|name| name.starts_with("cookbook-")).collect()
}

#[test]
fn the_page_shows_each_recipe_with_its_manifest_and_its_code() {
    let recipes = recipes();
    assert_eq!(recipes.len(), 10, "{recipes:?}");
    for recipe in recipes {
        for file in ["manifest.toml", "src/lib.rs"] {
            let included = format!("{{{{#include ../../../sample-plugins/{recipe}/{file}}}}}");
            assert_eq!(PAGE.matches(&included).count(), 1, "{included}");
        }
    }
}

#[test]
fn each_recipe_passes_its_cases() {
    for recipe in recipes() {
        let built = format!("target/plugins/{recipe}");
        passes(&recipe, &["--built", &built]);
    }
}

#[test]
fn each_script_passes_its_cases() {
    for script in ["masked-words", "post-limit", "reading-time"] {
        passes(script, &[]);
    }
}

fn passes(sample: &str, arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_raisfast-under-test"))
        .args(["plugin", "test"])
        .arg(format!("sample-plugins/{sample}"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .output()
        .expect("the binary runs");
    let printed = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{sample}: {printed}{complained}\nif it is not built, run `cargo xtask build-plugins --guests`"
    );
}
