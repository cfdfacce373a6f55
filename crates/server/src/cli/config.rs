//! `raisfast config`: prints each setting that `serve` would use, and where it comes from.

use super::table;
use crate::{
    Config,
    config::{DEFAULT_FILE, File, Flags, Setting, Settings as _, Value, Visitor},
};

pub(super) fn print(flags: &Flags) -> anyhow::Result<()> {
    let file = File::read(flags.config())?;
    let file_name = flags.config().unwrap_or(DEFAULT_FILE.as_ref());
    let file_name = file_name.display().to_string();
    let (mut config, sources) = Config::resolve(flags, &file);

    let mut shown = Shown(Vec::new());
    config.visit(&mut shown);
    let mut rows: Vec<_> = shown
        .0
        .into_iter()
        .map(|(setting, value)| {
            let source = sources.of(setting, &file_name);
            [setting.key.to_owned(), source, value]
        })
        .collect();
    let from_file = |setting: String, value: &str| [setting, file_name.clone(), value.to_owned()];
    for (plugin, table) in &config.plugins.overrides {
        // A plugin's setting may well be an API key.
        rows.extend(
            table
                .iter()
                .map(|(key, _)| from_file(format!("plugins.\"{plugin}\".config.{key}"), "***")),
        );
    }
    rows.extend(
        config
            .site
            .iter()
            .map(|(key, value)| from_file(format!("site.{key}"), value)),
    );
    // What may be long stands last, so that a terminal breaks nothing else.
    table::print_wide(["SETTING", "SET BY", "VALUE"], &rows);
    for hint in super::hints() {
        say_aside!("hint: {hint}");
    }
    Ok(())
}

/// Each setting with its value, without secrets.
struct Shown(Vec<(&'static Setting, String)>);

impl Visitor for Shown {
    fn visit<V: Value>(&mut self, setting: &'static Setting, value: &mut V) {
        self.0.push((setting, setting.in_words(value)));
    }
}
