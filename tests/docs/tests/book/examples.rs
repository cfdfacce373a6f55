//! Examples in other languages than Rust.

use std::collections::BTreeSet;

use raisfast_contract::TablePrefix;
use raisfast_host_api::{Grants, capability::Dialect, migration::Migration};
use raisfast_manifest::Manifest;
use regex::Regex;

use crate::page::{Page, pages, read};

/// The table that a fragment of a manifest belongs to.
const PLUGIN: &str =
    "[plugin]\nid = \"com.example.fragment\"\nname = \"Fragment\"\nversion = \"0.1.0\"\n\n";

#[test]
fn every_example_is_of_a_kind_that_is_tested() {
    for page in pages() {
        for block in &page.blocks {
            let kind = (block.language.as_str(), block.kind.as_str());
            let known = match kind.0 {
                // `tests/tests/tutorial` builds those of the tutorial.
                "rust" => matches!(kind.1, "" | "no_run" | "tutorial"),
                "toml" => matches!(
                    kind.1,
                    "manifest" | "fragment" | "config" | "cargo" | "cases"
                ),
                // `tests/tests/backup.rs` runs them.
                "sh" => matches!(kind.1, "" | "back-up" | "restore"),
                // `crates/content/tests/rendering.rs` renders and sanitises them.
                "html" => matches!(kind.1, "rendered" | "kept" | "shown"),
                // `tests/tests/proxies.rs` starts them.
                "text" => matches!(kind.1, "" | "nginx" | "caddy"),
                // `tests/tests/tutorial` runs those of the tutorial, and loads the others.
                "js" | "lua" | "rhai" => matches!(kind.1, "tutorial" | "script"),
                "json" | "sql" | "wit" | "markdown" => kind.1.is_empty(),
                _ => false,
            };
            // Guests, templates and settings are built and read by tests of their own.
            assert!(
                known || block.included.is_some(),
                "{}: nothing tests ```{} {}\n{}",
                page.path,
                kind.0,
                kind.1,
                block.text
            );
            let compiled = raisfast_docs::COMPILED.contains(&page.path.as_str())
                || block.included.is_some()
                || block.kind == "tutorial";
            assert!(
                compiled || kind.0 != "rust",
                "{}: add the page to tests/docs/src/lib.rs",
                page.path
            );
        }
    }
}

#[test]
fn manifests_are_accepted() {
    let mut seen = 0;
    for page in pages() {
        for block in page.blocks_in("toml") {
            let text = match block.kind.as_str() {
                "manifest" => block.text.clone(),
                "fragment" => format!("{PLUGIN}{}", block.text),
                _ => continue,
            };
            if let Err(errors) = Manifest::parse(&page.path, &text) {
                panic!("{}:\n{errors}", page.path);
            }
            seen += 1;
        }
    }
    assert!(seen >= 8, "only {seen} manifests were found");
}

#[test]
fn migrations_are_let_through_on_every_database() {
    let plugin = "com.example.my-shop".parse().expect("an id");
    let grants = Grants {
        own_tables: Some(TablePrefix::of(&plugin)),
        ..Grants::default()
    };
    let mut seen = 0;
    for page in pages() {
        for block in page.blocks_in("sql") {
            for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
                let migration = Migration::parse(dialect, &grants, "0001.sql", &block.text);
                if let Err(error) = migration {
                    panic!("{}: {error}", page.path);
                }
            }
            seen += 1;
        }
    }
    assert!(seen > 0);
}

/// The parser of `raisfast.toml` is the server's own, and its tests hold the example file to be
/// complete and valid. So a setting of the book must be one of that file.
#[test]
fn settings_of_the_server_are_those_of_its_example_file() {
    let known = settings(&read("crates/server/raisfast.example.toml"));
    for page in pages() {
        for block in page
            .blocks_in("toml")
            .filter(|block| block.kind == "config")
        {
            for setting in settings(&block.text) {
                assert!(
                    known.contains(&setting),
                    "{}: the server has no setting {setting}",
                    page.path
                );
            }
        }
    }
}

/// The paths of all settings; what operators name themselves is `*`.
fn settings(text: &str) -> BTreeSet<String> {
    fn collect(table: &toml::Table, path: &str, settings: &mut BTreeSet<String>) {
        for (key, value) in table {
            let own = path == "site" || path.ends_with("config") || key.contains('.');
            let path = format!("{path}.{}", if own { "*" } else { key });
            let path = path.trim_start_matches('.');
            match value {
                toml::Value::Table(table) => collect(table, path, settings),
                _ => drop(settings.insert(path.to_owned())),
            }
        }
    }
    let table = text
        .parse()
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut settings = BTreeSet::new();
    collect(&table, "", &mut settings);
    settings
}

#[test]
fn cargo_examples_are_toml_that_names_crates_of_this_workspace() {
    for page in pages() {
        for block in page.blocks_in("toml").filter(|block| block.kind == "cargo") {
            let manifest: toml::Table = block.text.parse().expect("Cargo.toml is TOML");
            if manifest.contains_key("lib") {
                replaces_what_cargo_new_has_written(&page.path, &block.text);
            }
            let dependencies = manifest["dependencies"].as_table().expect("a table");
            for (name, dependency) in dependencies {
                let path = dependency["path"].as_str().expect("a path");
                let path = path
                    .strip_prefix("../raisfast/")
                    .expect("a clone beside the plugin");
                let found: toml::Table = read(&format!("{path}/Cargo.toml")).parse().expect("TOML");
                assert_eq!(
                    found["package"]["name"].as_str(),
                    Some(name.as_str()),
                    "{}",
                    page.path
                );
            }
        }
    }
}

/// Runs cargo on the file beside the source that `cargo new --lib` makes. A part of it would not
/// do: the existing file has `[package]` and `[dependencies]` already.
fn replaces_what_cargo_new_has_written(page: &str, manifest: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = folder.path().join("src");
    std::fs::create_dir(&source).expect("a folder is made");
    std::fs::write(source.join("lib.rs"), "").expect("it is written");
    std::fs::write(folder.path().join("Cargo.toml"), manifest).expect("it is written");
    let read = std::process::Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(folder.path())
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "{page}: {said}");
}

#[test]
fn json_is_json() {
    let data = Regex::new(r"-d '([^']*)'").expect("a pattern");
    let mut bodies = 0;
    for page in pages() {
        for block in page.blocks_in("json") {
            let parsed = serde_json::from_str::<serde_json::Value>(&block.text);
            assert!(parsed.is_ok(), "{}: {parsed:?}\n{}", page.path, block.text);
        }
        for block in page.blocks_in("sh") {
            for body in data.captures_iter(&block.text) {
                let parsed = serde_json::from_str::<serde_json::Value>(&body[1]);
                assert!(parsed.is_ok(), "{}: {parsed:?}: {}", page.path, &body[1]);
                bodies += 1;
            }
        }
    }
    assert!(bodies >= 5, "only {bodies} bodies of requests were found");
}

#[test]
fn wit_is_that_of_the_contract() {
    let contract = read("plugin-wit/plugin.wit");
    let lines: BTreeSet<&str> = contract.lines().map(str::trim).collect();
    for page in pages() {
        for block in page.blocks_in("wit") {
            for line in block.text.lines() {
                assert!(
                    lines.contains(line.trim()),
                    "{}: plugin.wit has no `{line}`",
                    page.path
                );
            }
        }
    }
}

#[test]
fn the_quick_start_is_the_sample() {
    let page = Page::read("docs/src/authors/quick-start.md");
    let code = page.blocks_in("rust").next().expect("the plugin");
    assert_eq!(code.text, read("sample-plugins/quick-start/src/lib.rs"));
    let manifest = page.blocks.iter().find(|block| block.kind == "manifest");
    let manifest = &manifest.expect("the manifest").text;
    assert_eq!(*manifest, read("sample-plugins/quick-start/manifest.toml"));
}

/// A command of ours in an example or a table is one that there is.
#[test]
fn commands_exist() {
    let xtask = read("xtask/src/main.rs").to_lowercase().replace('_', "");
    let server = read("crates/server/src/cli.rs").to_lowercase();
    let command = Regex::new(r"(cargo xtask|raisfast) ([a-z][a-z-]*)").expect("a pattern");
    for page in pages() {
        let examples = page.blocks_in("sh").flat_map(|block| block.text.lines());
        let inline = page.code.iter().map(String::as_str);
        for line in examples
            .chain(inline)
            .filter(|line| !line.contains("cargo new"))
        {
            for found in command.captures_iter(line) {
                let name = found[2].replace('-', "");
                let commands = if &found[1] == "raisfast" {
                    &server
                } else {
                    &xtask
                };
                let variant = Regex::new(&format!(r"\n    {name}\(")).expect("a pattern");
                assert!(
                    variant.is_match(commands),
                    "{}: there is no `{}`",
                    page.path,
                    &found[0]
                );
            }
        }
    }
}
