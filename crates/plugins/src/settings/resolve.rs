//! The values that a plugin reads, and what keeps it from being called. Pure.

use std::{collections::BTreeMap, fmt};

use raisfast_host_api::SettingValues;
use raisfast_manifest::{Manifest, Setting, SettingKind};
use serde::Serialize;

use super::{memory::StoredSetting, status::SettingOrigin};

/// A setting that keeps a plugin from being called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingProblem {
    /// The setting's key.
    pub key: String,
    /// The setting's name for people.
    pub label: String,
    /// The reason, which never holds a secret.
    pub reason: String,
}

/// All settings that keep a plugin from being called; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingProblems(pub Vec<SettingProblem>);

impl std::error::Error for SettingProblems {}

impl fmt::Display for SettingProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it needs settings, and is not called before it has them: ")?;
        for (number, SettingProblem { key, reason, .. }) in self.0.iter().enumerate() {
            let separator = if number > 0 { "; " } else { "" };
            write!(f, "{separator}`{key}`: {reason}")?;
        }
        Ok(())
    }
}

/// The values of a version's settings.
pub(crate) struct Resolved {
    pub(crate) values: SettingValues,
    pub(crate) problems: Vec<SettingProblem>,
    /// Each setting with the origin of its value, in the manifest's order.
    pub(crate) settings: Vec<(Setting, SettingOrigin)>,
}

/// Returns the values that a plugin reads with this manifest, where the operator's configuration
/// sets these. The error says what is missing or does not fit.
pub fn resolve(
    manifest: &Manifest,
    fixed: &BTreeMap<String, String>,
) -> Result<SettingValues, SettingProblems> {
    let resolved = Resolved::of(manifest, fixed, &BTreeMap::new());
    if resolved.problems.is_empty() {
        Ok(resolved.values)
    } else {
        Err(SettingProblems(resolved.problems))
    }
}

impl Resolved {
    pub(crate) fn of(
        manifest: &Manifest,
        fixed: &BTreeMap<String, String>,
        stored: &BTreeMap<String, StoredSetting>,
    ) -> Self {
        let mut values = SettingValues::default();
        // Keys that the manifest does not have are set too: the operator knows the plugin's
        // documentation.
        values.set.clone_from(fixed);
        values.values.clone_from(fixed);
        let mut problems = Vec::new();
        let mut settings = Vec::new();
        for setting in manifest.all_settings() {
            let Setting { key, kind, .. } = &setting;
            let found = if let Some(text) = fixed.get(key) {
                // What `[config]` has is taken as it is written.
                let is_typed = !manifest.config.contains_key(key);
                let accepted = if is_typed {
                    kind.accept_text(text)
                } else {
                    Ok(text.clone())
                };
                let accepted =
                    accepted.map_err(|reason| format!("{reason}, in the operator's configuration"));
                (SettingOrigin::Configuration, accepted.map(Some))
            } else if let Some(stored) = stored.get(key) {
                (SettingOrigin::Set, taken(kind, stored).map(Some))
            } else if let Some(default) = &setting.default {
                (SettingOrigin::Default, Ok(Some(default.clone())))
            } else if setting.required {
                (
                    SettingOrigin::None,
                    Err("it is required and has no value".to_owned()),
                )
            } else {
                (SettingOrigin::None, Ok(None))
            };
            let (origin, value) = found;
            match value {
                Ok(Some(value)) => {
                    if matches!(kind, SettingKind::Secret(_)) {
                        values.secrets.push(value.clone());
                    }
                    if matches!(origin, SettingOrigin::Set | SettingOrigin::Configuration) {
                        values.set.insert(key.clone(), value.clone());
                    }
                    values.values.insert(key.clone(), value);
                }
                Ok(None) => {}
                Err(reason) => {
                    values.values.remove(key);
                    problems.push(SettingProblem {
                        key: key.clone(),
                        label: setting.label.clone(),
                        reason,
                    });
                }
            }
            settings.push((setting, origin));
        }
        Self {
            values,
            problems,
            settings,
        }
    }
}

/// Returns the value that was stored, if it fits the setting as it is now.
fn taken(kind: &SettingKind, stored: &StoredSetting) -> Result<String, String> {
    let is_secret = matches!(kind, SettingKind::Secret(_));
    match stored {
        StoredSetting::Secret(value) if is_secret => kind.accept_text(value),
        StoredSetting::Plain(value) if !is_secret => kind.accept_text(value),
        StoredSetting::Secret(_) => Err(
            "it was set as a secret, and this version of the plugin would show it: set it again"
                .to_owned(),
        ),
        StoredSetting::Plain(_) => {
            Err("it was set before it was a secret: set it again".to_owned())
        }
        StoredSetting::Unreadable(reason) => Err(format!("{reason}; set it again")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(settings: &str) -> Manifest {
        let text = format!(
            "[plugin]\nid = \"com.example.x\"\nname = \"X\"\nversion = \"1.0.0\"\n{settings}"
        );
        Manifest::parse("manifest.toml", &text).unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn texts<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
        let pairs = pairs.into_iter();
        pairs
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    const SETTINGS: &str = r#"
        [[settings]]
        key = "length"
        type = "integer"
        default = 20
        max = 50
        [[settings]]
        key = "api_key"
        type = "secret"
        required = true
        [config]
        tone = "dry"
    "#;

    #[test]
    fn the_configuration_comes_before_what_was_set_and_both_before_defaults() {
        let stored = BTreeMap::from([
            ("length".to_owned(), StoredSetting::Plain("30".to_owned())),
            (
                "api_key".to_owned(),
                StoredSetting::Secret("hunter2".to_owned()),
            ),
            ("former".to_owned(), StoredSetting::Plain("x".to_owned())),
        ]);
        let fixed = texts([("length", "40"), ("extra", "the operator's")]);
        let resolved = Resolved::of(&manifest(SETTINGS), &fixed, &stored);
        assert_eq!(resolved.problems, []);
        let SettingValues {
            values,
            set,
            secrets,
        } = resolved.values;
        assert_eq!(
            values,
            texts([
                ("api_key", "hunter2"),
                ("extra", "the operator's"),
                ("length", "40"),
                ("tone", "dry")
            ])
        );
        assert_eq!(
            set,
            texts([
                ("api_key", "hunter2"),
                ("extra", "the operator's"),
                ("length", "40")
            ])
        );
        assert_eq!(secrets, ["hunter2"]);
        let resolved = Resolved::of(&manifest(SETTINGS), &BTreeMap::new(), &stored);
        assert_eq!(resolved.values.values["length"], "30");
    }

    #[test]
    fn everything_that_is_missing_or_does_not_fit_is_found_at_once() {
        let fixed = texts([("length", "51")]);
        let problems = resolve(&manifest(SETTINGS), &fixed).unwrap_err();
        assert_eq!(
            problems.to_string(),
            "it needs settings, and is not called before it has them: `length`: expected an integer up to 50, \
             found `51`, in the operator's configuration; `api_key`: it is required and has no value"
        );
    }

    #[test]
    fn a_secret_is_taken_for_nothing_else_nor_anything_else_for_a_secret() {
        let secret = BTreeMap::from([
            ("length".to_owned(), StoredSetting::Secret("30".to_owned())),
            (
                "api_key".to_owned(),
                StoredSetting::Plain("hunter2".to_owned()),
            ),
        ]);
        let resolved = Resolved::of(&manifest(SETTINGS), &BTreeMap::new(), &secret);
        assert_eq!(resolved.values.values, texts([("tone", "dry")]));
        let keys: Vec<_> = resolved.problems.iter().map(|it| it.key.as_str()).collect();
        assert_eq!(keys, ["length", "api_key"]);
        let reasons = SettingProblems(resolved.problems).to_string();
        assert!(!reasons.contains("hunter2"), "{reasons}");
    }
}
