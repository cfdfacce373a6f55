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
        Column::Decimal(digits) => number(digits),
        Column::Text(text) => Value::Text(text),
        Column::Bytes(bytes) => Value::Bytes(bytes),
    }
}

/// Returns a decimal, which is an integer where it is one of 64 bits: what some databases return as
/// a decimal, such as the sum of integers, others return as an integer.
fn number(digits: String) -> Value {
    match digits.parse::<i64>() {
        Ok(number) if number.to_string() == digits => Value::Integer(number),
        _ => Value::Decimal(digits),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_an_integer_where_it_is_one() {
        for (digits, expected) in [
            ("33", Value::Integer(33)),
            ("-9223372036854775808", Value::Integer(i64::MIN)),
            (
                "9223372036854775808",
                Value::Decimal("9223372036854775808".into()),
            ),
            ("33.0", Value::Decimal("33.0".into())),
            ("007", Value::Decimal("007".into())),
            ("-0", Value::Decimal("-0".into())),
        ] {
            let value = from_column(Column::Decimal(digits.to_owned()));
            assert_eq!(value, expected, "{digits}");
        }
    }
}
