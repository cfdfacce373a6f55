//! Writing JSON.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::Value;

/// Returns a value as JSON text.
pub fn write(value: &Value) -> String {
    let mut json = String::new();
    append(value, &mut json);
    json
}

fn append(value: &Value, json: &mut String) {
    match value {
        Value::Null => json.push_str("null"),
        Value::Boolean(true) => json.push_str("true"),
        Value::Boolean(false) => json.push_str("false"),
        Value::Integer(number) => {
            let _ = write!(json, "{number}");
        }
        // `Debug` has an exponent where digits would be many.
        Value::Float(number) if number.is_finite() => {
            let _ = write!(json, "{number:?}");
        }
        Value::Float(number) => write_text(name_of(*number), json),
        Value::Decimal(digits) if is_whole(digits) => json.push_str(digits),
        Value::Decimal(text) | Value::Text(text) => write_text(text, json),
        Value::Bytes(bytes) => {
            json.push('"');
            STANDARD.encode_string(bytes, json);
            json.push('"');
        }
        Value::List(items) => {
            json.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    json.push(',');
                }
                append(item, json);
            }
            json.push(']');
        }
        Value::Object(fields) => {
            json.push('{');
            for (index, (name, value)) in fields.iter().enumerate() {
                if index > 0 {
                    json.push(',');
                }
                write_text(name, json);
                json.push(':');
                append(value, json);
            }
            json.push('}');
        }
    }
}

/// Appends a text as a JSON string, with its quotes.
pub fn write_text(text: &str, json: &mut String) {
    json.reserve(text.len() + 2);
    json.push('"');
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        let short = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..0x20 => "",
            _ => continue,
        };
        // An escaped byte is ASCII, so both are boundaries of characters.
        json.push_str(&text[written..at]);
        if short.is_empty() {
            let _ = write!(json, "\\u{byte:04x}");
        } else {
            json.push_str(short);
        }
        written = at + 1;
    }
    json.push_str(&text[written..]);
    json.push('"');
}

fn is_whole(digits: &str) -> bool {
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    let is_written = digits == "0" || !digits.starts_with('0');
    !digits.is_empty() && is_written && digits.bytes().all(|byte| byte.is_ascii_digit())
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
    use super::*;

    #[test]
    fn each_kind_has_its_form() {
        let value = Value::object([
            ("null", Value::Null),
            ("truth", true.into()),
            ("least", i64::MIN.into()),
            ("large", u64::MAX.into()),
            ("float", 0.1.into()),
            ("huge", 1e300.into()),
            ("nan", f64::NAN.into()),
            ("decimal", Value::Decimal("1.50".into())),
            ("bytes", Value::Bytes(vec![0, 255])),
            ("list", vec![1_i64.into(), "a".into()].into()),
        ]);
        let expected = r#"{"null":null,"truth":true,"least":-9223372036854775808,"large":18446744073709551615,"float":0.1,"huge":1e300,"nan":"NaN","decimal":"1.50","bytes":"AP8=","list":[1,"a"]}"#;
        assert_eq!(write(&value), expected);
    }

    #[test]
    fn text_is_escaped_where_json_asks_for_it() {
        let text = Value::from("ä\"\\\n\r\t\u{1}é\u{2028}");
        assert_eq!(write(&text), "\"ä\\\"\\\\\\n\\r\\t\\u0001é\u{2028}\"");
        assert_eq!(write(&"".into()), "\"\"");
    }

    #[test]
    fn decimals_with_leading_zeros_are_no_numbers() {
        assert_eq!(write(&Value::Decimal("007".into())), "\"007\"");
        assert_eq!(write(&Value::Decimal("-0".into())), "-0");
    }
}
