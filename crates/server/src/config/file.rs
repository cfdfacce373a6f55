//! `raisfast.toml`.

use std::{any::Any, collections::BTreeMap, path::Path};

use raisfast_contract::PluginId;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, Visitor as SerdeVisitor},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue, Error, ValueDeserializer},
};

use super::{
    Config, ConfigError, FlatTable,
    list::{Listed, list},
    setting::{Setting, Settings as _, Value, Visitor},
    spelling::hint,
};

/// The contents of `raisfast.toml`; what it leaves out is absent.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// The values of settings, by their keys; each is of its setting's type.
    values: BTreeMap<&'static str, Box<dyn Any + Send + Sync>>,
    has_secrets: bool,
    pub(super) overrides: BTreeMap<PluginId, FlatTable>,
    pub(super) site: FlatTable,
}

/// `[plugins."com.example.my-plugin"]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OnePlugin {
    config: FlatTable,
}

impl File {
    /// Reads a configuration file: the named one, which must be there, or the default one, which
    /// need not.
    pub(crate) fn read(named: Option<&Path>) -> Result<Self, ConfigError> {
        let path = named.unwrap_or(Path::new(super::DEFAULT_FILE));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(source) => Err(ConfigError::Read {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Reads the text of a file. Paths in it are relative to its folder.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let unfit = |Unfit { mut error, hint }| {
            error.set_input(Some(text));
            let mut message = error.to_string();
            if let Some(hint) = hint {
                message.truncate(message.trim_end().len());
                message.push('\n');
                message.push_str(&hint);
            }
            ConfigError::Parse {
                path: path.to_owned(),
                message,
            }
        };
        let table = DeTable::parse(text).map_err(|error| unfit(error.into()))?;
        let mut found = Found::new();
        found.take(None, table.into_inner()).map_err(unfit)?;
        let mut reader = Reader {
            values: found.values,
            folder: path.parent().unwrap_or(Path::new("")),
            file: found.file,
            error: None,
        };
        Config::with_data_dir("").visit(&mut reader);
        match reader.error {
            Some(error) => Err(unfit(error.into())),
            None => Ok(reader.file),
        }
    }

    /// Returns whether a password stands in it.
    pub(crate) fn has_secrets(&self) -> bool {
        self.has_secrets
    }

    /// Returns what it says about a setting.
    pub(super) fn get<V: Value>(&self, setting: &Setting) -> Option<&V> {
        self.values.get(setting.key)?.downcast_ref()
    }
}

/// An error with its place, and what was probably meant.
struct Unfit {
    error: Error,
    hint: Option<String>,
}

impl From<Error> for Unfit {
    fn from(error: Error) -> Self {
        Self { error, hint: None }
    }
}

/// The values of a file, by the keys of their settings, before they are read.
struct Found<'i> {
    settings: Vec<Listed>,
    values: BTreeMap<&'static str, Spanned<DeValue<'i>>>,
    file: File,
}

impl<'i> Found<'i> {
    fn new() -> Self {
        Self {
            settings: list(),
            values: BTreeMap::new(),
            file: File::default(),
        }
    }

    /// Takes what stands in a table, and in the tables below it.
    fn take(&mut self, path: Option<&str>, table: DeTable<'i>) -> Result<(), Unfit> {
        for (key, value) in table {
            let name: &str = key.get_ref();
            let full = path.map_or_else(|| name.to_owned(), |path| format!("{path}.{name}"));
            let keys = || self.settings.iter().map(|listed| listed.setting.key);
            if let Some(setting) = keys().find(|key| *key == full) {
                self.values.insert(setting, value);
            } else if full == "site" {
                self.file.site = FlatTable::deserialize(ValueDeserializer::from(value))?;
            } else if path == Some("plugins") && name.contains('.') {
                let plugin: PluginId = name
                    .parse()
                    .map_err(|error| at(&key, Error::custom(error)))?;
                let OnePlugin { config } = OnePlugin::deserialize(ValueDeserializer::from(value))?;
                self.file.overrides.insert(plugin, config);
            } else if keys().any(|key| is_below(key, &full)) {
                let span = value.span();
                match value.into_inner() {
                    DeValue::Table(inner) => self.take(Some(&full), inner)?,
                    other => refuse_all_but_tables(Spanned::new(span, other))?,
                }
            } else {
                return Err(self.unknown(path, &key));
            }
        }
        Ok(())
    }

    /// Returns the error about a key that is not known where it stands: it may be misspelt, or
    /// belong elsewhere.
    fn unknown(&self, path: Option<&str>, key: &Spanned<std::borrow::Cow<'_, str>>) -> Unfit {
        let found = key.get_ref();
        let expected = self.expected(path);
        let message = if path == Some("plugins") {
            format!(
                "unknown setting `{found}`, expected one of {expected}, or a plugin's id in quotes: \
                 [plugins.\"com.example.my-plugin\"]"
            )
        } else {
            format!("unknown field `{found}`, expected one of {expected}")
        };
        let names: Vec<_> = self
            .settings
            .iter()
            .map(|listed| listed.setting.key)
            .collect();
        Unfit {
            error: at(key, Error::custom(message)),
            hint: hint(found, &names),
        }
    }

    /// Returns what may stand in a table.
    fn expected(&self, path: Option<&str>) -> String {
        let mut names = Vec::new();
        for Listed { setting, .. } in &self.settings {
            let inner = match path {
                None => Some(setting.key),
                Some(path) if is_below(setting.key, path) => setting.key.get(path.len() + 1..),
                Some(_) => None,
            };
            let Some(name) = inner.and_then(|inner| inner.split('.').next()) else {
                continue;
            };
            let name = format!("`{name}`");
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if path.is_none() {
            names.push("`site`".to_owned());
        }
        names.join(", ")
    }
}

fn is_below(key: &str, path: &str) -> bool {
    key.strip_prefix(path)
        .is_some_and(|rest| rest.starts_with('.'))
}

#[expect(
    clippy::zero_sized_map_values,
    reason = "a set is not read from a table"
)]
fn refuse_all_but_tables(value: Spanned<DeValue<'_>>) -> Result<(), Error> {
    BTreeMap::<String, IgnoredAny>::deserialize(ValueDeserializer::from(value)).map(drop)
}

/// Returns the error with a place of the file.
fn at<T>(place: &Spanned<T>, error: Error) -> Error {
    struct Refused(Error);

    impl SerdeVisitor<'_> for Refused {
        type Value = Error;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("nothing")
        }

        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Error, E> {
            Err(E::custom(self.0.message()))
        }
    }

    // A deserializer gives the errors of its visitor its own place; an error has no other way to
    // one.
    let deserializer = ValueDeserializer::from(Spanned::new(place.span(), DeValue::Boolean(true)));
    match deserializer.deserialize_any(Refused(error)) {
        Ok(error) | Err(error) => error,
    }
}

/// Reads each value as its setting's type, up to the first error.
struct Reader<'a> {
    values: BTreeMap<&'static str, Spanned<DeValue<'a>>>,
    folder: &'a Path,
    file: File,
    error: Option<Error>,
}

impl Visitor for Reader<'_> {
    fn visit<V: Value>(&mut self, setting: &'static Setting, _: &mut V) {
        let Some(value) = self.values.remove(setting.key) else {
            return;
        };
        let place = Spanned::new(value.span(), ());
        let read = V::from_file(ValueDeserializer::from(value)).and_then(|value| {
            value.check(setting).map_err(Error::custom)?;
            Ok(value)
        });
        match read {
            Ok(value) => {
                self.file.has_secrets |= value.has_secret();
                let value = value.below(self.folder);
                self.file.values.insert(setting.key, Box::new(value));
            }
            Err(error) => {
                let error = match error.span() {
                    Some(_) => error,
                    None => at(&place, error),
                };
                self.error.get_or_insert(error);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::File;

    fn refused(text: &str) -> String {
        let parsed = File::parse(Path::new("raisfast.toml"), text);
        parsed.expect_err(text).to_string()
    }

    #[test]
    fn a_limit_that_does_not_exist_is_an_error_at_its_line() {
        let message = refused("[plugins.limits]\nrows = 500");
        assert!(
            message.contains("there is no limit `rows`; there are kv_keys"),
            "{message}"
        );
    }

    #[test]
    fn an_error_stands_at_its_line_however_deep() {
        for (text, line) in [
            ("[plugins]\nbreaker = { failures = -1 }", 2),
            ("[plugins.breaker]\npause_ms = 0", 2),
            ("[plugins.breaker]\nfailures = 1\npause_ms = 2592000001", 3),
            ("[plugins.breaker]\npause = 1", 2),
            ("plugins = 4", 1),
            (
                "[plugins]\nmust_load = [\n  'com.example.a',\n  'guard']",
                2,
            ),
            (
                "\n[http]\nallowed_networks = [\n  '10.0.0.0/8',\n  4,\n]",
                5,
            ),
            ("trusted_proxies = 4", 1),
            ("[plugins.'com.example.x']\nconfig = 4", 2),
        ] {
            let message = refused(text);
            let expected = format!("line {line}");
            assert!(message.contains(&expected), "{text}: {message}");
        }
    }
}
