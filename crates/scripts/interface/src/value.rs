//! Values that scripts and the host exchange.

use std::fmt;

/// The fields of an object, in their order.
pub type Object = Vec<(String, Value)>;

/// A value of a script, whatever its language.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Nothing: `null`, `undefined`, `nil`, `()`.
    #[default]
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number that is not exact.
    Float(f64),
    /// A decimal with each digit, or a whole number that needs more than 64 bits.
    Decimal(String),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Value>),
    /// Names and their values.
    Object(Object),
}

impl Value {
    /// Returns the value of a field, where this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields
                .iter()
                .find(|(field, _)| field == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Returns the text, where this is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns true for [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the kind of the value, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) | Self::Float(_) | Self::Decimal(_) => "a number",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// Returns text as it is, and every other value as JSON.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            other => other.to_string(),
        }
    }

    /// Returns an object of these fields.
    pub fn object<N: Into<String>>(fields: impl IntoIterator<Item = (N, Self)>) -> Self {
        let fields = fields.into_iter();
        Self::Object(fields.map(|(name, value)| (name.into(), value)).collect())
    }
}

/// Writes the value as JSON.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::json::write(self))
    }
}

macro_rules! from {
    ($($type:ty => |$value:ident| $into:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $into
            }
        })*
    };
}

from! {
    bool => |truth| Self::Boolean(truth);
    i64 => |number| Self::Integer(number);
    u32 => |number| Self::Integer(number.into());
    u64 => |number| i64::try_from(number)
        .map_or_else(|_| Self::Decimal(number.to_string()), Self::Integer);
    f64 => |number| Self::Float(number);
    String => |text| Self::Text(text);
    &str => |text| Self::Text(text.to_owned());
    Vec<Self> => |items| Self::List(items);
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
