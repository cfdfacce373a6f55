//! Values on their way between Rust and Lua, as bytes.
//!
//! A byte for the kind, then: nothing; a number in eight bytes; a length in four and the bytes; a
//! count in four and the items; a count and for each field its name and its value. Everything is
//! in the order of a little-endian machine, as the two sides share one memory. `c/values.c` has the
//! other half.
//!
//! A string of Lua is text where it is UTF-8, and bytes where it is not. A decimal is a string of
//! its digits, with which Lua computes as with a number.

use raisfast_script_interface::Value;
use thiserror::Error;

const NONE: u8 = 0;
const NO: u8 = 1;
const YES: u8 = 2;
const INTEGER: u8 = 3;
const FLOAT: u8 = 4;
const STRING: u8 = 5;
const LIST: u8 = 6;
const OBJECT: u8 = 7;
const SAME: u8 = 8;

/// Tables in tables; `c/values.c` refuses deeper ones.
const MAX_DEPTH: usize = 128;

/// The reason why bytes are not a packed value.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Unreadable {
    /// It ends too early.
    #[error("a packed value is cut off")]
    CutOff,
    /// Not a kind.
    #[error("a packed value has the unknown kind {0}")]
    Kind(u8),
    /// A name of a field that is not UTF-8.
    #[error("the name of a field is not UTF-8: {0:?}")]
    Name(String),
    /// Lists in lists.
    #[error("a packed value is nested more than {MAX_DEPTH} deep")]
    Depth,
}

/// Reads a value. The fields of an object are in the order of their names: Lua's own is another
/// one in each table.
pub fn read(bytes: &[u8]) -> Result<Value, Unreadable> {
    Reader { rest: bytes }.value(0)
}

struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    fn take(&mut self, length: usize) -> Result<&'b [u8], Unreadable> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(Unreadable::CutOff)?;
        self.rest = rest;
        Ok(taken)
    }

    fn eight(&mut self) -> Result<[u8; 8], Unreadable> {
        let bytes = self.take(8)?;
        bytes.try_into().map_err(|_| Unreadable::CutOff)
    }

    fn count(&mut self) -> Result<usize, Unreadable> {
        let bytes = self.take(4)?;
        let bytes = bytes.try_into().map_err(|_| Unreadable::CutOff)?;
        usize::try_from(u32::from_le_bytes(bytes)).map_err(|_| Unreadable::CutOff)
    }

    fn bytes(&mut self) -> Result<&'b [u8], Unreadable> {
        let length = self.count()?;
        self.take(length)
    }

    fn string(&mut self) -> Result<Value, Unreadable> {
        let bytes = self.bytes()?.to_vec();
        Ok(String::from_utf8(bytes)
            .map_or_else(|error| Value::Bytes(error.into_bytes()), Value::Text))
    }

    fn name(&mut self) -> Result<String, Unreadable> {
        let bytes = self.bytes()?;
        match std::str::from_utf8(bytes) {
            Ok(name) => Ok(name.to_owned()),
            Err(_) => Err(Unreadable::Name(
                String::from_utf8_lossy(bytes).into_owned(),
            )),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Unreadable> {
        if depth > MAX_DEPTH + 1 {
            return Err(Unreadable::Depth);
        }
        Ok(match self.take(1)?[0] {
            NONE => Value::Null,
            NO => Value::Boolean(false),
            YES => Value::Boolean(true),
            INTEGER => Value::Integer(i64::from_le_bytes(self.eight()?)),
            FLOAT => Value::Float(f64::from_le_bytes(self.eight()?)),
            STRING => self.string()?,
            LIST => {
                let count = self.count()?;
                // An item is a byte at least: a wrong count reserves no memory.
                let mut items = Vec::with_capacity(count.min(self.rest.len()));
                for _ in 0..count {
                    items.push(self.value(depth + 1)?);
                }
                Value::List(items)
            }
            OBJECT => {
                let count = self.count()?;
                let mut fields = Vec::with_capacity(count.min(self.rest.len()));
                for _ in 0..count {
                    fields.push((self.name()?, self.value(depth + 1)?));
                }
                fields.sort_by(|(a, _), (b, _)| a.cmp(b));
                Value::Object(fields)
            }
            kind => return Err(Unreadable::Kind(kind)),
        })
    }
}

/// Returns a value, packed. In a list, nothing is `Host.null`; a field of nothing is absent, and is
/// null again when the table comes back.
pub fn pack(value: &Value) -> Vec<u8> {
    let mut packer = Packer(Vec::new());
    packer.value(value);
    packer.0
}

/// Returns the list of a handler's one argument, packed. Fields of a record that have no value are
/// left out, and `body` is packed once: it is a table with the same fields.
pub fn pack_argument(argument: &Value) -> Vec<u8> {
    let mut packer = Packer(Vec::new());
    packer.0.push(LIST);
    packer.count(1);
    match argument {
        Value::Object(fields) => {
            let given = || fields.iter().filter(|(_, value)| !value.is_null());
            packer.0.push(OBJECT);
            packer.count(given().count());
            for (name, value) in given() {
                packer.string(name.as_bytes());
                match name.as_str() {
                    "body" if is_same(fields, value) => packer.0.push(SAME),
                    _ => packer.value(value),
                }
            }
        }
        other => packer.value(other),
    }
    packer.0
}

/// Returns whether a value is an object of all fields before the last one, which it is.
fn is_same(fields: &[(String, Value)], value: &Value) -> bool {
    let (Value::Object(same), [before @ .., _]) = (value, fields) else {
        return false;
    };
    // `interface` makes it so; the names are enough to see that it did.
    same.len() == before.len() && same.iter().zip(before).all(|((a, _), (b, _))| a == b)
}

struct Packer(Vec<u8>);

impl Packer {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.0.push(NONE),
            Value::Boolean(truth) => self.0.push(if *truth { YES } else { NO }),
            Value::Integer(number) => {
                self.0.push(INTEGER);
                self.0.extend(number.to_le_bytes());
            }
            Value::Float(number) => {
                self.0.push(FLOAT);
                self.0.extend(number.to_le_bytes());
            }
            Value::Decimal(text) | Value::Text(text) => {
                self.0.push(STRING);
                self.string(text.as_bytes());
            }
            Value::Bytes(bytes) => {
                self.0.push(STRING);
                self.string(bytes);
            }
            Value::List(items) => {
                self.0.push(LIST);
                self.count(items.len());
                for item in items {
                    self.value(item);
                }
            }
            Value::Object(fields) => {
                self.0.push(OBJECT);
                self.count(fields.len());
                for (name, value) in fields {
                    self.string(name.as_bytes());
                    self.value(value);
                }
            }
        }
    }

    fn string(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend(bytes);
    }

    fn count(&mut self, count: usize) {
        let count = u32::try_from(count).expect("the guest's memory is smaller");
        self.0.extend(count.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use raisfast_script_interface::{Value, json};

    use super::{Unreadable, pack, pack_argument, read};

    #[test]
    fn each_kind_comes_back() {
        let value = Value::List(vec![
            Value::Null,
            Value::Boolean(true),
            Value::Boolean(false),
            Value::Integer(i64::MIN),
            Value::Float(-0.5),
            Value::Text("text \0 ä".into()),
            Value::Bytes(b"\xff\0".to_vec()),
            Value::object([("a", Value::List(vec![])), ("b", Value::Object(vec![]))]),
        ]);
        assert_eq!(read(&pack(&value)), Ok(value));
    }

    #[test]
    fn bytes_that_are_text_come_back_as_text_and_decimals_as_their_digits() {
        let value = Value::List(vec![
            Value::Bytes(b"text".to_vec()),
            Value::Decimal("-12.50".into()),
        ]);
        let back = Value::List(vec!["text".into(), "-12.50".into()]);
        assert_eq!(read(&pack(&value)), Ok(back));
    }

    #[test]
    fn fields_are_read_in_the_order_of_their_names() {
        let value = json::read(r#"{"b":1,"a":2}"#).unwrap();
        let sorted = json::read(r#"{"a":2,"b":1}"#).unwrap();
        assert_eq!(read(&pack(&value)), Ok(sorted));
    }

    #[test]
    fn a_record_has_what_is_there_and_its_body_once() {
        let record = json::read(r#"{"a":1,"none":null,"body":{"a":1,"none":null}}"#).unwrap();
        let packed = pack_argument(&record);
        assert_eq!(packed.last(), Some(&super::SAME));
        assert_eq!(packed[5..10], [7, 2, 0, 0, 0]);
        // One that is something else stays what it is.
        let record = json::read(r#"{"a":1,"body":{"b":1}}"#).unwrap();
        assert_eq!(
            read(&pack_argument(&record)),
            Ok(Value::List(vec![record.clone()]))
        );
    }

    #[test]
    fn what_is_cut_off_is_refused_wherever_it_is_cut() {
        let value = json::read(r#"{"name":[1,"text"]}"#).unwrap();
        let bytes = pack(&value);
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), Err(Unreadable::CutOff), "{length}");
        }
    }

    #[test]
    fn what_lua_never_packs_is_refused() {
        assert_eq!(read(&[9]), Err(Unreadable::Kind(9)));
        let name = [7, 1, 0, 0, 0, 1, 0, 0, 0, 0xFF, 0];
        assert_eq!(read(&name), Err(Unreadable::Name("\u{fffd}".into())));
        let count = [6, 0xFF, 0xFF, 0xFF, 0xFF];
        assert_eq!(read(&count), Err(Unreadable::CutOff));
        let deep: Vec<u8> = [6, 1, 0, 0, 0].repeat(200);
        assert_eq!(read(&deep), Err(Unreadable::Depth));
    }
}
