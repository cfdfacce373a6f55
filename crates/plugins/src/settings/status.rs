//! The settings of a plugin, as administrators see them.

use raisfast_contract::PluginId;
use raisfast_manifest::{Setting, SettingKind, SettingType, TextBounds};
use serde::Serialize;
use serde_json::{Value, json};

use super::resolve::{Resolved, SettingProblem};

/// The place from which a setting's value comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingOrigin {
    /// The server's configuration, which comes before what was set.
    Configuration,
    /// It was set while the server ran.
    Set,
    /// The manifest.
    Default,
    /// It has no value.
    None,
}

/// The settings of a plugin.
#[derive(Debug, Clone, Serialize)]
pub struct PluginSettings {
    /// The plugin.
    pub plugin: PluginId,
    /// The settings, in the manifest's order.
    pub settings: Vec<SettingStatus>,
    /// The settings that keep the plugin from being called.
    pub needs_settings: Vec<SettingProblem>,
}

/// A setting with its value, unless it is a secret.
#[derive(Debug, Clone, Serialize)]
pub struct SettingStatus {
    /// The name by which the plugin reads it.
    pub key: String,
    /// The name that people see.
    pub label: String,
    /// A sentence for people.
    pub help: Option<String>,
    /// The type.
    #[serde(rename = "type")]
    pub kind: SettingType,
    /// True if the plugin is not called while the setting has no value.
    pub required: bool,
    /// The value where nobody has set one.
    pub default: Option<Value>,
    /// The least number, or the least number of characters.
    pub min: Option<Value>,
    /// The greatest number, or the most characters.
    pub max: Option<Value>,
    /// The expression that a text fits.
    pub pattern: Option<String>,
    /// The choices of a `select`; empty for other types.
    pub options: Vec<String>,
    /// The present value; absent for a secret, whatever it is, and where there is none.
    pub value: Option<Value>,
    /// True if there is a value.
    pub is_set: bool,
    /// The place from which the value comes.
    pub origin: SettingOrigin,
    /// The reason why the plugin is not called, if this setting is one.
    pub problem: Option<String>,
}

impl PluginSettings {
    pub(crate) fn of(plugin: PluginId, resolved: Resolved) -> Self {
        let Resolved {
            values,
            problems,
            settings,
        } = resolved;
        let settings = settings.into_iter().map(|(setting, origin)| {
            let value = values.values.get(&setting.key);
            let problem = problems.iter().find(|problem| problem.key == setting.key);
            SettingStatus::of(setting, origin, value, problem)
        });
        Self {
            plugin,
            settings: settings.collect(),
            needs_settings: problems,
        }
    }
}

impl SettingStatus {
    fn of(
        setting: Setting,
        origin: SettingOrigin,
        value: Option<&String>,
        problem: Option<&SettingProblem>,
    ) -> Self {
        let Setting {
            key,
            label,
            help,
            kind,
            required,
            default,
        } = setting;
        let is_secret = matches!(kind, SettingKind::Secret(_));
        let (min, max) = match &kind {
            SettingKind::String(bounds)
            | SettingKind::Text(bounds)
            | SettingKind::Secret(bounds) => {
                let TextBounds { min, max, .. } = bounds;
                ((*min > 0).then(|| json!(min)), max.map(|max| json!(max)))
            }
            SettingKind::Integer { min, max } => (
                (*min != i64::MIN).then(|| json!(min)),
                (*max != i64::MAX).then(|| json!(max)),
            ),
            SettingKind::Number { min, max } => {
                (min.map(|min| json!(min)), max.map(|max| json!(max)))
            }
            _ => (None, None),
        };
        let pattern = match &kind {
            SettingKind::String(bounds)
            | SettingKind::Text(bounds)
            | SettingKind::Secret(bounds) => bounds
                .pattern
                .as_ref()
                .map(|pattern| pattern.as_str().to_owned()),
            _ => None,
        };
        Self {
            key,
            label,
            help,
            required,
            default: default.map(|text| typed(&kind, &text)),
            min,
            max,
            pattern,
            value: value.filter(|_| !is_secret).map(|text| typed(&kind, text)),
            is_set: value.is_some(),
            origin,
            problem: problem.map(|problem| problem.reason.clone()),
            options: match &kind {
                SettingKind::Select(options) => options.clone(),
                _ => Vec::new(),
            },
            kind: kind.type_of(),
        }
    }
}

/// Returns a value as its type writes it in JSON.
fn typed(kind: &SettingKind, text: &str) -> Value {
    match kind {
        SettingKind::Integer { .. } | SettingKind::Number { .. } | SettingKind::Boolean => {
            serde_json::from_str(text).unwrap_or_else(|_| json!(text))
        }
        _ => json!(text),
    }
}
