//! The rows of a query.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Serialize, Serializer};
use serde_json::{Map, Number};

/// One value of a row, as the database has it. Times are RFC 3339 text.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnValue {
    /// NULL
    Null,
    /// A truth, where the database knows that it is one.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number that may need the 64th bit.
    Unsigned(u64),
    /// A number that is not exact.
    Real(f64),
    /// A decimal, digit by digit.
    Decimal(String),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// JSON, where the database has a type for it.
    Json(serde_json::Value),
}

/// One row: columns with their values, in the statement's order. As JSON it is an object: decimals
/// are text, bytes base64, and numbers that JSON does not have their names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row(Vec<(String, ColumnValue)>);

impl Row {
    /// Adds a column at the end.
    pub fn push(&mut self, name: impl Into<String>, value: ColumnValue) {
        self.0.push((name.into(), value));
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[(String, ColumnValue)] {
        &self.0
    }

    /// The columns and what is in them.
    pub fn into_columns(self) -> Vec<(String, ColumnValue)> {
        self.0
    }

    /// The row as a JSON object.
    pub fn into_json(self) -> Map<String, serde_json::Value> {
        let columns = self.0.into_iter();
        columns
            .map(|(name, value)| (name, value.into_json()))
            .collect()
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl ColumnValue {
    /// The value as JSON.
    pub fn into_json(self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => value.into(),
            Self::Integer(number) => number.into(),
            Self::Unsigned(number) => number.into(),
            Self::Real(number) => Number::from_f64(number)
                .map_or_else(|| name_of(number).into(), serde_json::Value::Number),
            Self::Decimal(text) | Self::Text(text) => text.into(),
            Self::Bytes(bytes) => STANDARD.encode(bytes).into(),
            Self::Json(value) => value,
        }
    }
}

impl Serialize for ColumnValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Unsigned(number) => serializer.serialize_u64(*number),
            Self::Real(number) if number.is_finite() => serializer.serialize_f64(*number),
            Self::Real(number) => serializer.serialize_str(name_of(*number)),
            Self::Decimal(text) | Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_str(&STANDARD.encode(bytes)),
            Self::Json(value) => value.serialize(serializer),
        }
    }
}

/// Returns the name of a number that JSON does not have, as PostgreSQL writes it.
fn name_of(number: f64) -> &'static str {
    match number {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => "NaN",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_ways_to_json_are_the_same_one() {
        let mut row = Row::default();
        for (name, value) in [
            ("null", ColumnValue::Null),
            ("bool", ColumnValue::Bool(true)),
            ("integer", ColumnValue::Integer(i64::MIN)),
            ("unsigned", ColumnValue::Unsigned(u64::MAX)),
            ("real", ColumnValue::Real(0.1)),
            ("infinity", ColumnValue::Real(f64::INFINITY)),
            ("nan", ColumnValue::Real(f64::NAN)),
            ("decimal", ColumnValue::Decimal("1.50".to_owned())),
            ("text", ColumnValue::Text("a\"b".to_owned())),
            ("bytes", ColumnValue::Bytes(vec![0, 255])),
            ("json", ColumnValue::Json(json!({"a": [1]}))),
        ] {
            row.push(name, value);
        }
        let text = serde_json::to_string(&row).unwrap();
        let expected = json!({
            "null": null, "bool": true, "integer": i64::MIN, "unsigned": u64::MAX, "real": 0.1,
            "infinity": "Infinity", "nan": "NaN", "decimal": "1.50", "text": "a\"b", "bytes": "AP8=",
            "json": {"a": [1]},
        });
        assert_eq!(text, expected.to_string());
        assert_eq!(serde_json::Value::Object(row.into_json()), expected);
    }
}
