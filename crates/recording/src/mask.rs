//! Secrets, which no recording holds.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use serde_json::Value;

/// The text in a secret's place.
pub const MASKED: &str = "***";

/// Names whose values are secrets, wherever they stand: header fields, keys of objects.
const NAMES: [&str; 4] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
];
/// Parts of such names, written without `-` and `_`.
const PARTS: [&str; 5] = ["password", "passwd", "secret", "token", "apikey"];

/// The least length of a setting's value that is looked for inside of other texts. A shorter one
/// may be there by chance.
const FOUND_INSIDE: usize = 8;

/// The secrets of one plugin: values of settings that its operator has set, and whatever stands
/// under a name such as `Authorization`.
#[derive(Debug, Default)]
pub struct Mask {
    settings: RwLock<Arc<BTreeMap<String, String>>>,
}

impl Mask {
    /// A mask of these settings, by their keys.
    pub fn new(settings: BTreeMap<String, String>) -> Self {
        Self {
            settings: RwLock::new(Arc::new(settings)),
        }
    }

    /// Puts these settings in the place of the present ones.
    pub fn replace(&self, settings: BTreeMap<String, String>) {
        let mut present = self
            .settings
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *present = Arc::new(settings);
    }

    fn settings(&self) -> Arc<BTreeMap<String, String>> {
        let settings = self.settings.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&settings)
    }

    /// Returns the value of a setting that is a secret.
    pub(crate) fn setting(&self, key: &str) -> Option<String> {
        self.settings().get(key).cloned()
    }

    /// Returns the value without the secrets in it.
    pub(crate) fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => match <[Value; 2]>::try_from(items) {
                // A header field.
                Ok([Value::String(name), Value::String(_)]) if is_secret(&name) => {
                    vec![Value::String(name), MASKED.into()].into()
                }
                Ok(pair) => pair.map(|item| self.value(item)).to_vec().into(),
                Err(items) => items.into_iter().map(|item| self.value(item)).collect(),
            },
            Value::Object(fields) => fields
                .into_iter()
                .map(|(name, value)| {
                    let masked = match value {
                        Value::String(_) | Value::Number(_) if is_secret(&name) => MASKED.into(),
                        other => self.value(other),
                    };
                    (name, masked)
                })
                .collect(),
            other => other,
        }
    }

    fn text(&self, text: String) -> String {
        let mut text = self.json(&text).unwrap_or(text);
        for secret in self.settings().values() {
            if secret.len() >= FOUND_INSIDE && text.contains(secret) {
                text = text.replace(secret, MASKED);
            }
        }
        match login(&text) {
            Some((from, to)) => format!("{}{MASKED}{}", &text[..from], &text[to..]),
            None => text,
        }
    }

    /// Returns JSON in a text without its secrets; `None` if there are none.
    fn json(&self, text: &str) -> Option<String> {
        if !text.starts_with(['{', '[']) {
            return None;
        }
        let value: Value = serde_json::from_str(text).ok()?;
        let masked = self.value(value.clone());
        (masked != value).then(|| masked.to_string())
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let plain = name.replace(['-', '_'], "");
    NAMES.contains(&name.as_str()) || PARTS.iter().any(|part| plain.contains(part))
}

/// Returns the place of `user:password` in a URL.
fn login(text: &str) -> Option<(usize, usize)> {
    let scheme = text.split("://").next()?;
    if !["http", "https"].contains(&scheme) {
        return None;
    }
    let from = scheme.len() + "://".len();
    let authority = text.get(from..)?.split(['/', '?', '#']).next()?;
    let length = authority.rfind('@')?;
    Some((from, from + length))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mask() -> Mask {
        Mask::new(BTreeMap::from([
            ("api".to_owned(), "hunter2-hunter2".to_owned()),
            ("length".to_owned(), "20".to_owned()),
        ]))
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        for (given, wanted) in [
            (
                json!([["Authorization", "Bearer x"]]),
                json!([["Authorization", "***"]]),
            ),
            (json!({"set-cookie": "a=b"}), json!({"set-cookie": "***"})),
            (
                json!({"user": {"Password": "p", "name": "ann"}}),
                json!({"user": {"Password": "***", "name": "ann"}}),
            ),
            (
                json!([["X-Api-Key", "k"], ["Accept", "*"]]),
                json!([["X-Api-Key", "***"], ["Accept", "*"]]),
            ),
            (json!("?key=hunter2-hunter2&a"), json!("?key=***&a")),
            (
                json!("https://ann:p@example.com/a@b"),
                json!("https://***@example.com/a@b"),
            ),
            (
                json!(r#"{"access_token":"x","n":1}"#),
                json!(r#"{"access_token":"***","n":1}"#),
            ),
        ] {
            assert_eq!(mask().value(given.clone()), wanted, "{given}");
        }
    }

    #[test]
    fn all_else_stays_as_it_is() {
        for value in [
            json!("20 posts"),
            json!({"title": "The Authorization header", "tags": ["password", "b", "c"]}),
            json!("{ \"a\": 1 }"),
            json!("https://example.com/@ann"),
            json!("ann@example.com"),
            json!(["name", "value"]),
            json!({"token": null}),
        ] {
            assert_eq!(mask().value(value.clone()), value);
        }
    }
}
