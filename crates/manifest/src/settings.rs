//! The `[config]` table: the plugin's own settings with their defaults.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use toml::de::DeValue;

use crate::{
    error::{Problem, Problems, quoted},
    shape::{Node, Shape},
};

/// Settings by key. A plugin reads them as strings, so numbers and booleans become their text.
pub(crate) struct Settings;

impl Settings {
    const EXPECTED: &str = "a string, integer, float or boolean";
}

impl Shape for Settings {
    type Value = BTreeMap<String, String>;

    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<Self::Value> {
        let mut settings = BTreeMap::new();
        for (name, value) in node.table(problems)? {
            let key = name.get_ref().as_ref();
            if !is_key(key) {
                problems.report(Problem {
                    span: name.span(),
                    message: format!("{} cannot name a setting", quoted(key)),
                    expected: Some("a key of 1 to 64 letters, digits, `_`, `-` and `.`".to_owned()),
                    help: None,
                });
            }
            let node = node.child(key, name.span(), value);
            let text = match value.get_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Boolean(flag) => flag.to_string(),
                DeValue::Float(number) => number.as_str().to_owned(),
                DeValue::Integer(number) => {
                    let Ok(number) = i64::from_str_radix(number.as_str(), number.radix()) else {
                        let message = format!("{} is out of range", quoted(&number.to_string()));
                        node.report(message, "an integer of 64 bits".to_owned(), None, problems);
                        continue;
                    };
                    number.to_string()
                }
                DeValue::Datetime(_) => {
                    let help = format!("put it in quotes: `\"{}\"`", problems.text(&value.span()));
                    node.report_type(Self::EXPECTED.to_owned(), Some(help), problems);
                    continue;
                }
                DeValue::Array(_) => {
                    let help =
                        "write the list as one string, which the plugin takes apart".to_owned();
                    node.report_type(Self::EXPECTED.to_owned(), Some(help), problems);
                    continue;
                }
                DeValue::Table(_) => {
                    let help = format!(
                        "settings do not nest; a quoted key may have dots: `\"{key}.name\" = \"…\"`"
                    );
                    node.report_type(Self::EXPECTED.to_owned(), Some(help), problems);
                    continue;
                }
            };
            settings.insert(key.to_owned(), text);
        }
        Some(settings)
    }

    fn absent(&self) -> Option<Self::Value> {
        Some(BTreeMap::new())
    }

    fn expected(&self) -> String {
        "a table of settings".to_owned()
    }

    fn schema(&self) -> Json {
        json!({
            "type": "object",
            "propertyNames": { "pattern": "^[A-Za-z0-9_.-]{1,64}$" },
            "additionalProperties": { "type": ["string", "integer", "number", "boolean"] },
        })
    }
}

pub(crate) fn is_key(key: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    !key.is_empty() && key.len() <= 64 && key.bytes().all(allowed)
}
