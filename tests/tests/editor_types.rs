//! The types that editors get in a project in JavaScript or Python are those that the languages'
//! own tools make of the contract, and those of scripts are what scripts can call.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use raisfast_contract::HookName;
use raisfast_script_interface::functions::{HOST, SDK};
use raisfast_tests::tools;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder for what is made anew, which stays so that it can be copied.
fn empty_folder(name: &str) -> PathBuf {
    let folder = workspace().join("target/editor-types").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder of the last run");
    }
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Writes the contract as a project with every hook gets it: with one world, which exports all
/// their interfaces.
fn contract(language: &str) -> PathBuf {
    let contract = fs::read_to_string(workspace().join("plugin-wit/plugin.wit"));
    let mut interfaces = HookName::ALL.map(HookName::interface).to_vec();
    interfaces.dedup();
    let exports = interfaces.iter().map(|interface| {
        let (_, own_name) = interface.rsplit_once('/').expect("a package's interface");
        format!("  export {own_name};\n")
    });
    let exports: String = exports.collect();
    let contract = contract.expect("it is there");
    let world = contract.replacen("  export plugin-hooks;\n", &exports, 1);
    let path = empty_folder(&format!("{language}-contract")).join("plugin.wit");
    fs::write(&path, world).expect("the folder is there");
    path
}

fn run(command: &mut Command) {
    let output = command.env("PATH", tools()).output();
    let output =
        output.expect("it runs; if it is missing, run `cargo xtask setup --lang js,python`");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}{errors}");
}

fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("it lies in it").to_owned();
                found.insert(name, fs::read_to_string(&path).expect("text"));
            }
        }
    }
    found
}

/// Compares each committed file with the one made now. The tools make further files, which no
/// editor needs.
fn are_as_made(language: &str, made: &Path) {
    let committed = workspace().join("crates/project/bindings").join(language);
    let new = files(made);
    let old = files(&committed);
    assert!(!old.is_empty());
    for (name, text) in old {
        assert!(
            new.get(&name) == Some(&text),
            "{} is not what {language}'s tool makes of the contract now; take it from {}",
            committed.join(&name).display(),
            made.display()
        );
    }
}

#[test]
fn of_javascript() {
    let made = empty_folder("js");
    let jco =
        workspace().join("target/toolchains/node/node_modules/@bytecodealliance/jco-transpile");
    run(Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/editor_types/generate.mjs"))
        .arg(fs::canonicalize(&jco).unwrap_or(jco))
        .arg(contract("js"))
        .arg(&made));
    are_as_made("js", &made);
}

#[test]
fn of_python() {
    let made = empty_folder("python");
    run(Command::new("componentize-py")
        .arg("-d")
        .arg(contract("python"))
        .args(["-w", "plugin-world", "bindings"])
        .arg(&made));
    are_as_made("python", &made);
}

/// A script that uses all there is, and what an editor has to refuse.
const EVERY_FUNCTION: &str = include_str!("editor_types/every_function.js");

#[test]
fn of_scripts() {
    let is_of_host = |line: &&str| line.contains("Host.");
    let (of_host, of_sdk): (Vec<&str>, Vec<&str>) = EVERY_FUNCTION.lines().partition(is_of_host);
    let [of_host, of_sdk] = [of_host, of_sdk].map(|lines| lines.join("\n"));
    for function in SDK {
        let call = format!("{}(", function.name);
        assert!(of_sdk.contains(&call), "{call} is not tried");
    }
    for function in HOST {
        let call = format!("Host.{}(", function.name);
        assert!(of_host.contains(&call), "{call} is not tried");
    }
    let project = empty_folder("js-script");
    let crates = workspace().join("crates");
    for (from, name) in [
        (crates.join("scripts/js/library/sdk.d.ts"), "sdk.d.ts"),
        (
            crates.join("project/templates/js-script/jsconfig.json"),
            "jsconfig.json",
        ),
        (
            crates.join("project/templates/js-script/main.js"),
            "main.js",
        ),
    ] {
        fs::copy(from, project.join(name)).expect("it is copied");
    }
    fs::write(project.join("every_function.js"), EVERY_FUNCTION).expect("it is written");
    run(Command::new("tsc")
        .args(["--noEmit", "--project", "jsconfig.json"])
        .current_dir(&project));
}
