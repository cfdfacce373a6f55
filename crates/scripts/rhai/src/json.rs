//! JSON as Rhai's values, and back.

use rhai::{Array, Blob, Dynamic, Map};
use serde_json::{Number, Value};

/// Returns JSON as a value of Rhai's. A whole number beyond 64 bits with a sign is a text, so that
/// no digit is lost.
pub(crate) fn from_json(value: Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Bool(flag) => flag.into(),
        Value::Number(number) => from_number(&number),
        Value::String(text) => text.into(),
        Value::Array(items) => {
            Dynamic::from_array(items.into_iter().map(from_json).collect::<Array>())
        }
        Value::Object(fields) => {
            let fields = fields.into_iter();
            let map: Map = fields
                .map(|(name, value)| (name.into(), from_json(value)))
                .collect();
            Dynamic::from_map(map)
        }
    }
}

fn from_number(number: &Number) -> Dynamic {
    if let Some(integer) = number.as_i64() {
        return integer.into();
    }
    if number.is_u64() {
        return number.to_string().into();
    }
    number.as_f64().map_or(Dynamic::UNIT, Into::into)
}

/// Returns a value of Rhai's as JSON. What JSON has no form for is its text; a number that is
/// none is null.
pub(crate) fn to_json(value: &Dynamic) -> Value {
    if value.is_unit() {
        return Value::Null;
    }
    if let Ok(flag) = value.as_bool() {
        return flag.into();
    }
    if let Ok(integer) = value.as_int() {
        return integer.into();
    }
    if let Ok(float) = value.as_float() {
        return Number::from_f64(float).map_or(Value::Null, Value::Number);
    }
    if let Some(map) = value.read_lock::<Map>() {
        let fields = map.iter();
        return Value::Object(
            fields
                .map(|(name, value)| (name.to_string(), to_json(value)))
                .collect(),
        );
    }
    if let Some(items) = value.read_lock::<Array>() {
        return Value::Array(items.iter().map(to_json).collect());
    }
    if let Some(bytes) = value.read_lock::<Blob>() {
        return Value::Array(bytes.iter().map(|&byte| byte.into()).collect());
    }
    value.to_string().into()
}

/// Returns a text as it is, and anything else as JSON text: what a script may hand over as JSON.
pub(crate) fn json_text(value: &Dynamic) -> String {
    match value.clone().into_string() {
        Ok(text) => text,
        Err(_) => to_json(value).to_string(),
    }
}
