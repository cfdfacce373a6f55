//! `raisfast plugin settings`: shows the settings of a plugin, and changes them.

use std::{fs::File, io::Read};

use anyhow::{Context as _, bail};
use raisfast_contract::PluginId;
use reqwest::Method;
use serde_json::{Map, Value};

use crate::cli::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
    table,
};

#[derive(clap::Args)]
pub(in crate::cli) struct Settings {
    /// The plugin's id, as in its manifest
    plugin: PluginId,
    /// Settings to change; KEY=@FILE takes the value from a file, KEY=@- from standard input
    #[arg(value_name = "KEY=VALUE")]
    changes: Vec<String>,
    /// Setting that gets its default again; may stand there several times
    #[arg(long, value_name = "KEY")]
    unset: Vec<String>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

pub(super) const HELP: &str = running_server_help!(
    "\
Without changes it prints the settings. All changes are made or none; the plugin's next call reads the new values. \
A secret is never printed, and comes from a file or from standard input: other users of the machine can read a \
process's arguments. A value that begins with @ is written @@.

Examples:
  raisfast plugin settings com.example.digest
  raisfast plugin settings com.example.digest length=20 tone=dry
  raisfast plugin settings com.example.digest --unset tone
  raisfast plugin settings com.example.digest api_key=@/run/secrets/digest
  pass show digest | raisfast plugin settings com.example.digest api_key=@-"
);

/// The most bytes of a file with a value. The server's own bound is below it.
const MAX_BYTES: u64 = 256 << 10;

/// The most characters of a value that are shown.
const SHOWN: usize = 60;

impl Settings {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self {
            plugin,
            changes,
            unset,
            format,
            server,
        } = self;
        let changes = read(&changes)?;
        let settings = RunningServer::as_admin(server, async |server| {
            let path = format!("admin/plugins/{plugin}/settings");
            let present = server.about(&plugin, server.get(&path, &[])).await?;
            let changes = typed(&changes, &unset, &present)?;
            if changes.is_empty() {
                return Ok(present);
            }
            server.call(Method::PUT, &path, &changes.into()).await
        })
        .await?;
        format.print(&settings, || print(&plugin, &settings));
        Ok(())
    }
}

/// A value as it was given.
struct Given {
    key: String,
    text: String,
    /// It stood on the command line.
    is_open: bool,
}

/// Reads the values that stand elsewhere.
fn read(changes: &[String]) -> anyhow::Result<Vec<Given>> {
    let mut given = Vec::new();
    let mut standard_input = None;
    for change in changes {
        let (key, value) = change
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .with_context(|| format!("`{change}` is not a change of a setting: write KEY=VALUE"))?;
        let (text, is_open) = match value.strip_prefix('@') {
            None => (value.to_owned(), true),
            Some(value) if value.starts_with('@') => (value.to_owned(), true),
            Some("-") => {
                if let Some(other) = standard_input.replace(key) {
                    bail!("standard input is one value, and both `{other}` and `{key}` ask for it");
                }
                (text_of(std::io::stdin().lock(), "standard input")?, false)
            }
            Some(path) => {
                let file = File::open(path).with_context(|| format!("cannot read {path}"))?;
                (text_of(file, path)?, false)
            }
        };
        given.push(Given {
            key: key.to_owned(),
            text,
            is_open,
        });
    }
    Ok(given)
}

/// Reads a value, without the line break with which a file usually ends.
fn text_of(source: impl Read, name: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = source.take(MAX_BYTES + 1).read_to_string(&mut text);
    read.with_context(|| format!("cannot read {name}"))?;
    if text.len() as u64 > MAX_BYTES {
        bail!("{name} has more than {MAX_BYTES} bytes: no setting is that long");
    }
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

/// Returns the changes as the server takes them: with the type that each setting has.
fn typed(
    changes: &[Given],
    unset: &[String],
    present: &Value,
) -> anyhow::Result<Map<String, Value>> {
    let mut typed = Map::new();
    let settings = present["settings"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    for Given { key, text, is_open } in changes {
        let setting = settings
            .iter()
            .find(|setting| setting["key"] == key.as_str());
        let kind = setting.and_then(|setting| setting["type"].as_str());
        let value = match kind {
            Some("secret") if *is_open => bail!(
                "`{key}` is a secret, and others on this machine can read what stands on a command line: write \
                 `{key}=@FILE`, or `{key}=@-` and the secret to standard input"
            ),
            Some("integer" | "number" | "boolean") => {
                let parsed = serde_json::from_str(text).ok();
                let parsed = parsed.filter(|it: &Value| it.is_number() || it.is_boolean());
                parsed.unwrap_or_else(|| text.as_str().into())
            }
            _ => text.as_str().into(),
        };
        if typed.insert(key.clone(), value).is_some() {
            bail!("`{key}` stands there twice");
        }
    }
    for key in unset {
        if typed.insert(key.clone(), Value::Null).is_some() {
            bail!("`{key}` stands there twice");
        }
    }
    Ok(typed)
}

fn print(plugin: &PluginId, answer: &Value) {
    let settings = answer["settings"].as_array().map_or(&[][..], Vec::as_slice);
    if settings.is_empty() {
        say!("{plugin} has no settings");
        return;
    }
    let rows: Vec<_> = settings.iter().map(row).collect();
    table::print(["SETTING", "TYPE", "VALUE", "FROM", "LABEL"], &rows);
    print_needs(answer);
}

/// Says which settings keep a plugin from being called.
pub(super) fn print_needs(plugin: &Value) {
    for problem in plugin["needs_settings"].as_array().into_iter().flatten() {
        let text = |key: &str| problem[key].as_str().unwrap_or("-");
        say!();
        table::print_text(&format!("needs `{}`: {}", text("key"), text("reason")));
    }
}

fn row(setting: &Value) -> [String; 5] {
    let text = |key: &str| setting[key].as_str().unwrap_or("-").to_owned();
    let value = match &setting["value"] {
        Value::Null if setting["is_set"] == true => "(set)".to_owned(),
        Value::Null => "(not set)".to_owned(),
        Value::String(text) => shown(text),
        value => value.to_string(),
    };
    let origin = match setting["origin"].as_str() {
        Some("none") | None => "-".to_owned(),
        Some("set") => "an operator".to_owned(),
        Some("configuration") => "raisfast.toml".to_owned(),
        Some(other) => other.to_owned(),
    };
    [text("key"), text("type"), value, origin, text("label")]
}

fn shown(text: &str) -> String {
    let mut characters = text.chars();
    let mut shown: String = characters.by_ref().take(SHOWN).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn present() -> Value {
        json!({ "settings": [
            { "key": "length", "type": "integer" },
            { "key": "strict", "type": "boolean" },
            { "key": "tone", "type": "string" },
            { "key": "api_key", "type": "secret" },
        ] })
    }

    fn typed_of(changes: &[&str], unset: &[&str]) -> Result<Value, String> {
        let changes: Vec<_> = changes.iter().map(|it| (*it).to_owned()).collect();
        let unset: Vec<_> = unset.iter().map(|it| (*it).to_owned()).collect();
        let changes = read(&changes).and_then(|changes| typed(&changes, &unset, &present()));
        changes.map(Value::from).map_err(|error| error.to_string())
    }

    #[test]
    fn values_get_the_type_of_their_setting() {
        let changes = ["length=20", "strict=true", "tone=20", "other=x=y"];
        assert_eq!(
            typed_of(&changes, &["api_key"]),
            Ok(
                json!({ "length": 20, "strict": true, "tone": "20", "other": "x=y", "api_key": null })
            )
        );
        // What does not parse is the server's to refuse, with what it expects.
        assert_eq!(
            typed_of(&["length=many"], &[]),
            Ok(json!({ "length": "many" }))
        );
        assert_eq!(typed_of(&["tone=@@me"], &[]), Ok(json!({ "tone": "@me" })));
    }

    #[test]
    fn a_secret_comes_from_a_file_without_its_last_line_break() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "hunter2\n\n").unwrap();
        let change = format!("api_key=@{}", file.display());
        assert_eq!(
            typed_of(&[&change], &[]),
            Ok(json!({ "api_key": "hunter2\n" }))
        );
        let refused = typed_of(&["api_key=hunter2"], &[]).unwrap_err();
        assert!(
            refused.contains("`api_key=@-`") && !refused.contains("hunter2"),
            "{refused}"
        );
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (changes, unset, part) in [
            (&["length"][..], &[][..], "write KEY=VALUE"),
            (&["=1"], &[], "write KEY=VALUE"),
            (&["length=1", "length=2"], &[], "stands there twice"),
            (&["length=1"], &["length"], "stands there twice"),
            (&["tone=@/no/such/file"], &[], "cannot read /no/such/file"),
        ] {
            let refused = typed_of(changes, unset).unwrap_err();
            assert!(refused.contains(part), "{refused}");
        }
    }
}
