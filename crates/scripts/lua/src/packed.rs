//! Values on their way between Rust and Lua, as bytes.
//!
//! A byte for the kind, then: nothing; a number in eight bytes; a length in four and the bytes; a
//! count in four and the items; a count and for each field its name and its value. Everything is
//! in the order of a little-endian machine, as the two sides share one memory. `c/values.c` has the
//! other half.

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

/// A value of Lua that is data.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `nil`, and `Host.null`.
    None,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A float.
    Float(f64),
    /// A string: any bytes.
    String(Vec<u8>),
    /// A list.
    List(Vec<Value>),
    /// Any other table, its fields in the order of their names.
    Object(Vec<(String, Value)>),
}

/// Why bytes are not a packed value.
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

/// Reads a value.
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
            NONE => Value::None,
            NO => Value::Boolean(false),
            YES => Value::Boolean(true),
            INTEGER => Value::Integer(i64::from_le_bytes(self.eight()?)),
            FLOAT => Value::Float(f64::from_le_bytes(self.eight()?)),
            STRING => Value::String(self.bytes()?.to_vec()),
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
                // Lua's own order is another one in each table.
                fields.sort_by(|(a, _), (b, _)| a.cmp(b));
                Value::Object(fields)
            }
            kind => return Err(Unreadable::Kind(kind)),
        })
    }
}

/// Packs values, each with the functions of its kind.
#[derive(Debug, Default)]
pub struct Packer {
    bytes: Vec<u8>,
}

impl Packer {
    /// Returns what was packed.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Packs `nil`. In a list it is `Host.null`; a field of it is absent, and is null again when
    /// the table comes back.
    pub fn none(&mut self) {
        self.bytes.push(NONE);
    }

    /// Packs a boolean.
    pub fn boolean(&mut self, value: bool) {
        self.bytes.push(if value { YES } else { NO });
    }

    /// Packs an integer.
    pub fn integer(&mut self, value: i64) {
        self.bytes.push(INTEGER);
        self.bytes.extend(value.to_le_bytes());
    }

    /// Packs a float.
    pub fn float(&mut self, value: f64) {
        self.bytes.push(FLOAT);
        self.bytes.extend(value.to_le_bytes());
    }

    /// Packs a string.
    pub fn string(&mut self, value: &[u8]) {
        self.bytes.push(STRING);
        self.text(value);
    }

    /// Begins a list: its items come next.
    pub fn list(&mut self, count: usize) {
        self.bytes.push(LIST);
        self.count(count);
    }

    /// Begins an object: for each field, its name and its value come next.
    pub fn object(&mut self, count: usize) {
        self.bytes.push(OBJECT);
        self.count(count);
    }

    /// Begins a list of items that are counted as they come.
    pub fn open_list(&mut self) -> Open<'_> {
        self.open(LIST)
    }

    /// Begins an object of fields that are counted as they come.
    pub fn open_object(&mut self) -> Open<'_> {
        self.open(OBJECT)
    }

    fn open(&mut self, kind: u8) -> Open<'_> {
        self.bytes.push(kind);
        let at = self.bytes.len();
        self.count(0);
        Open {
            packer: self,
            at,
            count: 0,
        }
    }

    /// Packs, as the value of a field, a table with the same fields as the object so far. Only Lua
    /// reads it.
    pub fn same(&mut self) {
        self.bytes.push(SAME);
    }

    /// Packs the name of a field.
    pub fn name(&mut self, name: &str) {
        self.text(name.as_bytes());
    }

    /// Packs what another one has packed.
    pub fn packed(&mut self, other: &Self) {
        self.bytes.extend(&other.bytes);
    }

    /// Packs a value.
    pub fn value(&mut self, value: &Value) {
        match value {
            Value::None => self.none(),
            Value::Boolean(value) => self.boolean(*value),
            Value::Integer(value) => self.integer(*value),
            Value::Float(value) => self.float(*value),
            Value::String(value) => self.string(value),
            Value::List(items) => {
                self.list(items.len());
                for item in items {
                    self.value(item);
                }
            }
            Value::Object(fields) => {
                self.object(fields.len());
                for (name, value) in fields {
                    self.name(name);
                    self.value(value);
                }
            }
        }
    }

    fn text(&mut self, text: &[u8]) {
        self.count(text.len());
        self.bytes.extend(text);
    }

    fn count(&mut self, count: usize) {
        let count = u32::try_from(count).expect("the guest's memory is smaller");
        self.bytes.extend(count.to_le_bytes());
    }
}

/// A list or an object whose items come one by one.
#[derive(Debug)]
pub struct Open<'p> {
    packer: &'p mut Packer,
    at: usize,
    count: usize,
}

impl Open<'_> {
    /// Returns where the next item is to be packed, or the next field: its name, then its value.
    pub fn item(&mut self) -> &mut Packer {
        self.packer
    }

    /// Counts the item that was packed.
    pub fn add(&mut self) {
        self.count += 1;
    }

    /// Ends it.
    pub fn close(self) {
        let count = u32::try_from(self.count).expect("the guest's memory is smaller");
        self.packer.bytes[self.at..self.at + 4].copy_from_slice(&count.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::{Packer, Unreadable, Value, read};

    fn packed(value: &Value) -> Vec<u8> {
        let mut packer = Packer::default();
        packer.value(value);
        packer.finish()
    }

    #[test]
    fn each_kind_comes_back() {
        let value = Value::List(vec![
            Value::None,
            Value::Boolean(true),
            Value::Boolean(false),
            Value::Integer(i64::MIN),
            Value::Float(-0.5),
            Value::String(b"\xff\0text".to_vec()),
            Value::Object(vec![
                ("a".into(), Value::List(vec![])),
                ("b".into(), Value::Object(vec![])),
            ]),
        ]);
        assert_eq!(read(&packed(&value)), Ok(value));
    }

    #[test]
    fn fields_are_read_in_the_order_of_their_names() {
        let field = |name: &str| (name.to_owned(), Value::None);
        let value = Value::Object(vec![field("b"), field("a")]);
        let sorted = Value::Object(vec![field("a"), field("b")]);
        assert_eq!(read(&packed(&value)), Ok(sorted));
    }

    #[test]
    fn what_is_cut_off_is_refused_wherever_it_is_cut() {
        let value = Value::Object(vec![(
            "name".into(),
            Value::List(vec![Value::Integer(1), Value::String(b"text".to_vec())]),
        )]);
        let bytes = packed(&value);
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
