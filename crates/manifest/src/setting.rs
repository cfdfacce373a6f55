//! A setting of a plugin that operators edit, and the values that it takes.

use std::fmt;

use regex::{Regex, RegexBuilder};
use serde::Serialize;
use serde_json::Value as Json;

use crate::{error::quoted, suggestion::listed};

/// A setting that operators edit while the server runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The name by which the plugin reads it.
    pub key: String,
    /// The name that people see.
    pub label: String,
    /// A sentence for people.
    pub help: Option<String>,
    /// The values that it takes.
    pub kind: SettingKind,
    /// True if the plugin is not called while the setting has no value.
    pub required: bool,
    /// The value where nobody has set one, as the plugin reads it. A secret has none.
    pub default: Option<String>,
}

/// The type of a setting, with its bounds.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingKind {
    /// A text on one line.
    String(TextBounds),
    /// A text of several lines.
    Text(TextBounds),
    /// A whole number.
    Integer {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// A number.
    Number {
        /// The least, if there is one.
        min: Option<f64>,
        /// The most, if there is one.
        max: Option<f64>,
    },
    /// `true` or `false`.
    Boolean,
    /// One of these texts.
    Select(Vec<String>),
    /// An absolute URL with a host.
    Url,
    /// An e-mail address.
    Email,
    /// A text that nobody sees who has not set it.
    Secret(TextBounds),
}

/// The bounds of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct TextBounds {
    /// The least number of characters.
    pub min: usize,
    /// The most characters, if there is a bound below that of the type.
    pub max: Option<usize>,
    /// The expression that the whole text fits.
    pub pattern: Option<Pattern>,
}

impl TextBounds {
    /// No bounds beside the type's own.
    pub(crate) const NONE: Self = Self {
        min: 0,
        max: None,
        pattern: None,
    };
}

/// A regular expression that a whole text fits. Matching takes time in proportion to the text.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

/// The longest expression, in bytes.
pub(crate) const MAX_PATTERN: usize = 500;
/// The most bytes of a compiled expression.
const MAX_COMPILED: usize = 256 << 10;

impl Pattern {
    /// Compiles an expression.
    ///
    /// # Errors
    ///
    /// A sentence about what is wrong with it.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        if text.len() > MAX_PATTERN {
            return Err(format!("it is longer than {MAX_PATTERN} bytes"));
        }
        let compile = |text: &str| {
            RegexBuilder::new(text)
                .size_limit(MAX_COMPILED)
                .dfa_size_limit(MAX_COMPILED)
                .build()
        };
        // Alone first: `a)|(b` is not an expression, but would be one within the brackets.
        let compiled = compile(text).and_then(|_| compile(&format!(r"\A(?:{text})\z")));
        match compiled {
            Ok(regex) => Ok(Self {
                text: text.to_owned(),
                regex,
            }),
            Err(regex::Error::CompiledTooBig(_)) => {
                Err(format!("compiled, it takes more than {MAX_COMPILED} bytes"))
            }
            Err(error) => {
                let error = error.to_string();
                let reason = error.lines().last().unwrap_or_default();
                Err(reason.trim_start_matches("error: ").to_owned())
            }
        }
    }

    /// Returns the expression as the manifest writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn fits(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// The word of a setting's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingType {
    /// A text on one line.
    String,
    /// A text of several lines.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// One of some texts.
    Select,
    /// An absolute URL with a host.
    Url,
    /// An e-mail address.
    Email,
    /// A text that nobody sees who has not set it.
    Secret,
}

impl SettingType {
    /// The word in the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Select => "select",
            Self::Url => "url",
            Self::Email => "email",
            Self::Secret => "secret",
        }
    }

    /// The most bytes of a value.
    pub fn max_bytes(self) -> usize {
        match self {
            Self::String | Self::Url => 4 << 10,
            Self::Text => 64 << 10,
            // A private key with its certificates.
            Self::Secret => 16 << 10,
            Self::Select => MAX_OPTION,
            Self::Email => 254,
            Self::Integer | Self::Number | Self::Boolean => 64,
        }
    }
}

/// The longest option of a `select`, in bytes.
pub(crate) const MAX_OPTION: usize = 200;

impl SettingKind {
    /// Returns the type without its bounds.
    pub fn type_of(&self) -> SettingType {
        match self {
            Self::String(_) => SettingType::String,
            Self::Text(_) => SettingType::Text,
            Self::Integer { .. } => SettingType::Integer,
            Self::Number { .. } => SettingType::Number,
            Self::Boolean => SettingType::Boolean,
            Self::Select(_) => SettingType::Select,
            Self::Url => SettingType::Url,
            Self::Email => SettingType::Email,
            Self::Secret(_) => SettingType::Secret,
        }
    }

    /// Takes a value, and returns it as the plugin reads it.
    ///
    /// # Errors
    ///
    /// A sentence about what is expected; it does not repeat a secret.
    pub fn accept(&self, value: &Json) -> Result<String, String> {
        let wrong = || format!("expected {}, found {}", self.expected(), kind_of(value));
        match self {
            Self::Boolean => value.as_bool().map(|flag| flag.to_string()),
            Self::Integer { .. } => match value {
                Json::Number(number) => number.as_i64().map(|number| number.to_string()),
                _ => None,
            },
            Self::Number { .. } => match value {
                Json::Number(number) => Some(number.to_string()),
                _ => None,
            },
            _ => value.as_str().map(str::to_owned),
        }
        .ok_or_else(wrong)
        .and_then(|text| self.accept_text(&text))
    }

    /// Takes a value that is written as text, whatever the type, and returns it as the plugin reads
    /// it.
    ///
    /// # Errors
    ///
    /// A sentence about what is expected; it does not repeat a secret.
    pub fn accept_text(&self, text: &str) -> Result<String, String> {
        let most = self.type_of().max_bytes();
        if text.len() > most {
            return Err(format!(
                "a value of type {} has at most {most} bytes, and this one has {}",
                self.type_of().as_str(),
                text.len()
            ));
        }
        let wrong = || format!("expected {}, found {}", self.expected(), quoted(text));
        match self {
            Self::Boolean => {
                let flag: bool = text.parse().map_err(|_| wrong())?;
                Ok(flag.to_string())
            }
            Self::Integer { min, max } => {
                let number: i64 = text.parse().map_err(|_| wrong())?;
                if !(*min..=*max).contains(&number) {
                    return Err(wrong());
                }
                Ok(number.to_string())
            }
            Self::Number { min, max } => {
                let number: f64 = text.parse().map_err(|_| wrong())?;
                let fits = number.is_finite()
                    && min.is_none_or(|min| number >= min)
                    && max.is_none_or(|max| number <= max);
                if !fits {
                    return Err(wrong());
                }
                Ok(text.to_owned())
            }
            Self::Select(options) => {
                if !options.iter().any(|option| option == text) {
                    return Err(wrong());
                }
                Ok(text.to_owned())
            }
            Self::Url => is_url(text).then(|| text.to_owned()).ok_or_else(wrong),
            Self::Email => is_email(text).then(|| text.to_owned()).ok_or_else(wrong),
            Self::String(bounds) => {
                if text.contains(char::is_control) {
                    return Err(
                        "expected a text on one line, found a line break or another control character"
                            .to_owned(),
                    );
                }
                bounds.check(text).map(|()| text.to_owned())
            }
            Self::Text(bounds) | Self::Secret(bounds) => {
                let is_odd = |c: char| c.is_control() && !"\n\r\t".contains(c);
                if text.contains(is_odd) {
                    return Err("expected a text, found a control character in it".to_owned());
                }
                if matches!(self, Self::Secret(_)) && text.is_empty() {
                    return Err("expected a secret, found an empty text".to_owned());
                }
                bounds.check(text).map(|()| text.to_owned())
            }
        }
    }

    /// Describes the accepted values, in words that may follow "expected".
    pub fn expected(&self) -> String {
        fn between(what: &str, min: Option<String>, max: Option<String>) -> String {
            match (min, max) {
                (None, None) => what.to_owned(),
                (Some(min), None) => format!("{what} from {min} on"),
                (None, Some(max)) => format!("{what} up to {max}"),
                (Some(min), Some(max)) => format!("{what} from {min} to {max}"),
            }
        }
        match self {
            Self::String(_) => "a text on one line".to_owned(),
            Self::Text(_) => "a text".to_owned(),
            Self::Secret(_) => "a secret, as a text".to_owned(),
            Self::Integer { min, max } => between(
                "an integer",
                (*min != i64::MIN).then(|| min.to_string()),
                (*max != i64::MAX).then(|| max.to_string()),
            ),
            Self::Number { min, max } => between(
                "a number",
                min.map(|min| min.to_string()),
                max.map(|max| max.to_string()),
            ),
            Self::Boolean => "`true` or `false`".to_owned(),
            Self::Select(options) => listed(options.iter().map(String::as_str), "or"),
            Self::Url => "an absolute URL, such as `https://example.com/hook`".to_owned(),
            Self::Email => "an e-mail address, such as `ada@example.com`".to_owned(),
        }
    }
}

impl TextBounds {
    fn check(&self, text: &str) -> Result<(), String> {
        let length = text.chars().count();
        if length < self.min {
            return Err(format!(
                "expected at least {} characters, found {length}",
                self.min
            ));
        }
        if let Some(max) = self.max.filter(|max| length > *max) {
            return Err(format!("expected at most {max} characters, found {length}"));
        }
        match &self.pattern {
            Some(pattern) if !pattern.fits(text) => Err(format!(
                "expected a text that fits the pattern {}",
                quoted(pattern.as_str())
            )),
            _ => Ok(()),
        }
    }
}

/// Returns the name of a JSON value's type.
fn kind_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(number) if number.is_f64() => "a number with a fraction",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

fn is_url(text: &str) -> bool {
    let is_plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    is_plain
        && url::Url::parse(text)
            .is_ok_and(|url| url.host_str().is_some_and(|host| !host.is_empty()))
}

/// Takes what mail servers take in practice: one `@`, and no quotes, comments or spaces.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_atom = |c: char| c.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    (1..=64).contains(&local.len())
        && local.chars().all(is_atom)
        && !local.split('.').any(str::is_empty)
        && domain.split('.').all(is_label)
}
