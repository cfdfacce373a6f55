//! Values from Rust's types, and back.

use super::{Error, Value};

macro_rules! into_value {
    ($($from:ty => |$value:ident| $into:expr;)*) => {
        $(
            impl From<$from> for Value {
                fn from($value: $from) -> Self {
                    $into
                }
            }
        )*
    };
}

into_value! {
    bool => |truth| Self::Boolean(truth);
    i32 => |number| Self::Integer(number.into());
    u32 => |number| Self::Integer(number.into());
    i64 => |number| Self::Integer(number);
    f64 => |number| Self::Float(number);
    &str => |text| Self::Text(text.to_owned());
    &String => |text| Self::Text(text.clone());
    String => |text| Self::Text(text);
    &[u8] => |bytes| Self::Bytes(bytes.to_vec());
    Vec<u8> => |bytes| Self::Bytes(bytes);
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A type that a column's value can be read as.
pub trait FromValue: Sized {
    /// The value, where it is of this type.
    fn from_value(value: Value) -> Option<Self>;
}

impl FromValue for Value {
    fn from_value(value: Value) -> Option<Self> {
        Some(value)
    }
}

impl FromValue for bool {
    /// Also 0 and 1, which are the truths of databases without such a type.
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Boolean(truth) => Some(truth),
            Value::Integer(0) => Some(false),
            Value::Integer(1) => Some(true),
            _ => None,
        }
    }
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }
}

impl FromValue for f64 {
    /// Every kind of number, as near as it gets.
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Float(number) => Some(number),
            #[allow(clippy::cast_precision_loss, reason = "as near as it gets")]
            Value::Integer(number) => Some(number as Self),
            Value::Decimal(digits) => digits.parse().ok(),
            _ => None,
        }
    }
}

impl FromValue for String {
    /// Text, or a decimal with every digit.
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) | Value::Decimal(text) => Some(text),
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    /// `None` is null.
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

/// The value, or an error that names its column.
pub(super) fn read<T: FromValue>(column: &str, value: Value) -> Result<T, Error> {
    let found = match &value {
        Value::Null => "null; read it as an Option",
        Value::Boolean(_) => "a boolean",
        Value::Integer(_) => "an integer",
        Value::Float(_) => "a float",
        Value::Decimal(_) => "a decimal",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytes",
    };
    T::from_value(value).ok_or_else(|| {
        let expected = std::any::type_name::<T>();
        Error::Invalid(format!(
            "the column `{column}` is read as {expected}, and is {found}"
        ))
    })
}
