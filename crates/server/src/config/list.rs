//! Texts that are made from the list of settings: the example file and the table of the
//! documentation.

use std::fmt::Write as _;

use super::{
    Config,
    setting::{Setting, Settings as _, Value, Visitor},
};

/// A setting with its default.
pub(crate) struct Listed {
    pub(crate) setting: &'static Setting,
    /// The default, in words where it depends on other things.
    #[cfg(test)]
    default: String,
    /// A value as TOML.
    example: String,
}

/// Returns every setting, in the list's order.
pub(crate) fn list() -> Vec<Listed> {
    struct Lister(Vec<Listed>);

    impl Visitor for Lister {
        fn visit<V: Value>(&mut self, setting: &'static Setting, value: &mut V) {
            self.0.push(Listed {
                setting,
                #[cfg(test)]
                default: setting.default_in_words(value),
                example: setting.example.map_or_else(|| value.shown(), str::to_owned),
            });
        }
    }

    let mut lister = Lister(Vec::new());
    Config::with_data_dir("./data").visit(&mut lister);
    lister.0
}

/// Returns a `raisfast.toml` with every setting.
pub(crate) fn example() -> String {
    let mut text = String::from("# Paths are relative to this file.\n\n");
    let mut listed = list();
    // What stands above all tables comes first; the others keep the order of their tables.
    let mut tables: Vec<Option<&str>> = vec![None];
    for Listed { setting, .. } in &listed {
        let (table, _) = setting.place();
        if !tables.contains(&table) {
            tables.push(table);
        }
    }
    listed.sort_by_key(|listed| {
        let (table, _) = listed.setting.place();
        tables.iter().position(|known| *known == table)
    });
    let mut last = None;
    for Listed {
        setting, example, ..
    } in &listed
    {
        let (table, key) = setting.place();
        if let Some(table) = table.filter(|_| table != last) {
            let _ = writeln!(text, "\n[{table}]");
        }
        last = table;
        // Writing to a string does not fail.
        for line in setting.lines() {
            let _ = writeln!(text, "# {line}");
        }
        let _ = writeln!(text, "{key} = {example}");
    }
    text.push_str(OPERATORS_OWN);
    text
}

/// The tables whose keys operators choose.
const OPERATORS_OWN: &str = "
[plugins.\"com.example.my-plugin\"]
# Stronger than the [config] of the plugin's manifest
config = { greeting = \"Hello\" }

[site]
# Plugins read this as `site.title`, where their manifest asks for it
title = \"Notes\"
";

/// Returns the rows of the documentation's table: variable, flag, key, default, sentence.
#[cfg(test)]
pub(crate) fn documentation() -> String {
    let mut text = String::new();
    for Listed {
        setting, default, ..
    } in list()
    {
        let code = |name: Option<String>| name.map_or("–".to_owned(), |name| format!("`{name}`"));
        let _ = writeln!(
            text,
            "| {} | {} | `{}` | {} | {} |",
            code(setting.variable.map(str::to_owned)),
            code(setting.flag.map(|(flag, _)| format!("--{flag}"))),
            setting.key,
            default.trim_matches(['(', ')']),
            setting.sentence()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use super::*;
    use crate::config::{File, Flags};

    const EXAMPLE: &str = include_str!("../../raisfast.example.toml");
    const PAGE: &str = include_str!("../../../../docs/src/operators/configuration.md");

    #[test]
    fn the_example_file_is_made_from_the_list() {
        assert_eq!(
            EXAMPLE,
            example(),
            "write this to raisfast.example.toml:\n{}",
            example()
        );
    }

    #[test]
    fn the_table_of_the_book_is_made_from_the_list() {
        let rows: String = PAGE
            .lines()
            .filter(|line| line.starts_with('|') && line.matches('|').count() == 6)
            .skip(2)
            .flat_map(|line| [line, "\n"])
            .collect();
        assert_eq!(
            rows,
            documentation(),
            "write these rows:\n{}",
            documentation()
        );
    }

    #[test]
    fn the_example_file_can_be_used_and_says_something_of_each_setting() {
        let file = File::parse(Path::new("/etc/raisfast.toml"), EXAMPLE).expect("it is valid");
        let (config, sources) = Config::resolve(&Flags::default(), &file);
        for Listed { setting, .. } in list() {
            assert!(sources.is_from_file(setting), "{}", setting.key);
            assert!(!setting.sentence().is_empty(), "{}", setting.key);
        }
        assert_eq!(config.data_dir, Path::new("/etc/data"));
        assert_eq!(config.plugins.dir, Path::new("/etc/extensions/plugins"));
        assert_eq!(config.trusted_proxies, ["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(config.metrics_networks, ["10.1.0.0/16".parse().unwrap()]);
        assert_eq!(config.site.get("title"), Some("Notes"));
        let plugin = &config.plugins.overrides[&"com.example.my-plugin".parse().unwrap()];
        assert_eq!(plugin.get("greeting"), Some("Hello"));
        assert_eq!(config.plugins.limits.quotas().db_rows, 500);
    }

    #[test]
    fn no_two_settings_share_a_name() {
        let (mut keys, mut flags, mut variables) =
            <(BTreeSet<_>, BTreeSet<_>, BTreeSet<_>)>::default();
        for Listed { setting, .. } in list() {
            assert!(keys.insert(setting.key), "{}", setting.key);
            assert!(
                setting.flag.is_none_or(|flag| flags.insert(flag.0)),
                "{}",
                setting.key
            );
            let variable = setting.variable;
            assert!(
                variable.is_none_or(|name| variables.insert(name)),
                "{}",
                setting.key
            );
        }
    }
}
