//! Values of columns.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::contract::{Field, Row, Value as Column};
use crate::Value;

/// Returns a value for a column: lists and objects as JSON text. `{"$bytes": "AP8="}` is bytes and
/// `{"$decimal": "12.50"}` a decimal, which JSON text has no other form for.
pub(super) fn to_column(value: &Value) -> Column {
    match value {
        Value::Null => Column::Null,
        Value::Boolean(truth) => Column::Boolean(*truth),
        Value::Integer(number) => Column::Integer(*number),
        Value::Float(number) => Column::Float(*number),
        Value::Decimal(digits) => Column::Decimal(digits.clone()),
        Value::Text(text) => Column::Text(text.clone()),
        Value::Bytes(bytes) => Column::Bytes(bytes.clone()),
        Value::List(_) | Value::Object(_) => {
            marked(value).unwrap_or_else(|| Column::Text(value.to_string()))
        }
    }
}

fn marked(value: &Value) -> Option<Column> {
    let Value::Object(fields) = value else {
        return None;
    };
    let [(mark, Value::Text(text))] = &fields[..] else {
        return None;
    };
    match mark.as_str() {
        "$bytes" => STANDARD.decode(text).ok().map(Column::Bytes),
        "$decimal" => Some(Column::Decimal(text.clone())),
        _ => None,
    }
}

/// Returns the value of a column.
pub(super) fn from_column(value: Column) -> Value {
    match value {
        Column::Null => Value::Null,
        Column::Boolean(truth) => Value::Boolean(truth),
        Column::Integer(number) => Value::Integer(number),
        Column::Float(number) => Value::Float(number),
        Column::Decimal(digits) => Value::Decimal(digits),
        Column::Text(text) => Value::Text(text),
        Column::Bytes(bytes) => Value::Bytes(bytes),
    }
}

/// Returns the columns that an object gives values for.
pub(super) fn row(data: &Value, name: &str) -> Result<Row, String> {
    let Value::Object(fields) = data else {
        return Err(format!(
            "{name}: expected an object of columns and their values, found {}",
            data.kind()
        ));
    };
    let field = |(name, value): &(String, Value)| Field {
        name: name.clone(),
        value: to_column(value),
    };
    Ok(fields.iter().map(field).collect())
}

/// Returns a row as an object.
pub(super) fn object(row: Row) -> Value {
    let fields = row.into_iter();
    Value::Object(
        fields
            .map(|field| (field.name, from_column(field.value)))
            .collect(),
    )
}
