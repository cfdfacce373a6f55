//! JSON whose numbers stay as they were written.
//!
//! `serde_json::Value` keeps a number in 64 bits: what has more digits comes back as another
//! number. Here a number is its text.

use std::{
    fmt::{self, Write},
    str::FromStr,
};

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::{Map, Value, value::RawValue};

/// Lists and objects within one another, as many as `serde_json` takes.
const MAX_DEPTH: usize = 127;

/// A JSON object. Of members of one name the last counts. As text it has no spaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JsonObject(IndexMap<String, Json>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Json {
    /// A text, a number, a truth or null, as JSON.
    Scalar(Box<str>),
    List(Vec<Json>),
    Object(JsonObject),
}

/// The text is not a JSON object.
#[derive(Debug, thiserror::Error)]
pub enum InvalidJsonObject {
    /// It is not JSON.
    #[error(transparent)]
    Syntax(#[from] serde_json::Error),
    /// It is something else.
    #[error("invalid type: expected an object")]
    Type,
    /// It has too many lists and objects within one another.
    #[error("more than {MAX_DEPTH} lists and objects are within one another")]
    Depth,
}

impl JsonObject {
    /// Changes the members that the patch has, as a JSON Merge Patch (RFC 7396) says: `null`
    /// removes one, an object is merged into an object, anything else takes the member's place.
    pub fn merge(&mut self, patch: Self) {
        for (name, change) in patch.0 {
            match change {
                Json::Scalar(text) if &*text == "null" => {
                    self.0.shift_remove(&name);
                }
                Json::Object(change) => {
                    let member = self.0.entry(name).or_insert(Json::Object(Self::default()));
                    if !matches!(member, Json::Object(_)) {
                        *member = Json::Object(Self::default());
                    }
                    if let Json::Object(member) = member {
                        member.merge(change);
                    }
                }
                change => {
                    self.0.insert(name, change);
                }
            }
        }
    }

    /// The names of members that are not the same in both, or in one of them only.
    pub fn differences<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a str> {
        let here = self.0.iter();
        let here = here.filter(|(name, value)| other.0.get(*name) != Some(value));
        let there = other.0.keys().filter(|name| !self.0.contains_key(*name));
        here.map(|(name, _)| name).chain(there).map(String::as_str)
    }
}

impl FromStr for JsonObject {
    type Err = InvalidJsonObject;

    fn from_str(text: &str) -> Result<Self, InvalidJsonObject> {
        Self::read(serde_json::from_str::<&RawValue>(text)?)
    }
}

impl JsonObject {
    fn read(json: &RawValue) -> Result<Self, InvalidJsonObject> {
        match Reader(json.get()).value(0)? {
            Json::Object(object) => Ok(object),
            Json::List(_) | Json::Scalar(_) => Err(InvalidJsonObject::Type),
        }
    }
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        Self::read(&json).map_err(D::Error::custom)
    }
}

impl Serialize for JsonObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string())
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}

impl From<Map<String, Value>> for JsonObject {
    fn from(map: Map<String, Value>) -> Self {
        // Whatever a map holds can be written and read, but for what is too deep to be read.
        Value::Object(map).to_string().parse().unwrap_or_default()
    }
}

impl fmt::Display for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('{')?;
        for (index, (name, value)) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_char(',')?;
            }
            write!(f, "{}:{value}", quoted(name))?;
        }
        f.write_char('}')
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(text) => f.write_str(text),
            Self::Object(object) => object.fmt(f),
            Self::List(values) => {
                f.write_char('[')?;
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        f.write_char(',')?;
                    }
                    value.fmt(f)?;
                }
                f.write_char(']')
            }
        }
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The rest of a text that is JSON, as the parser behind [`RawValue`] has found.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Result<Json, InvalidJsonObject> {
        self.skip_spaces();
        match self.0.as_bytes().first() {
            Some(b'{' | b'[') if depth == MAX_DEPTH => Err(InvalidJsonObject::Depth),
            Some(b'{') => {
                self.skip(1);
                self.members(depth + 1)
            }
            Some(b'[') => {
                self.skip(1);
                self.items(depth + 1)
            }
            // Written anew, so that two texts that are equal look so.
            Some(b'"') => Ok(Json::Scalar(quoted(&self.text()?).into())),
            _ => {
                let end = self.0.find([',', ']', '}', ' ', '\t', '\r', '\n']);
                Ok(Json::Scalar(self.skip(end.unwrap_or(self.0.len())).into()))
            }
        }
    }

    fn members(&mut self, depth: usize) -> Result<Json, InvalidJsonObject> {
        let mut members = IndexMap::new();
        while !self.ends('}') {
            let name = self.text()?;
            self.skip_spaces();
            self.skip(":".len());
            members.insert(name, self.value(depth)?);
        }
        Ok(Json::Object(JsonObject(members)))
    }

    fn items(&mut self, depth: usize) -> Result<Json, InvalidJsonObject> {
        let mut items = Vec::new();
        while !self.ends(']') {
            items.push(self.value(depth)?);
        }
        Ok(Json::List(items))
    }

    /// Skips the comma before the next thing, or the end of all of them.
    fn ends(&mut self, end: char) -> bool {
        self.skip_spaces();
        if self.0.starts_with(',') {
            self.skip(1);
            self.skip_spaces();
        }
        let ends = self.0.is_empty() || self.0.starts_with(end);
        if ends {
            self.skip(1);
        }
        ends
    }

    fn text(&mut self) -> Result<String, InvalidJsonObject> {
        let mut escaped = false;
        let end = self.0.bytes().skip(1).position(|byte| {
            let is_end = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            is_end
        });
        let length = end.map_or(self.0.len(), |end| end + 2);
        Ok(serde_json::from_str(self.skip(length))?)
    }

    fn skip_spaces(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn skip(&mut self, bytes: usize) -> &'a str {
        let (skipped, rest) = self.0.split_at(bytes.min(self.0.len()));
        self.0 = rest;
        skipped
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{InvalidJsonObject, JsonObject};

    fn object(text: &str) -> JsonObject {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn numbers_stay_as_they_were_written() {
        for number in [
            "115.20400100618605",
            "123456789.12345679",
            "123456789012345678901234567890",
            "12345678901234567890.123456789",
            "-0",
            "-0.0",
            "1.0",
            "1e400",
            "1E-7",
            "0.1000000000000000055511151231257827",
            "9007199254740993",
            "18446744073709551616",
        ] {
            let text = format!("{{\"v\":{number},\"w\":[{number},{{\"x\":{number}}}]}}");
            assert_eq!(object(&text).to_string(), text);
            let json = serde_json::to_string(&object(&text)).unwrap();
            assert_eq!(json, text);
            let again: JsonObject = serde_json::from_str(&json).unwrap();
            assert_eq!(again, object(&text));
        }
    }

    #[test]
    fn the_rest_is_what_the_library_makes_of_it() {
        for text in [
            "{}",
            " { } ",
            "{\"a\" : [ 1 , [ ] , { } , \"x\" ] ,\r\n\t\"b\":null}",
            r#"{"a":"\u0041\n\"\\\/é💩\u0000","\u00e9":true,"":false}"#,
            r#"{"a":1,"b":2,"a":{"c":1,"c":[2]}}"#,
            r#"{"a":"]},:[{"}"#,
        ] {
            let parsed: Value = serde_json::from_str(text).unwrap();
            assert_eq!(object(text).to_string(), parsed.to_string(), "{text}");
            let Value::Object(map) = parsed else {
                panic!("an object")
            };
            assert_eq!(JsonObject::from(map), object(text));
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in [
            "",
            "{",
            "{\"a\":}",
            "{\"a\":NaN}",
            "{} {}",
            "{'a':1}",
            "{\"a\":01}",
        ] {
            let error = text.parse::<JsonObject>().unwrap_err();
            assert!(
                matches!(error, InvalidJsonObject::Syntax(_)),
                "{text}: {error}"
            );
        }
        for text in ["[]", "1", "null", "\"x\""] {
            let error = text.parse::<JsonObject>().unwrap_err();
            assert!(matches!(error, InvalidJsonObject::Type), "{text}: {error}");
        }
        let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(deep(126).parse::<JsonObject>().is_ok());
        assert!(serde_json::from_str::<Value>(&deep(126)).is_ok());
        for depth in [127, 100_000] {
            let error = deep(depth).parse::<JsonObject>().unwrap_err();
            assert!(
                matches!(error, InvalidJsonObject::Depth),
                "{depth}: {error}"
            );
        }
    }

    /// The examples of the standard's appendix whose both sides are objects.
    #[test]
    fn patches_do_what_the_standard_says() {
        let map = |value: Value| match value {
            Value::Object(map) => JsonObject::from(map),
            other => panic!("an object, not {other}"),
        };
        for (target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (
                json!({"a": "b", "b": "c"}),
                json!({"a": null}),
                json!({"b": "c"}),
            ),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (
                json!({"a": [{"b": "c"}]}),
                json!({"a": [1]}),
                json!({"a": [1]}),
            ),
            (
                json!({"e": null}),
                json!({"a": 1}),
                json!({"e": null, "a": 1}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ] {
            let mut merged = map(target);
            merged.merge(map(patch));
            assert_eq!(merged, map(result));
        }
    }

    #[test]
    fn a_number_differs_where_its_digits_do() {
        let (before, after) = (
            object(r#"{"a":123456789012345678901234567890,"b":1,"c":"x"}"#),
            object(r#"{"a":1.2345678901234568e+29,"b":1,"d":null}"#),
        );
        let names: Vec<_> = before.differences(&after).collect();
        assert_eq!(names, ["a", "c", "d"]);
        assert_eq!(JsonObject::from(Map::new()), JsonObject::default());
    }
}
