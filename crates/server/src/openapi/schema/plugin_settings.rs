//! Settings of plugins.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;

/// The settings of a plugin.
#[derive(ToSchema)]
pub(in crate::openapi) struct PluginSettings {
    plugin: String,
    /// In the manifest's order.
    settings: Vec<Setting>,
    /// Those that keep the plugin from being called.
    needs_settings: Vec<SettingProblem>,
}

/// A setting, with its value unless that is a secret.
#[derive(ToSchema)]
pub(super) struct Setting {
    key: String,
    label: String,
    #[schema(required)]
    help: Option<String>,
    r#type: SettingType,
    /// The plugin is not called while the setting has no value.
    required: bool,
    /// The value where nobody has set one.
    #[schema(required)]
    default: Option<Value>,
    /// The least number, or the least number of characters.
    #[schema(required)]
    min: Option<Value>,
    /// The greatest number, or the most characters.
    #[schema(required)]
    max: Option<Value>,
    #[schema(required)]
    pattern: Option<String>,
    /// The choices of a `select`.
    options: Vec<String>,
    /// Null for a secret, whatever it is.
    #[schema(required)]
    value: Option<Value>,
    is_set: bool,
    origin: SettingOrigin,
    /// The reason why the plugin is not called, if this setting is one.
    #[schema(required)]
    problem: Option<String>,
}

/// The type of a setting.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum SettingType {
    String,
    Text,
    Integer,
    Number,
    Boolean,
    Select,
    Url,
    Email,
    Secret,
}

/// The place from which a value comes.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum SettingOrigin {
    Configuration,
    Set,
    Default,
    None,
}

/// A setting that keeps a plugin from being called.
#[derive(ToSchema)]
pub(super) struct SettingProblem {
    key: String,
    label: String,
    /// It never holds a secret.
    reason: String,
}

/// The settings to change, by key; null takes a value back to the default.
#[derive(ToSchema)]
pub(in crate::openapi) struct SettingChanges(
    #[expect(dead_code, reason = "the schema alone is used")] BTreeMap<String, Value>,
);
