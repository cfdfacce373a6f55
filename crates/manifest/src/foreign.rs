//! Keys that manifests of another system's script plugins have, and what they are here.
//!
//! A script that was written there is to run as it is. So these keys are accepted, and
//! [`foreign_keys`] finds them for whoever wants to write the manifest as it is written here.

use toml::de::DeTable;

/// A key of the other system.
struct Foreign {
    /// The table, without the name of a hook.
    table: &'static str,
    key: &'static str,
    /// The key that it is here; none where it has no meaning.
    meant: Option<&'static str>,
    advice: &'static str,
}

const FOREIGN: &[Foreign] = &[
    Foreign {
        table: "plugin",
        key: "language",
        meant: Some("runtime"),
        advice: "here it is called `runtime`",
    },
    Foreign {
        table: "plugin",
        key: "sdk_version",
        meant: None,
        advice: "the server brings the SDK of scripts: remove this line",
    },
    Foreign {
        table: "permissions",
        key: "filesystem",
        meant: None,
        advice: "every plugin has files of its own, and no others: remove this line",
    },
    Foreign {
        table: "hooks",
        key: "match",
        meant: Some("content_types"),
        advice: "here it is a list: `content_types = [\"product\"]`",
    },
];

/// A key of another system that a manifest has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// The line, from 1.
    pub line: usize,
    /// The key.
    pub key: &'static str,
    /// The form that it has here.
    pub advice: &'static str,
}

fn of_table(path: &str) -> impl Iterator<Item = &'static Foreign> {
    let table = if path.starts_with("hooks.") {
        "hooks"
    } else {
        path
    };
    FOREIGN.iter().filter(move |foreign| foreign.table == table)
}

/// Returns whether the other system has this key in a table.
pub(crate) fn is_accepted(path: &str, key: &str) -> bool {
    of_table(path).any(|foreign| foreign.key == key)
}

/// Returns the other system's key for one of a table.
pub(crate) fn name_of(path: &str, key: &str) -> Option<&'static str> {
    let mut foreign = of_table(path).filter(|foreign| foreign.meant == Some(key));
    foreign.next().map(|foreign| foreign.key)
}

/// Returns whether the other system writes one item where a list belongs here.
pub(crate) fn takes_one_item(path: &str) -> bool {
    let place = path.rsplit_once('.');
    place.is_some_and(|(table, key)| name_of(table, "content_types") == Some(key))
}

/// Finds the keys of another system in a manifest, in the order of the file.
///
/// ```
/// let text = "[hooks.on-content-created]\nmatch = \"product\"\n";
/// let [found] = raisfast_manifest::foreign_keys(text).try_into().unwrap();
/// assert_eq!((found.line, found.key), (2, "match"));
/// ```
pub fn foreign_keys(text: &str) -> Vec<ForeignKey> {
    let (table, _) = DeTable::parse_recoverable(text);
    let mut found = Vec::new();
    for (name, value) in table.get_ref() {
        let Some(inner) = value.get_ref().as_table() else {
            continue;
        };
        let name = name.get_ref().as_ref();
        if name == "hooks" {
            let hooks = inner.values().filter_map(|hook| hook.get_ref().as_table());
            for hook in hooks {
                find(text, "hooks", hook, &mut found);
            }
        } else {
            find(text, name, inner, &mut found);
        }
    }
    found.sort_by_key(|found| found.line);
    found
}

fn find(text: &str, path: &str, table: &DeTable<'_>, found: &mut Vec<ForeignKey>) {
    for foreign in of_table(path) {
        if let Some((name, _)) = table.get_key_value(foreign.key) {
            let before = text.get(..name.span().start).unwrap_or_default();
            found.push(ForeignKey {
                line: 1 + before.matches('\n').count(),
                key: foreign.key,
                advice: foreign.advice,
            });
        }
    }
}
