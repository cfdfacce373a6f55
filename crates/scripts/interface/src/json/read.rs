//! Reading JSON.

use super::MAX_DEPTH;
use crate::{Object, Value};

/// A text that is not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Something else stands where JSON expects one thing.
    #[error("not JSON: expected {expected} at byte {at}")]
    Expected {
        /// The thing that JSON expects.
        expected: &'static str,
        /// The place, counted from 0.
        at: usize,
    },
    /// Too many lists and objects within each other.
    #[error("JSON of more than {MAX_DEPTH} lists and objects within each other; make it flatter")]
    Deep,
}

/// Returns the value of a JSON text. Of fields with the same name the last one counts.
pub fn read(text: &str) -> Result<Value, Error> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.expected("the end"));
    }
    Ok(value)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Returns true if this byte stands next, and goes past it.
    fn takes(&mut self, byte: u8) -> bool {
        self.skip_space();
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expected(&self, expected: &'static str) -> Error {
        Error::Expected {
            expected,
            at: self.at,
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Error> {
        self.skip_space();
        match self.peek() {
            Some(b'{' | b'[') if depth == MAX_DEPTH => Err(Error::Deep),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(b'"') => self.string().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                for (word, value) in [
                    ("null", Value::Null),
                    ("true", Value::Boolean(true)),
                    ("false", Value::Boolean(false)),
                ] {
                    if self.text[self.at..].starts_with(word) {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                Err(self.expected("a value"))
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Error> {
        self.at += 1;
        let mut items = Vec::new();
        if self.takes(b']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.takes(b']') {
                return Ok(Value::List(items));
            }
            if !self.takes(b',') {
                return Err(self.expected("`,` or `]`"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Error> {
        self.at += 1;
        let mut fields = Fields::default();
        if self.takes(b'}') {
            return Ok(Value::Object(fields.all));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.expected("a name in quotes"));
            }
            let name = self.string()?;
            if !self.takes(b':') {
                return Err(self.expected("`:`"));
            }
            let value = self.value(depth)?;
            fields.set(name, value);
            if self.takes(b'}') {
                return Ok(Value::Object(fields.all));
            }
            if !self.takes(b',') {
                return Err(self.expected("`,` or `}`"));
            }
        }
    }

    fn number(&mut self) -> Result<Value, Error> {
        let begin = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        let mut is_whole = true;
        if self.peek() == Some(b'.') {
            is_whole = false;
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            is_whole = false;
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        let digits = &self.text[begin..self.at];
        if is_whole {
            return Ok(digits
                .parse()
                .map_or_else(|_| Value::Decimal(digits.to_owned()), Value::Integer));
        }
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => Err(Error::Expected {
                expected: "a number that 64 bits hold",
                at: begin,
            }),
        }
    }

    fn digits(&mut self) -> Result<(), Error> {
        let begin = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == begin {
            return Err(self.expected("a digit"));
        }
        Ok(())
    }

    /// The text from an opening quote to the closing one.
    fn string(&mut self) -> Result<String, Error> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let begin = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..0x20)) {
                self.at += 1;
            }
            string.push_str(&self.text[begin..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => {
                    self.at += 1;
                    string.push(self.escaped()?);
                }
                _ => return Err(self.expected("`\"`, or control characters as escapes")),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, Error> {
        let character = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.code_point();
            }
            _ => return Err(self.expected("an escape")),
        };
        self.at += 1;
        Ok(character)
    }

    /// A character of one or two escapes. Half a pair, which Rust's text cannot have, becomes
    /// U+FFFD.
    fn code_point(&mut self) -> Result<char, Error> {
        let first = self.hexadecimal()?;
        if !(0xd800..0xdc00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let after_first = self.at;
        if self.text.as_bytes()[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let second = self.hexadecimal()?;
            if (0xdc00..0xe000).contains(&second) {
                let pair = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = after_first;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hexadecimal(&mut self) -> Result<u32, Error> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let digits = digits.and_then(|digits| {
            digits.iter().try_fold(0, |number, digit| {
                Some(number * 16 + char::from(*digit).to_digit(16)?)
            })
        });
        let number = digits.ok_or_else(|| self.expected("four hexadecimal digits"))?;
        self.at += 4;
        Ok(number)
    }
}

/// The fields of one object, each name once.
#[derive(Default)]
struct Fields {
    all: Object,
    /// Places by name, once there are so many that looking through all would take long.
    places: std::collections::HashMap<String, usize>,
}

impl Fields {
    const FEW: usize = 16;

    fn set(&mut self, name: String, value: Value) {
        if self.all.len() < Self::FEW {
            match self.all.iter_mut().find(|(field, _)| *field == name) {
                Some(field) => field.1 = value,
                None => self.all.push((name, value)),
            }
            return;
        }
        if self.places.is_empty() {
            let names = self.all.iter().enumerate();
            self.places = names.map(|(at, (name, _))| (name.clone(), at)).collect();
        }
        if let Some(at) = self.places.get(&name) {
            self.all[*at].1 = value;
        } else {
            self.places.insert(name.clone(), self.all.len());
            self.all.push((name, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "null",
            "true",
            r#""a\"\\\n""#,
            "-9223372036854775808",
            "18446744073709551615",
            "123456789012345678901234567890",
            "0.1",
            "1e300",
            r#"{"a":[1,{"b":null}],"c":""}"#,
        ] {
            assert_eq!(read(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn numbers_keep_their_kind() {
        assert_eq!(
            read("9007199254740993").unwrap(),
            9_007_199_254_740_993_i64.into()
        );
        assert_eq!(read("1.0").unwrap(), Value::Float(1.0));
        assert_eq!(
            read("9223372036854775808").unwrap(),
            Value::Decimal("9223372036854775808".into())
        );
    }

    #[test]
    fn escapes_are_characters() {
        assert_eq!(read(r#""\u00e4\/\b\f""#).unwrap(), "ä/\u{8}\u{c}".into());
        assert_eq!(read(r#""\ud83d\ude00""#).unwrap(), "😀".into());
        assert_eq!(read(r#""\ud83dx""#).unwrap(), "\u{fffd}x".into());
        assert_eq!(read(r#""\ud83d\u0041""#).unwrap(), "\u{fffd}A".into());
    }

    #[test]
    fn the_last_of_two_fields_with_one_name_counts() {
        assert_eq!(read(r#"{"a":1,"a":2}"#).unwrap().to_string(), r#"{"a":2}"#);
        let many: Vec<String> = (0..40).map(|at| format!("\"f{}\":{at}", at % 20)).collect();
        let read = read(&format!("{{{}}}", many.join(","))).unwrap();
        let Value::Object(fields) = read else {
            panic!("{read}");
        };
        assert_eq!(fields.len(), 20);
        assert_eq!(fields[19], ("f19".into(), 39_i64.into()));
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        for (text, expected) in [
            ("", "a value at byte 0"),
            ("[1,]", "a value at byte 3"),
            ("[1 2]", "`,` or `]` at byte 3"),
            ("{a:1}", "a name in quotes at byte 1"),
            ("{\"a\" 1}", "`:` at byte 5"),
            ("{\"a\":1", "`,` or `}` at byte 6"),
            ("1 2", "the end at byte 2"),
            ("01", "the end at byte 1"),
            ("-", "a digit at byte 1"),
            ("1.", "a digit at byte 2"),
            ("1e999", "a number that 64 bits hold at byte 0"),
            ("\"a", "`\"`, or control characters as escapes at byte 2"),
            ("\"\n\"", "`\"`, or control characters as escapes at byte 1"),
            (r#""\x""#, "an escape at byte 2"),
            (r#""\u12""#, "four hexadecimal digits at byte 3"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert_eq!(error, format!("not JSON: expected {expected}"), "{text}");
        }
    }

    #[test]
    fn depth_has_a_bound() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(read(&nested(MAX_DEPTH + 1)), Err(Error::Deep));
        assert_eq!(read(&"[".repeat(1_000_000)), Err(Error::Deep));
    }
}
