//! From text to manifest.

use serde_json::{Value as Json, json};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    error::{ManifestErrors, Problem, Problems},
    manifest::Manifest,
    rules::EntryPath,
    setting_entries::report_doubled,
    shape::{Node, Shape as _},
    syntax,
    table::{Table as _, table_of},
};

impl Manifest {
    /// The longest manifest, in bytes.
    pub const MAX_LEN: usize = 256 * 1024;

    /// Reads a manifest. `file_name` is how errors call it; no file is opened.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once. A table that holds broken TOML is judged no
    /// further.
    pub fn parse(file_name: &str, text: &str) -> Result<Self, ManifestErrors> {
        let mut problems = Problems::new(file_name, text);
        if text.len() > Self::MAX_LEN {
            problems.report(Problem {
                span: 0..0,
                message: format!("the manifest has {} bytes", text.len()),
                expected: Some(format!("at most {}", Self::MAX_LEN)),
                help: None,
            });
            return Err(problems.into_errors());
        }
        let (table, errors) = DeTable::parse_recoverable(text);
        let value = Spanned::new(table.span(), DeValue::Table(table.into_inner()));
        let root = Node {
            path: String::new(),
            name: 0..0,
            value: &value,
        };
        let mut manifest = table_of::<Self>().read(&root, &mut problems);
        if let Some(manifest) = &mut manifest
            && let Some(language) = manifest.plugin.runtime.script()
            && !names_entry(&root)
        {
            manifest.plugin.entry = EntryPath::usual_script(language);
        }
        if let Some(manifest) = &manifest
            && manifest.plugin.runtime.script().is_none()
            && manifest.plugin.interpreter.is_some()
        {
            report_pin_without_script(&root, &mut problems);
        }
        report_doubled(&root, &mut problems);
        syntax::report(&errors, &mut problems);
        match manifest {
            Some(manifest) if problems.is_empty() => Ok(manifest),
            _ => Err(problems.into_errors()),
        }
    }
}

/// Returns whether the manifest names the file with the plugin's code.
fn names_entry(root: &Node<'_>) -> bool {
    plugin(root).is_some_and(|plugin| plugin.contains_key("entry"))
}

fn plugin<'a>(root: &Node<'a>) -> Option<&'a DeTable<'a>> {
    let table = root.value.get_ref().as_table()?;
    table.get("plugin")?.get_ref().as_table()
}

/// WebAssembly has no interpreter that could be another one.
fn report_pin_without_script(root: &Node<'_>, problems: &mut Problems<'_>) {
    let pin = plugin(root).and_then(|plugin| plugin.get_key_value("interpreter"));
    problems.report(Problem {
        span: pin.map_or(0..0, |(key, _)| key.span()),
        message: "`interpreter` has no meaning for `runtime = \"wasm\"`".to_owned(),
        expected: Some("`interpreter` only in a script's manifest".to_owned()),
        help: Some("remove this line".to_owned()),
    });
}

/// The JSON Schema (draft 2020-12) of a manifest, made from the same tables as the parser: for
/// editors, which complete and check while an author types.
///
/// It says what a schema can say. What needs more (a cron expression that comes due, a second entry
/// with the same `job_type`) only [`Manifest::parse`] finds.
pub fn json_schema() -> Json {
    let mut schema = Manifest::schema();
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("Plugin manifest (manifest.toml)");
    schema
}
