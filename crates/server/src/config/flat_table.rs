//! A TOML table whose keys the operator chooses.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error};
use toml::Value;

/// Texts by key. In the file a value is a string, a number, a boolean or a time; a table inside the
/// table puts its name and a dot before its keys.
///
/// ```
/// let site: raisfast::FlatTable = toml::from_str("title = 'Notes'\nsocial = { feed = true }")?;
/// assert_eq!(site.get("title"), Some("Notes"));
/// assert_eq!(site.get("social.feed"), Some("true"));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlatTable(BTreeMap<String, String>);

impl FlatTable {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Every key with its value, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    fn add(&mut self, key: String, entry: Entry) {
        match entry {
            Entry::Text(text) => {
                self.0.insert(key, text);
            }
            Entry::Table(table) => {
                for (inner, entry) in table {
                    self.add(format!("{key}.{inner}"), entry);
                }
            }
        }
    }
}

/// One value as the file has it. An error in it is shown at its line.
enum Entry {
    Text(String),
    Table(Vec<(String, Entry)>),
}

impl TryFrom<Value> for Entry {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        Ok(Self::Text(match value {
            Value::String(text) => text,
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Boolean(flag) => flag.to_string(),
            Value::Datetime(time) => time.to_string(),
            Value::Array(_) => return Err("this is a list; write a string, a number or a boolean"),
            Value::Table(table) => {
                let entries = table
                    .into_iter()
                    .map(|(key, value)| Ok((key, Entry::try_from(value)?)));
                return entries.collect::<Result<_, _>>().map(Self::Table);
            }
        }))
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for FlatTable {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self(
            entries
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}

impl From<FlatTable> for BTreeMap<String, String> {
    fn from(table: FlatTable) -> Self {
        table.0
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Entry::try_from(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for FlatTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut flat = Self::default();
        for (key, entry) in BTreeMap::<String, Entry>::deserialize(deserializer)? {
            flat.add(key, entry);
        }
        Ok(flat)
    }
}
