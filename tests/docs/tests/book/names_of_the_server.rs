//! Names of the server's own: its routes, commands, variables, flags and settings. A crate below it
//! says what went wrong; the server says which of them helps.

use std::collections::BTreeSet;

use regex::Regex;

use crate::page::{Page, files_below, read};

#[test]
fn no_crate_below_the_server_names_its_switches() {
    let names = names();
    assert!(names.len() >= 40, "{names:?}");
    let commands = Regex::new("raisfast (admin|config|cron|outbox|plugin|serve)\\b").unwrap();
    let mut found = Vec::new();
    for path in sources() {
        let code = code(&read(&path));
        let held = names.iter().filter(|name| holds(&code, name));
        found.extend(held.map(|name| format!("{path}: {name}")));
        let run = commands.find_iter(&code);
        found.extend(run.map(|command| format!("{path}: {}", command.as_str())));
    }
    assert!(
        found.is_empty(),
        "crates/server/src/advice.rs is the place of these names:\n{}",
        found.join("\n")
    );
}

/// The names of the configuration's page, which a test of the server compares with its table; the
/// tables of the file; and what routes begin with.
fn names() -> BTreeSet<String> {
    let page = Page::read("docs/src/operators/configuration.md");
    let is_setting = |row: &Vec<String>| row.len() == 5;
    let mut names: BTreeSet<String> = ["/api/v1", "raisfast.toml"].map(str::to_owned).into();
    for row in page.rows().into_iter().filter(is_setting).skip(1) {
        let [variable, flag, key, ..] = row.as_slice() else {
            continue;
        };
        for name in [variable, flag] {
            if let Some(name) = quoted(name) {
                names.insert(name.to_owned());
            }
        }
        let table = quoted(key).and_then(|key| key.rsplit_once('.'));
        names.extend(table.map(|(table, _)| format!("[{table}]")));
    }
    names.extend(["RAISFAST_CONFIG", "RAISFAST_TOKEN"].map(str::to_owned));
    names
}

fn quoted(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`')
}

/// Returns true if the code has the name, and not only as a part of another: `--config` is not in
/// `--config-file`.
fn holds(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let continues = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        !code[at + name.len()..].starts_with(continues) && !code[..at].ends_with(continues)
    })
}

fn sources() -> Vec<String> {
    let mut paths = Vec::new();
    files_below("crates", "rs", &mut paths);
    paths.retain(|path| {
        path.contains("/src/")
            && !path.starts_with("crates/server/")
            && !path.contains("/templates/")
            && !path.ends_with("/tests.rs")
    });
    assert!(paths.len() > 150, "only {} files", paths.len());
    paths
}

/// Returns a file without its comments and tests.
fn code(source: &str) -> String {
    let code = source.split("#[cfg(test)]\nmod tests {").next();
    let lines = code.unwrap_or_default().lines();
    let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_name_is_found_in_code_and_not_in_comments_or_other_names() {
    let source =
        "/// `--addr`\nconst A: &str = \"PLUGIN_DIR\";\n#[cfg(test)]\nmod tests {\"--pool-size\"}";
    let code = code(source);
    assert!(holds(&code, "PLUGIN_DIR"));
    for name in ["--addr", "--pool-size", "PLUGIN", "DIR"] {
        assert!(!holds(&code, name), "{name}");
    }
}
