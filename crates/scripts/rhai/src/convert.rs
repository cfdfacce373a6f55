//! Rhai's values as those that scripts and the host exchange, and back.

use raisfast_script_interface::Value;
use rhai::{Array, Blob, Dynamic, Map};

/// Returns a value as Rhai's. Rhai has no number for a decimal, which is a text here, so that no
/// digit is lost.
pub(crate) fn to_dynamic(value: Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Boolean(flag) => flag.into(),
        Value::Integer(number) => number.into(),
        Value::Float(number) => number.into(),
        Value::Decimal(text) | Value::Text(text) => text.into(),
        Value::Bytes(bytes) => Dynamic::from_blob(bytes),
        Value::List(items) => {
            Dynamic::from_array(items.into_iter().map(to_dynamic).collect::<Array>())
        }
        Value::Object(fields) => {
            let fields = fields.into_iter();
            let map: Map = fields
                .map(|(name, value)| (name.into(), to_dynamic(value)))
                .collect();
            Dynamic::from_map(map)
        }
    }
}

/// Returns a value of Rhai's. One of a kind that others do not have is its text.
pub(crate) fn to_value(value: &Dynamic) -> Value {
    if value.is_unit() {
        return Value::Null;
    }
    if let Ok(flag) = value.as_bool() {
        return Value::Boolean(flag);
    }
    if let Ok(number) = value.as_int() {
        return Value::Integer(number);
    }
    if let Ok(number) = value.as_float() {
        return Value::Float(number);
    }
    if let Some(map) = value.read_lock::<Map>() {
        let fields = map.iter();
        return Value::object(fields.map(|(name, value)| (name.as_str(), to_value(value))));
    }
    if let Some(items) = value.read_lock::<Array>() {
        return Value::List(items.iter().map(to_value).collect());
    }
    if let Some(bytes) = value.read_lock::<Blob>() {
        return Value::Bytes(bytes.clone());
    }
    Value::Text(value.to_string())
}

#[cfg(test)]
mod tests {
    use raisfast_script_interface::json;

    use super::*;

    #[test]
    fn a_value_comes_back_as_it_was() {
        let text = r#"{"a":[1,2.5,null,true,"x"],"b":{"c":-9223372036854775808}}"#;
        let value = json::read(text).unwrap();
        assert_eq!(to_value(&to_dynamic(value.clone())), value);
        let bytes = Value::Bytes(vec![0, 255]);
        assert_eq!(to_value(&to_dynamic(bytes.clone())), bytes);
    }

    #[test]
    fn no_digit_of_a_number_is_lost() {
        let large = json::read("18446744073709551615").unwrap();
        assert_eq!(to_dynamic(large).to_string(), "18446744073709551615");
        assert_eq!(to_value(&'x'.into()), Value::Text("x".into()));
    }
}
