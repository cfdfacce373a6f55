//! Values of columns as JSON, and back.

use raisfast_plugin::bindings::raisfast::plugin_wit::database::Value as Column;
use serde_json::{Number, Value};

/// Returns JSON as the value of a column: lists and objects as JSON text.
pub(super) fn to_value(value: &Value) -> Column {
    match value {
        Value::Null => Column::Null,
        Value::Bool(flag) => Column::Boolean(*flag),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Column::Integer(integer),
            (None, Some(float)) if number.is_f64() => Column::Float(float),
            _ => Column::Decimal(number.to_string()),
        },
        Value::String(text) => Column::Text(text.clone()),
        Value::Array(_) | Value::Object(_) => Column::Text(value.to_string()),
    }
}

/// Returns the value of a column as JSON: decimals as texts, with every digit, and bytes as a list
/// of numbers.
pub(super) fn to_json(value: Column) -> Value {
    match value {
        Column::Null => Value::Null,
        Column::Boolean(flag) => flag.into(),
        Column::Integer(integer) => integer.into(),
        Column::Float(float) => Number::from_f64(float).map_or(Value::Null, Value::Number),
        Column::Decimal(text) | Column::Text(text) => text.into(),
        Column::Bytes(bytes) => bytes.into(),
    }
}
