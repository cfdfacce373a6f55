//! Changes of settings, checked against the manifest.

use std::collections::BTreeMap;

use raisfast_contract::pointer_segment;
use raisfast_manifest::{Manifest, SettingKind};
use serde_json::Value;

use super::memory::{SettingChange, SettingsMemoryError, StoredSetting};

/// A reason why settings are not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The plugin is not installed.
    #[error("no plugin {0} is installed")]
    NotFound(String),
    /// The plugin's manifest has not been read so far, so that nobody knows its settings.
    #[error("the manifest of {0} cannot be read, so its settings are not known")]
    NoManifest(String),
    /// Some values do not fit. Nothing was changed.
    #[error("{} settings are not as they should be", .0.len())]
    Invalid(Vec<InvalidSetting>),
    /// The values cannot be read or kept.
    #[error(transparent)]
    Memory(#[from] SettingsMemoryError),
    /// The values are kept, and the folder of the plugin cannot be read.
    #[error("the settings are kept, and the plugin cannot be loaded with them: {0}")]
    Folder(#[from] std::io::Error),
}

/// The most settings that are changed at once.
const MOST_CHANGES: usize = 1_024;

/// A value that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidSetting {
    /// A JSON pointer into the object of changes.
    pub pointer: String,
    /// A sentence about what is expected; it never holds a secret.
    pub message: String,
}

/// Checks an object of changes, and returns what is to be kept; `null` stands for the default.
pub(super) fn check(
    manifest: &Manifest,
    fixed: &BTreeMap<String, String>,
    stored: &BTreeMap<String, StoredSetting>,
    changes: &BTreeMap<String, Value>,
) -> Result<Vec<(String, SettingChange)>, Vec<InvalidSetting>> {
    if changes.len() > MOST_CHANGES {
        // Each unknown key would be answered.
        return Err(vec![InvalidSetting {
            pointer: String::new(),
            message: format!(
                "at most {MOST_CHANGES} settings are changed at once, and these are {}",
                changes.len()
            ),
        }]);
    }
    let settings = manifest.all_settings();
    let (mut accepted, mut invalid) = (Vec::new(), Vec::new());
    for (key, value) in changes {
        let setting = settings.iter().find(|setting| setting.key == *key);
        let change = match setting {
            // What a former version had may still be forgotten.
            None if value.is_null() && stored.contains_key(key) => Ok(SettingChange::Unset),
            None => Err(unknown(settings.iter().map(|setting| setting.key.as_str()))),
            Some(_) if fixed.contains_key(key) => Err(
                "the server's configuration sets it, and comes first: change it there".to_owned(),
            ),
            Some(_) if value.is_null() => Ok(SettingChange::Unset),
            Some(setting) => setting.kind.accept(value).map(|text| match setting.kind {
                SettingKind::Secret(_) => SettingChange::Secret(text),
                _ => SettingChange::Plain(text),
            }),
        };
        match change {
            Ok(change) => accepted.push((key.clone(), change)),
            Err(message) => invalid.push(InvalidSetting {
                pointer: pointer_segment(key),
                message,
            }),
        }
    }
    let bytes = bytes_after(stored, &accepted);
    if bytes > Manifest::MAX_SETTINGS_LEN {
        invalid.push(InvalidSetting {
            pointer: String::new(),
            message: format!(
                "all settings of a plugin have at most {} bytes together, and would have {bytes}",
                Manifest::MAX_SETTINGS_LEN
            ),
        });
    }
    if invalid.is_empty() {
        Ok(accepted)
    } else {
        Err(invalid)
    }
}

/// The most keys that a message lists.
const MOST_LISTED: usize = 20;

fn unknown<'a>(keys: impl Iterator<Item = &'a str>) -> String {
    let mut keys: Vec<_> = keys.map(|key| format!("`{key}`")).collect();
    let left_out = keys.len().saturating_sub(MOST_LISTED);
    keys.truncate(MOST_LISTED);
    let keys = keys.join(", ");
    match (keys.as_str(), left_out) {
        ("", _) => "the plugin has no settings".to_owned(),
        (keys, 0) => format!("the plugin has no such setting; it has {keys}"),
        (keys, more) => format!("the plugin has no such setting; it has {keys} and {more} more"),
    }
}

fn bytes_after(
    stored: &BTreeMap<String, StoredSetting>,
    changes: &[(String, SettingChange)],
) -> usize {
    let kept = stored
        .iter()
        .filter(|(key, _)| !changes.iter().any(|(changed, _)| changed == *key))
        .map(|(_, value)| value.len());
    let new = changes.iter().map(|(_, change)| match change {
        SettingChange::Plain(value) | SettingChange::Secret(value) => value.len(),
        SettingChange::Unset => 0,
    });
    kept.chain(new).sum()
}

impl super::SettingsSource {
    /// Checks changes of a plugin's settings and keeps them, all or none.
    pub(crate) async fn change(
        &self,
        manifest: &Manifest,
        changes: &BTreeMap<String, Value>,
    ) -> Result<(), SettingsError> {
        let plugin = &manifest.plugin.id;
        let stored = self.memory.of(plugin).await?;
        let accepted = check(manifest, self.fixed(plugin), &stored, changes);
        let accepted = accepted.map_err(SettingsError::Invalid)?;
        if !accepted.is_empty() {
            self.memory.change(plugin, accepted).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MANIFEST: &str = r#"
        [plugin]
        id = "com.example.x"
        name = "X"
        version = "1.0.0"
        [[settings]]
        key = "length"
        type = "integer"
        min = 1
        [[settings]]
        key = "api_key"
        type = "secret"
        min = 8
        [[settings]]
        key = "notes"
        type = "text"
        [[settings]]
        key = "more"
        type = "text"
        [[settings]]
        key = "fixed"
        type = "string"
    "#;

    /// The changes by key, or what is wrong by pointer.
    type Checked = Result<Vec<(String, SettingChange)>, Vec<(String, String)>>;

    fn checked(changes: Value) -> Checked {
        let manifest = Manifest::parse("manifest.toml", MANIFEST).unwrap();
        let fixed = BTreeMap::from([("fixed".to_owned(), "x".to_owned())]);
        let stored = ["a", "b", "c", "former"]
            .map(|key| (key.to_owned(), StoredSetting::Plain("x".repeat(60 << 10))));
        let changes = serde_json::from_value(changes).unwrap();
        check(&manifest, &fixed, &stored.into(), &changes).map_err(|invalid| {
            let invalid = invalid.into_iter();
            invalid.map(|it| (it.pointer, it.message)).collect()
        })
    }

    #[test]
    fn values_are_kept_by_their_type() {
        let changes =
            json!({ "length": 7, "api_key": "hunter2-hunter2", "notes": null, "former": null });
        assert!(
            checked(changes)
                == Ok(vec![
                    (
                        "api_key".to_owned(),
                        SettingChange::Secret("hunter2-hunter2".to_owned())
                    ),
                    ("former".to_owned(), SettingChange::Unset),
                    ("length".to_owned(), SettingChange::Plain("7".to_owned())),
                    ("notes".to_owned(), SettingChange::Unset),
                ])
        );
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once_and_no_secret_is() {
        let changes =
            json!({ "length": "7", "api_key": "hunter2", "fixed": "y", "a/b": 1, "notes": [] });
        let Err(invalid) = checked(changes) else {
            panic!("nothing fits");
        };
        let invalid: Vec<_> = invalid
            .iter()
            .map(|(at, it)| (at.as_str(), it.as_str()))
            .collect();
        assert_eq!(
            invalid,
            [
                (
                    "/a~1b",
                    "the plugin has no such setting; it has `length`, `api_key`, `notes`, `more`, `fixed`"
                ),
                ("/api_key", "expected at least 8 characters, found 7"),
                (
                    "/fixed",
                    "the server's configuration sets it, and comes first: change it there"
                ),
                ("/length", "expected an integer from 1 on, found a text"),
                ("/notes", "expected a text, found a list"),
            ]
        );
    }

    #[test]
    fn changes_at_once_have_a_bound() {
        let many = (0..=MOST_CHANGES).map(|number| (number.to_string(), json!(1)));
        let Err(invalid) = checked(Value::Object(many.collect())) else {
            panic!("they are too many");
        };
        assert_eq!(invalid.len(), 1, "{invalid:?}");
    }

    #[test]
    fn all_values_together_have_a_bound() {
        let Err(invalid) = checked(json!({ "notes": "x".repeat(20 << 10) })) else {
            panic!("it is too much");
        };
        assert_eq!(invalid[0].0, "");
        assert!(invalid[0].1.contains("at most 262144 bytes"), "{invalid:?}");
        let Err(invalid) = checked(json!({ "notes": "x".repeat((64 << 10) + 1) })) else {
            panic!("it is too long");
        };
        assert!(invalid[0].1.contains("at most 65536 bytes"), "{invalid:?}");
    }
}
