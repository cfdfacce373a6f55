//! Bytes as people read them: as text where they are UTF-8, else as a list of numbers.

use std::fmt;

use serde::{
    Deserializer, Serialize, Serializer,
    de::{SeqAccess, Visitor},
};

/// The most bytes for which room is made before they are read.
const ROOM: usize = 4 << 10;

pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    match str::from_utf8(bytes) {
        Ok(text) => serializer.serialize_str(text),
        Err(_) => bytes.serialize(serializer),
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    deserializer.deserialize_any(Octets)
}

struct Octets;

impl<'de> Visitor<'de> for Octets {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a list of numbers from 0 to 255")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
        Ok(text.as_bytes().to_vec())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<u8>, A::Error> {
        let mut bytes = Vec::with_capacity(list.size_hint().unwrap_or_default().min(ROOM));
        while let Some(byte) = list.next_element()? {
            bytes.push(byte);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use crate::http::Response;

    fn written_and_read(body: &[u8]) -> (String, Response) {
        let response = Response {
            status: 200,
            headers: vec![("a".into(), "b".into())],
            body: body.to_vec(),
        };
        let json = serde_json::to_string(&response).unwrap();
        let read = serde_json::from_str(&json).unwrap();
        assert_eq!(response, read);
        (json, read)
    }

    #[test]
    fn text_is_text_and_all_else_is_numbers() {
        assert!(written_and_read(b"Hello").0.contains(r#""Hello""#));
        assert!(written_and_read(&[0xff, 0]).0.contains("[255,0]"));
        assert!(written_and_read(b"").0.contains(r#""body":"""#));
    }

    #[test]
    fn what_is_neither_is_refused() {
        for body in ["5", "[256]", "{}", "null"] {
            let json = format!(r#"{{"status":200,"headers":[],"body":{body}}}"#);
            assert!(serde_json::from_str::<Response>(&json).is_err(), "{body}");
        }
    }
}
