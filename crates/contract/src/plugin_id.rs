//! The name by which plugins, grants, logs and folders refer to a plugin.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// A reverse-domain name such as `com.example.my-plugin`: two or more labels of lower-case letters,
/// digits and inner hyphens, joined by dots, at most 128 bytes. It is safe as a folder's name.
///
/// Cloning is cheap: the text is shared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PluginId(Arc<str>);

impl PluginId {
    /// The longest id, in bytes.
    pub const MAX_LEN: usize = 128;

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is not a valid plugin id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a reverse-domain name: {reason}; write it like `com.example.my-plugin`")]
pub struct InvalidPluginId {
    /// The text that was refused.
    pub found: String,
    /// The rule that it breaks.
    pub reason: &'static str,
}

impl FromStr for PluginId {
    type Err = InvalidPluginId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match broken_rule(text) {
            None => Ok(Self(text.into())),
            Some(reason) => Err(InvalidPluginId {
                found: text.to_owned(),
                reason,
            }),
        }
    }
}

fn broken_rule(text: &str) -> Option<&'static str> {
    if text.len() > PluginId::MAX_LEN {
        return Some("it is longer than 128 bytes");
    }
    if !text.contains('.') {
        return Some("it has no dot");
    }
    for label in text.split('.') {
        if label.is_empty() {
            return Some("a part between dots is empty");
        }
        if !label
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            return Some("only lower-case letters, digits, hyphens and dots are allowed");
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Some("a part begins or ends with a hyphen");
        }
    }
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Some("it does not begin with a letter");
    }
    None
}

impl TryFrom<String> for PluginId {
    type Error = InvalidPluginId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PluginId> for String {
    fn from(id: PluginId) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl fmt::Display for PluginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PluginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::PluginId;

    #[test]
    fn accepts_reverse_domain_names() {
        for good in ["com.example.my-plugin", "a.b", "org.x2.y-3"] {
            assert_eq!(good.parse::<PluginId>().unwrap().as_str(), good);
        }
    }

    #[test]
    fn refuses_everything_else_and_says_why() {
        for (bad, reason) in [
            ("", "no dot"),
            ("plugin", "no dot"),
            ("com..example", "empty"),
            (".com.example", "empty"),
            ("com.Example", "lower-case"),
            ("com.example/../x", "lower-case"),
            ("com.exämple", "lower-case"),
            ("com.-x", "hyphen"),
            ("1com.example", "letter"),
        ] {
            let error = bad.parse::<PluginId>().unwrap_err();
            assert!(error.to_string().contains(reason), "{bad}: {error}");
        }
        assert!(
            format!("a.{}", "b".repeat(127))
                .parse::<PluginId>()
                .is_err()
        );
    }
}
