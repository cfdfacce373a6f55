//! The `[[settings]]` entries: read as the manifest writes them, then made into [`Setting`]s, of
//! which none has a bound or a default that does not fit its type.

use std::{collections::HashMap, ops::Range};

use serde_json::{Value as Json, json};
use toml::de::DeValue;

use crate::{
    error::{Problem, Problems, quoted},
    rules::line,
    setting::{MAX_OPTION, Pattern, Setting, SettingKind, SettingType, TextBounds},
    settings::is_key,
    shape::{Choice, Flag, List, Node, Refusal, Shape, Text},
    table::table_of,
};

use self::written::Entry;

const TYPE: Choice<SettingType> = Choice {
    what: "a type of settings",
    words: &[
        ("string", SettingType::String),
        ("text", SettingType::Text),
        ("integer", SettingType::Integer),
        ("number", SettingType::Number),
        ("boolean", SettingType::Boolean),
        ("select", SettingType::Select),
        ("url", SettingType::Url),
        ("email", SettingType::Email),
        ("secret", SettingType::Secret),
    ],
};

const KEY: Text<String> = Text {
    what: "a key of 1 to 64 letters, digits, `_`, `-` and `.`",
    example: "api_key",
    pattern: "^[A-Za-z0-9_.-]{1,64}$",
    parse: |text| {
        if is_key(text) {
            return Ok(text.to_owned());
        }
        Err(format!("{} cannot name a setting", quoted(text)).into())
    },
};

const OPTION: Text<String> = Text {
    what: "a text on one line, of at most 200 bytes",
    example: "daily",
    pattern: r"^[^\x00-\x1f\x7f]{1,200}$",
    parse: |text| {
        if text.is_empty() || text.len() > MAX_OPTION || text.contains(char::is_control) {
            return Err(format!("{} cannot be an option", quoted(text)).into());
        }
        Ok(text.to_owned())
    },
};

const PATTERN: Text<Pattern> = Text {
    what: "a regular expression that the whole value fits",
    example: "sk-[0-9a-z]+",
    pattern: "",
    parse: |text| {
        Pattern::new(text).map_err(|reason| Refusal {
            message: format!("{} is not a regular expression: {reason}", quoted(text)),
            help: reason
                .starts_with("look-around")
                .then(|| "write it without look-ahead and look-behind".to_owned()),
        })
    },
};

/// A value of a setting: a text, a number or a flag.
struct Scalar;

impl Shape for Scalar {
    type Value = Json;

    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<Json> {
        match node.value.get_ref() {
            DeValue::String(text) => Some(json!(text.as_ref())),
            DeValue::Boolean(flag) => Some(json!(flag)),
            value @ (DeValue::Integer(_) | DeValue::Float(_)) => {
                let number = number(value);
                if number.is_none() {
                    let found = problems.text(&node.value.span());
                    let message = format!("{} is out of range", quoted(found));
                    node.report(
                        message,
                        "a number that is finite".to_owned(),
                        None,
                        problems,
                    );
                }
                number
            }
            _ => {
                node.report_type(self.expected(), None, problems);
                None
            }
        }
    }

    fn expected(&self) -> String {
        "a string, a number or a boolean".to_owned()
    }

    fn schema(&self) -> Json {
        json!({ "type": ["string", "integer", "number", "boolean"] })
    }
}

/// A bound: a number.
struct Bound;

impl Shape for Bound {
    type Value = Json;

    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<Json> {
        let value = node.value.get_ref();
        if !value.is_integer() && !value.is_float() {
            node.report_type(self.expected(), None, problems);
            return None;
        }
        Scalar.read(node, problems)
    }

    fn expected(&self) -> String {
        "a number".to_owned()
    }

    fn schema(&self) -> Json {
        json!({ "type": "number" })
    }
}

fn number(value: &DeValue<'_>) -> Option<Json> {
    match value {
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix()).ok()?;
            Some(json!(number))
        }
        DeValue::Float(number) => {
            let number: f64 = number.as_str().parse().ok()?;
            number.is_finite().then(|| json!(number))
        }
        _ => None,
    }
}

#[expect(
    unreachable_pub,
    reason = "the macro makes what the manifest's tables are"
)]
mod written {
    use super::{
        Bound, Flag, Json, KEY, List, OPTION, PATTERN, Pattern, Scalar, SettingType, TYPE, line,
    };
    use crate::{shape::Shape as _, table::table};

    table! {
        /// A setting that operators edit while the server runs. The plugin reads it as a string.
        pub struct Entry {
            /// The name by which the plugin reads it; unique within the plugin.
            pub key: String = KEY;
            /// The name that people see; the key without it.
            pub label: Option<String> = line("a name on one line", "API key").optional();
            /// A sentence for people who set it.
            pub help: Option<String> = line("a sentence on one line", "From your account's page").optional();
            /// The values that it takes. A "secret" is encrypted where it is kept, and never shown.
            pub kind as "type": SettingType = TYPE;
            /// The choices of a "select".
            pub options: Vec<String> = List(OPTION);
            /// The value where nobody has set one; a "secret" has none.
            pub default: Option<Json> = Scalar.optional();
            /// True if the plugin is not called while the setting has no value.
            pub required: bool = Flag.or(false);
            /// The least number, or the least number of characters of a text.
            pub min: Option<Json> = Bound.optional();
            /// The greatest number, or the most characters of a text.
            pub max: Option<Json> = Bound.optional();
            /// A regular expression that the whole of a "string", "text" or "secret" fits.
            pub pattern: Option<Pattern> = PATTERN.optional();
        }
    }
}

/// One entry.
struct SettingEntry;

impl Shape for SettingEntry {
    type Value = Setting;

    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<Setting> {
        let entry = table_of::<Entry>().read(node, problems)?;
        let kind = kind(&entry, &Place { node }, problems)?;
        let default = match &entry.default {
            None => None,
            Some(_) if entry.kind == SettingType::Secret => {
                Place { node }.report(
                    "default",
                    "a secret has no default: everybody can read a manifest".to_owned(),
                    "no `default`; `required = true` if the plugin cannot do without it",
                    problems,
                );
                return None;
            }
            Some(value) => match kind.accept(value) {
                Ok(text) => Some(text),
                Err(reason) => {
                    let message = format!("the default does not fit its own setting: {reason}");
                    Place { node }.report("default", message, &kind.expected(), problems);
                    return None;
                }
            },
        };
        Some(Setting {
            label: entry.label.unwrap_or_else(|| entry.key.clone()),
            key: entry.key,
            help: entry.help,
            kind,
            required: entry.required,
            default,
        })
    }

    fn expected(&self) -> String {
        table_of::<Entry>().expected()
    }

    fn schema(&self) -> Json {
        let mut schema = table_of::<Entry>().schema();
        schema["allOf"] = json!([
            {
                "if": { "properties": { "type": { "const": "select" } } },
                "then": { "required": ["options"], "properties": { "options": { "minItems": 1 } } },
                "else": { "not": { "required": ["options"] } },
            },
            {
                "if": { "properties": { "type": { "const": "secret" } } },
                "then": { "not": { "required": ["default"] } },
            },
        ]);
        schema["examples"] =
            json!([{ "key": "api_key", "label": "API key", "type": "secret", "required": true }]);
        schema
    }
}

/// The places of an entry's keys in the source.
struct Place<'n, 'a> {
    node: &'n Node<'a>,
}

impl Place<'_, '_> {
    fn span(&self, key: &str) -> Range<usize> {
        let value = self.node.value.get_ref().get(key);
        value.map_or_else(|| self.node.name.clone(), toml::Spanned::span)
    }

    fn report(&self, key: &str, message: String, expected: &str, problems: &mut Problems<'_>) {
        problems.report(Problem {
            span: self.span(key),
            message,
            expected: Some(expected.to_owned()),
            help: None,
        });
    }
}

/// Makes the type with its bounds, and reports those that have no meaning for it.
fn kind(entry: &Entry, place: &Place<'_, '_>, problems: &mut Problems<'_>) -> Option<SettingKind> {
    let word = entry.kind.as_str();
    let is_text = matches!(
        entry.kind,
        SettingType::String | SettingType::Text | SettingType::Secret
    );
    let is_number = matches!(entry.kind, SettingType::Integer | SettingType::Number);
    let mut fits = true;
    let bounds = [
        ("min", entry.min.is_some(), is_text || is_number),
        ("max", entry.max.is_some(), is_text || is_number),
        ("pattern", entry.pattern.is_some(), is_text),
        (
            "options",
            !entry.options.is_empty(),
            entry.kind == SettingType::Select,
        ),
    ];
    for (key, is_given, has_meaning) in bounds {
        if is_given && !has_meaning {
            fits = false;
            let message = format!("`{key}` has no meaning for a setting of type \"{word}\"");
            place.report(key, message, &format!("no `{key}`"), problems);
        }
    }
    let kind = match entry.kind {
        SettingType::String => SettingKind::String(text_bounds(entry, place, problems)?),
        SettingType::Text => SettingKind::Text(text_bounds(entry, place, problems)?),
        SettingType::Secret => SettingKind::Secret(text_bounds(entry, place, problems)?),
        SettingType::Integer => {
            let min = whole(entry.min.as_ref(), "min", i64::MIN, place, problems)?;
            let max = whole(entry.max.as_ref(), "max", i64::MAX, place, problems)?;
            in_order(min <= max, place, problems)?;
            SettingKind::Integer { min, max }
        }
        SettingType::Number => {
            let min = entry.min.as_ref().and_then(Json::as_f64);
            let max = entry.max.as_ref().and_then(Json::as_f64);
            let ordered = min.zip(max).is_none_or(|(min, max)| min <= max);
            in_order(ordered, place, problems)?;
            SettingKind::Number { min, max }
        }
        SettingType::Boolean => SettingKind::Boolean,
        SettingType::Select => {
            let mut seen = Vec::new();
            for option in &entry.options {
                if seen.contains(&option) {
                    let message = format!("the option {} stands here twice", quoted(option));
                    place.report("options", message, "each option once", problems);
                    return None;
                }
                seen.push(option);
            }
            if entry.options.is_empty() {
                place.report(
                    "options",
                    "a setting of type \"select\" has `options`".to_owned(),
                    "a list of texts, such as `options = [\"daily\", \"weekly\"]`",
                    problems,
                );
                return None;
            }
            SettingKind::Select(entry.options.clone())
        }
        SettingType::Url => SettingKind::Url,
        SettingType::Email => SettingKind::Email,
    };
    fits.then_some(kind)
}

fn text_bounds(
    entry: &Entry,
    place: &Place<'_, '_>,
    problems: &mut Problems<'_>,
) -> Option<TextBounds> {
    let length = |value: Option<&Json>, key: &str, problems: &mut Problems<'_>| {
        let Some(value) = value else {
            return Some(None);
        };
        let most = entry.kind.max_bytes();
        let length = value
            .as_u64()
            .and_then(|length| usize::try_from(length).ok());
        let length = length.filter(|length| *length <= most);
        if length.is_none() {
            place.report(
                key,
                format!("`{key}` of a text is a number of characters"),
                &format!("an integer from 0 to {most}"),
                problems,
            );
        }
        length.map(Some)
    };
    let min = length(entry.min.as_ref(), "min", problems);
    let max = length(entry.max.as_ref(), "max", problems);
    let (min, max) = (min?.unwrap_or(0), max?);
    in_order(max.is_none_or(|max| min <= max), place, problems)?;
    Some(TextBounds {
        min,
        max,
        pattern: entry.pattern.clone(),
    })
}

fn whole(
    bound: Option<&Json>,
    key: &str,
    absent: i64,
    place: &Place<'_, '_>,
    problems: &mut Problems<'_>,
) -> Option<i64> {
    let Some(bound) = bound else {
        return Some(absent);
    };
    let whole = bound.as_i64();
    if whole.is_none() {
        let message = format!("`{key}` of an integer has a fraction");
        place.report(key, message, "an integer", problems);
    }
    whole
}

fn in_order(ordered: bool, place: &Place<'_, '_>, problems: &mut Problems<'_>) -> Option<()> {
    if !ordered {
        place.report(
            "min",
            "`min` is greater than `max`: no value fits".to_owned(),
            "a `min` of at most `max`",
            problems,
        );
    }
    ordered.then_some(())
}

/// The `[[settings]]` entries: a list whose keys differ.
pub(crate) struct SettingEntries;

impl SettingEntries {
    const LIST: List<SettingEntry> = List(SettingEntry);
}

impl Shape for SettingEntries {
    type Value = Vec<Setting>;

    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<Self::Value> {
        let mut first = HashMap::new();
        for entry in node.value.get_ref().as_array().into_iter().flatten() {
            let Some(key) = entry.get_ref().get("key") else {
                continue;
            };
            let Some(name) = key.get_ref().as_str() else {
                continue;
            };
            if let Some(span) = first.insert(name, key.span()) {
                problems.report(Problem {
                    span: key.span(),
                    message: format!("a second `[[settings]]` entry has the key {}", quoted(name)),
                    expected: Some("a key of its own for each entry".to_owned()),
                    help: Some(format!("the first is on line {}", problems.line(&span))),
                });
            }
        }
        Self::LIST.read(node, problems)
    }

    fn absent(&self) -> Option<Self::Value> {
        Self::LIST.absent()
    }

    fn expected(&self) -> String {
        Self::LIST.expected()
    }

    fn schema(&self) -> Json {
        Self::LIST.schema()
    }
}

/// Reports keys that stand both in `[config]` and in `[[settings]]`: one of them would be read in
/// vain.
pub(crate) fn report_doubled(manifest: &Node<'_>, problems: &mut Problems<'_>) {
    let tables = manifest.value.get_ref();
    let Some(config) = tables.get("config").and_then(|it| it.get_ref().as_table()) else {
        return;
    };
    let entries = tables
        .get("settings")
        .and_then(|it| it.get_ref().as_array());
    for entry in entries.into_iter().flatten() {
        let key = entry.get_ref().get("key");
        let Some((name, span)) = key.and_then(|key| Some((key.get_ref().as_str()?, key.span())))
        else {
            continue;
        };
        if let Some((other, _)) = config.get_key_value(name) {
            problems.report(Problem {
                span,
                message: format!("the setting {} stands in `[config]` too", quoted(name)),
                expected: Some("each setting in one place".to_owned()),
                help: Some(format!(
                    "remove line {}, and write its value here as `default`",
                    problems.line(&other.span())
                )),
            });
        }
    }
}
