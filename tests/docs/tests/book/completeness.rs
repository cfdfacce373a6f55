//! The references leave nothing out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use raisfast_contract::{
    HookName,
    interface::{self, HostInterface},
};
use raisfast_host_api::{ErrorCode, Quotas};
use regex::Regex;
use serde_json::Value;

use crate::page::{Page, files_below, read, root};

#[test]
fn the_manifest_reference_has_every_key_with_its_bounds_and_default() {
    let page = Page::read("docs/src/authors/manifest.md");
    let schema = raisfast_manifest::json_schema();
    let mut keys = Vec::new();
    for (table, schema) in schema["properties"].as_object().expect("tables") {
        let schema = match table.as_str() {
            "hooks" => &schema["properties"]["on-content-creating"],
            "cron" => &schema["items"],
            _ => schema,
        };
        let properties = schema["properties"].as_object();
        keys.extend(
            properties
                .into_iter()
                .flatten()
                .map(|(key, schema)| (table.clone(), key, schema)),
        );
        assert!(
            page.anchors
                .iter()
                .any(|anchor| anchor.starts_with(table.as_str())),
            "{table}"
        );
    }
    assert!(keys.len() > 30, "the schema has {} keys", keys.len());
    for (table, key, schema) in keys {
        let row = row(&page, &table, key);
        for bound in ["minimum", "maximum"] {
            let bound = schema[bound].as_i64().filter(|_| table != "limits");
            if let Some(bound) = bound {
                assert!(
                    row.contains(&written(bound)),
                    "[{table}] {key} lacks {}: {row}",
                    written(bound)
                );
            }
        }
        match &schema["default"] {
            Value::Null => {}
            Value::String(default) => {
                assert!(row.contains(&format!("`\"{default}\"`")), "{key}: {row}");
            }
            default => assert!(
                row.contains(&format!("`{default}`")),
                "[{table}] {key}: {row}"
            ),
        }
    }
}

#[test]
fn the_manifest_reference_has_the_default_of_every_limit() {
    let page = Page::read("docs/src/authors/manifest.md");
    for (key, default) in Quotas::default().by_key() {
        let default = default.try_into().expect("a number that people write");
        let row = row(&page, "limits", key);
        assert!(row.contains(&format!("| {} |", written(default))), "{row}");
    }
}

/// The row of a key in the section of its table.
fn row(page: &Page, table: &str, key: &str) -> String {
    let begin = [format!("## `[{table}"), format!("## `[[{table}")];
    let mut lines = page.text.lines();
    lines
        .find(|line| begin.iter().any(|begin| line.starts_with(begin)))
        .unwrap_or_else(|| panic!("no section is about [{table}]"));
    lines
        .take_while(|line| !line.starts_with("## "))
        .find(|line| line.starts_with(&format!("| `{key}` |")))
        .unwrap_or_else(|| panic!("[{table}] {key} is not in the reference"))
        .to_owned()
}

/// A number as people write it: 1,000,000.
fn written(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{}{text}", if number < 0 { "-" } else { "" })
}

#[test]
fn the_hooks_page_has_every_hook_with_its_signature() {
    let page = Page::read("docs/src/authors/hooks.md");
    for hook in HookName::ALL {
        assert!(
            page.anchors.contains(&hook.to_string()),
            "{hook} has no heading"
        );
    }
    assert_eq!(signatures(&page), HookName::ALL.map(HookName::as_str));
}

#[test]
fn the_host_api_page_has_every_function_with_an_example_and_what_it_answers() {
    let page = Page::read("docs/src/authors/host-api.md");
    let promised = functions("host-api");
    assert_eq!(promised.len(), 19);
    let interfaces = interface::of_the_contract().map(HostInterface::own_name);
    let all: Vec<String> = interfaces.flat_map(functions).collect();
    assert_eq!(signatures(&page), all);
    for section in page.text.split("\n### ").skip(1) {
        let name = section.lines().next().unwrap_or_default();
        let call = format!("{}(", name.replace('-', "_"));
        let call = if promised.iter().any(|function| function == name) {
            format!("host_api::{call}")
        } else {
            call
        };
        for part in [
            "```rust",
            &call,
            "- **Success:**",
            "- **Failure:**",
            "- **Needs:**",
        ] {
            assert!(section.contains(part), "{name} lacks {part}");
        }
    }
}

/// The languages beside Rust, as tabs name them, with the folders of their examples.
const LANGUAGES: [(&str, &str); 5] = [
    ("C", "c"),
    ("Zig", "zig"),
    ("Go", "go"),
    ("JavaScript", "js"),
    ("Python", "python"),
];

#[test]
fn the_host_api_page_has_an_example_of_every_function_in_every_language() {
    let page = Page::read("docs/src/authors/host-api.md");
    let interfaces = interface::of_the_contract().map(HostInterface::own_name);
    let functions: Vec<String> = interfaces.flat_map(functions).collect();
    assert!(functions.len() >= 35, "{functions:?}");
    for function in &functions {
        let section = page
            .text
            .split("\n### ")
            .find(|section| section.lines().next() == Some(function))
            .unwrap_or_else(|| panic!("{function} has no section"));
        for (title, folder) in LANGUAGES {
            let tab = format!("<details class=\"language\">\n<summary>{title}</summary>\n");
            let (_, tab) = section
                .split_once(&tab)
                .unwrap_or_else(|| panic!("{function} has no example in {title}"));
            let (tab, _) = tab.split_once("</details>").expect("a tab ends");
            let included = format!("tests/docs/host-api/{folder}/");
            let example = format!(":{function}}}}}");
            assert!(
                tab.contains(&included) && tab.contains(&example),
                "{function} in {title} is not included from {included}: {tab}"
            );
        }
    }
    // Each is there, under its name: a page that includes what is not cannot be read.
    for (title, folder) in LANGUAGES {
        let of_it = page.blocks.iter().filter(|block| {
            let included = block.included.as_deref().unwrap_or_default();
            included.starts_with(&format!("tests/docs/host-api/{folder}/"))
        });
        let texts: BTreeSet<&str> = of_it.map(|block| block.text.as_str()).collect();
        assert!(texts.len() > functions.len(), "{title} has some twice");
    }
}

#[test]
fn the_http_page_has_every_error() {
    let page = Page::read("docs/src/authors/http.md");
    let contract = read("plugin-wit/plugin.wit");
    let (_, http) = contract
        .split_once("interface http {")
        .expect("it is there");
    let (_, errors) = http.split_once("variant error {").expect("it has errors");
    let (errors, _) = errors.split_once("\n  }").expect("it ends");
    let error = Regex::new(r"(?m)^    ([a-z-]+)\(string\),$").expect("a pattern");
    let errors: Vec<_> = error
        .captures_iter(errors)
        .map(|found| found[1].to_owned())
        .collect();
    assert_eq!(errors.len(), 8);
    for error in errors {
        assert!(page.text.contains(&format!("\n| `{error}` |")), "{error}");
    }
}

/// The functions whose signatures stand on the page, in order.
fn signatures(page: &Page) -> Vec<String> {
    let signatures = page
        .blocks_in("wit")
        .map(|block| block.text.split(':').next());
    signatures.flatten().map(str::to_owned).collect()
}

/// The functions of an interface of the contract, in order.
fn functions(interface: &str) -> Vec<String> {
    let contract = read("plugin-wit/plugin.wit");
    let function = Regex::new(r"^  ([a-z-]+): func\(").expect("a pattern");
    contract
        .lines()
        .skip_while(|line| *line != format!("interface {interface} {{"))
        .take_while(|line| *line != "}")
        .filter_map(|line| Some(function.captures(line)?[1].to_owned()))
        .collect()
}

#[test]
fn the_host_api_page_has_every_error_code() {
    let page = Page::read("docs/src/authors/host-api.md");
    let codes = [
        ErrorCode::Denied,
        ErrorCode::InvalidArgument,
        ErrorCode::Sql,
        ErrorCode::Constraint,
        ErrorCode::Busy,
        ErrorCode::Transaction,
        ErrorCode::Quota,
        ErrorCode::TooLarge,
        ErrorCode::NotFound,
        ErrorCode::Unreachable,
        ErrorCode::Internal,
    ];
    for code in codes {
        let code = serde_json::to_value(code).expect("a code is JSON");
        let code = code.as_str().expect("a word");
        assert!(page.text.contains(&format!("| `{code}` |")), "{code}");
    }
}

/// The pieces of a message between what it fills in stand in the source that makes it.
#[test]
fn the_messages_of_the_pages_about_errors_are_those_of_the_code() {
    let mut sources = Vec::new();
    files_below("crates", "rs", &mut sources);
    let code: String = sources.iter().map(|path| read(path)).collect();
    let continued = Regex::new(r"\\\n *").expect("a pattern");
    let code = continued.replace_all(&code, "").replace("\\\"", "\"");
    let mut seen = 0;
    let pages = ["authors/errors", "operators/troubleshooting"];
    let pages = pages.map(|page| Page::read(&format!("docs/src/{page}.md")));
    for row in pages.iter().flat_map(Page::rows) {
        let Some(message) = row[0]
            .strip_prefix('`')
            .and_then(|cell| cell.strip_suffix('`'))
        else {
            continue;
        };
        let message = message.trim_start_matches('`').trim_end_matches('`');
        for piece in message
            .split('…')
            .map(|piece| piece.trim_matches([' ', ',', ';', ':']))
        {
            assert!(code.contains(piece), "no message says `{piece}`");
        }
        seen += 1;
    }
    assert!(seen > 20, "only {seen} messages were found");
}

/// The settings are compared in the server's own tests; other commands have variables, too.
#[test]
fn the_configuration_has_the_variables_of_other_commands() {
    let page = read("docs/src/operators/configuration.md");
    for variable in [
        "RAISFAST_CONFIG",
        "RAISFAST_TOKEN",
        "RAISFAST_USER_PASSWORD",
        "RUST_LOG",
    ] {
        assert!(page.contains(&format!("| `{variable}` |")), "{variable}");
    }
}

#[test]
fn the_rest_pages_have_every_route_and_no_other() {
    let names = Regex::new(r"\{[a-z_]+\}").expect("a pattern");
    let request = Regex::new("`(GET|POST|PUT|PATCH|DELETE) (/[^`]+)`").expect("a pattern");
    let mut written = BTreeSet::new();
    for page in ["rest-api", "plugins", "limits", "outbox", "cluster"] {
        let text = read(&format!("docs/src/operators/{page}.md"));
        for found in request.captures_iter(&text) {
            written.insert(format!(
                "{} {}",
                &found[1],
                names.replace_all(&found[2], "{}")
            ));
        }
    }

    let route = Regex::new(r#"^[ \n]*"([^"]+)""#).expect("a pattern");
    let method = Regex::new(r"[ .](get|post|put|patch|delete)\(").expect("a pattern");
    let mut served = BTreeSet::new();
    for entry in fs::read_dir(root().join("crates/server/src/routes")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let base = match path.file_stem().and_then(|stem| stem.to_str()) {
            Some(
                "admin" | "figures" | "nodes" | "outbox" | "plugin_logs" | "plugin_settings"
                | "plugin_storage" | "plugins" | "recordings" | "releases" | "shadows" | "users",
            ) => "/api/v1/admin",
            Some("health") => "",
            _ => "/api/v1",
        };
        let source = fs::read_to_string(&path).expect("a source file");
        for call in source.split(".route(").skip(1) {
            let call = call.split("\n}").next().unwrap_or(call);
            let Some(path) = route.captures(call) else {
                continue;
            };
            for method in method.captures_iter(call) {
                let path = names.replace_all(&path[1], "{}");
                served.insert(format!("{} {base}{path}", method[1].to_uppercase()));
            }
        }
    }
    assert!(served.len() >= 26, "only {served:?} were found");
    assert_eq!(written, served);
}

/// The table of the architecture lists each crate before those it stands on.
#[test]
fn layers_point_one_way() {
    let page = Page::read("docs/src/contributors/architecture.md");
    let rows = page.rows();
    let layers: Vec<&str> = rows
        .iter()
        .map(|row| row[0].trim_matches('`'))
        .filter(|folder| folder.starts_with("crates/"))
        .collect();
    assert!(layers.len() >= 15, "{layers:?}");
    let mut packages = BTreeMap::new();
    let folders = ["crates", "crates/scripts"].into_iter().flat_map(|parent| {
        let entries = fs::read_dir(root().join(parent)).expect("a folder");
        entries.map(move |entry| {
            let name = entry.expect("an entry").file_name();
            format!("{parent}/{}", name.to_string_lossy())
        })
    });
    for folder in folders {
        let manifest = format!("{folder}/Cargo.toml");
        if !root().join(&manifest).exists() {
            continue;
        }
        let manifest: toml::Table = read(&manifest).parse().expect("TOML");
        let name = manifest["package"]["name"]
            .as_str()
            .expect("a name")
            .to_owned();
        let dependencies: Vec<String> = manifest
            .get("dependencies")
            .and_then(toml::Value::as_table)
            .into_iter()
            .flat_map(toml::Table::keys)
            .cloned()
            .collect();
        packages.insert(name, (folder, dependencies));
    }
    let place = |folder: &str| layers.iter().position(|listed| *listed == folder);
    for (name, (folder, dependencies)) in &packages {
        // A crate that nobody stands on may be left out.
        let Some(here) = place(folder) else { continue };
        for dependency in dependencies.iter().filter_map(|name| packages.get(name)) {
            let there = place(&dependency.0);
            assert!(
                there > Some(here),
                "{name} knows {}, which stands before it",
                dependency.0
            );
        }
    }
}
