//! JSON as values of Lua, and back.
//!
//! Whole numbers within 64 bits are integers, all others floats.

use std::fmt::Write as _;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use crate::packed::{Packer, Value};

/// Packs JSON text. The error says what is wrong with the text, and where.
pub fn pack(text: &str, packer: &mut Packer) -> Result<(), String> {
    let mut json = serde_json::Deserializer::from_str(text);
    Pack(packer)
        .deserialize(&mut json)
        .and_then(|()| json.end())
        .map_err(|error| error.to_string())
}

/// Packs each value where it is read.
struct Pack<'p>(&'p mut Packer);

impl<'de> DeserializeSeed<'de> for Pack<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pack<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.none();
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.boolean(value);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.integer(value);
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "a float is what remains")]
    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.0.integer(value),
            Err(_) => self.0.float(value as f64),
        }
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.0.float(value);
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.0.string(value.as_bytes());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut list = self.0.open_list();
        while items.next_element_seed(Pack(list.item()))?.is_some() {
            list.add();
        }
        list.close();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut object = self.0.open_object();
        while let Some(name) = fields.next_key::<String>()? {
            let packer = object.item();
            packer.name(&name);
            fields.next_value_seed(Pack(packer))?;
            object.add();
        }
        object.close();
        Ok(())
    }
}

/// Returns a value as JSON text. The error says which value JSON has no form for.
pub fn text(value: &Value) -> Result<String, String> {
    let mut text = String::new();
    write(value, &mut text)?;
    Ok(text)
}

fn write(value: &Value, to: &mut String) -> Result<(), String> {
    match value {
        Value::None => to.push_str("null"),
        Value::Boolean(value) => to.push_str(if *value { "true" } else { "false" }),
        Value::Integer(value) => {
            // Writing to a string does not fail.
            let _ = write!(to, "{value}");
        }
        Value::Float(value) => match serde_json::Number::from_f64(*value) {
            Some(number) => to.push_str(&number.to_string()),
            None => return Err(format!("JSON has no form for the number {value}")),
        },
        Value::String(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => quoted(text, to),
            Err(_) => {
                return Err("JSON has no form for a string that is not UTF-8".to_owned());
            }
        },
        Value::List(items) => {
            to.push('[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    to.push(',');
                }
                write(item, to)?;
            }
            to.push(']');
        }
        Value::Object(fields) => {
            to.push('{');
            for (number, (name, value)) in fields.iter().enumerate() {
                if number > 0 {
                    to.push(',');
                }
                quoted(name, to);
                to.push(':');
                write(value, to).map_err(|error| format!("{error}, in the field `{name}`"))?;
            }
            to.push('}');
        }
    }
    Ok(())
}

fn quoted(text: &str, to: &mut String) {
    to.push('"');
    let mut rest = text;
    // Most texts need no escape, and are copied as they are.
    while let Some(at) = rest
        .bytes()
        .position(|it| it < 0x20 || it == b'"' || it == b'\\')
    {
        to.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => to.push_str("\\\""),
            b'\\' => to.push_str("\\\\"),
            b'\n' => to.push_str("\\n"),
            b'\r' => to.push_str("\\r"),
            b'\t' => to.push_str("\\t"),
            other => {
                let _ = write!(to, "\\u{other:04x}");
            }
        }
        rest = &rest[at + 1..];
    }
    to.push_str(rest);
    to.push('"');
}

#[cfg(test)]
mod tests {
    use super::{pack, text};
    use crate::packed::{Packer, Value, read};

    fn value(json: &str) -> Value {
        let mut packer = Packer::default();
        pack(json, &mut packer).unwrap();
        read(&packer.finish()).unwrap()
    }

    #[test]
    fn json_comes_back_as_it_was() {
        for json in [
            "null",
            "true",
            "[]",
            "{}",
            "[1,-2.5,\"a\\\"b\\\\c\\n\\u0001\",null,[false]]",
            r#"{"a":{"b":[{}]},"c":9223372036854775807}"#,
            "-9223372036854775808",
            "1e300",
            "3.0",
        ] {
            let expected = json.replace("1e300", "1e+300");
            assert_eq!(text(&value(json)).unwrap(), expected);
        }
    }

    #[test]
    fn whole_numbers_beyond_64_bits_are_floats() {
        assert_eq!(value("9223372036854775808"), Value::Float(2f64.powi(63)));
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        for (json, expected) in [
            ("{\"a\":", "EOF"),
            ("[1,]", "trailing comma at line 1 column 4"),
            ("1 2", "trailing characters"),
            ("", "EOF"),
        ] {
            let error = pack(json, &mut Packer::default()).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        let deep = "[".repeat(1000);
        let error = pack(&deep, &mut Packer::default()).unwrap_err();
        assert!(error.contains("recursion limit"), "{error}");
    }

    #[test]
    fn what_json_has_no_form_for_is_named() {
        let error = text(&Value::Object(vec![("a".into(), Value::Float(f64::NAN))]));
        assert_eq!(
            error.unwrap_err(),
            "JSON has no form for the number NaN, in the field `a`"
        );
        assert!(text(&Value::String(vec![0xFF])).is_err());
    }
}
