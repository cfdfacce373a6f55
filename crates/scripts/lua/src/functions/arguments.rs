//! The arguments of a call, one after the other.

use crate::{
    json,
    packed::{self, Packer, Value},
    records,
};

/// The arguments that are left.
pub(super) struct Arguments {
    values: std::vec::IntoIter<Value>,
    taken: usize,
}

impl Arguments {
    pub(super) fn new(arguments: Value) -> Self {
        let values = match arguments {
            Value::List(values) => values,
            other => vec![other],
        };
        Self {
            values: values.into_iter(),
            taken: 0,
        }
    }

    /// Returns whether none is left.
    pub(super) fn is_empty(&self) -> bool {
        self.values.as_slice().is_empty()
    }

    /// Returns the next one; nothing behind the last.
    pub(super) fn next(&mut self) -> Value {
        self.taken += 1;
        self.values.next().unwrap_or(Value::None)
    }

    fn wrong(&self, expected: &str, found: &Value) -> String {
        let number = self.taken;
        let kind = records::kind(found);
        format!("argument {number} is {kind}; expected {expected}")
    }

    /// Returns the next one as text. A number is its text, as everywhere in Lua.
    pub(super) fn text(&mut self) -> Result<String, String> {
        let value = self.next();
        match value {
            Value::String(bytes) => String::from_utf8(bytes).map_err(|_| {
                let number = self.taken;
                format!("argument {number} is a string that is not UTF-8; expected text")
            }),
            Value::Integer(number) => Ok(number.to_string()),
            Value::Float(_) | Value::Boolean(_) => json::text(&value),
            other => Err(self.wrong("a string", &other)),
        }
    }

    /// Returns the next one as text; a table is JSON.
    pub(super) fn text_or_json(&mut self) -> Result<String, String> {
        match self.values.as_slice().first() {
            Some(Value::List(_) | Value::Object(_)) => json::text(&self.next()),
            _ => self.text(),
        }
    }

    /// Returns the next one as JSON: text is taken as it is, a table is written as JSON; none for
    /// nothing.
    pub(super) fn optional_json(&mut self) -> Result<Option<String>, String> {
        match self.values.as_slice().first() {
            None | Some(Value::None) => {
                self.next();
                Ok(None)
            }
            _ => self.text_or_json().map(Some),
        }
    }

    /// Returns parameters of a statement as a JSON array; none for nothing.
    pub(super) fn parameters(&mut self) -> Result<Option<String>, String> {
        match self.values.as_slice().first() {
            // `{}` is both.
            Some(Value::Object(fields)) if fields.is_empty() => {
                self.next();
                Ok(None)
            }
            Some(Value::Object(_)) => {
                let value = self.next();
                Err(self.wrong("a list of parameters, such as {1, \"two\"}", &value))
            }
            _ => self.optional_json(),
        }
    }

    /// Returns the next one as a table; JSON text is read.
    pub(super) fn table(&mut self) -> Result<Value, String> {
        let value = self.next();
        let Value::String(text) = &value else {
            return Ok(value);
        };
        let text = String::from_utf8_lossy(text);
        let mut packer = Packer::default();
        json::pack(&text, &mut packer).map_err(|error| {
            let number = self.taken;
            format!("argument {number} is text that is not JSON: {error}")
        })?;
        packed::read(&packer.finish()).map_err(|error| error.to_string())
    }

    /// Returns the next one as it is, but for JSON text of an object or a list, which is read.
    pub(super) fn word_or_table(&mut self) -> Result<Value, String> {
        match self.values.as_slice().first() {
            Some(Value::String(text))
                if matches!(text.trim_ascii(), [b'{' | b'[', ..] | b"null") =>
            {
                self.table()
            }
            _ => Ok(self.next()),
        }
    }

    /// Returns the next one as a whole number.
    pub(super) fn integer(&mut self) -> Result<i64, String> {
        match self.next() {
            Value::Integer(number) => Ok(number),
            other => Err(self.wrong("a whole number", &other)),
        }
    }

    /// Returns all that are left as one line: nothing fails to be logged.
    pub(super) fn shown(&mut self) -> String {
        let shown = self.values.by_ref().map(|value| match value {
            Value::String(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Value::None => "nil".to_owned(),
            other => json::text(&other).unwrap_or_else(|error| format!("({error})")),
        });
        shown.collect::<Vec<_>>().join(" ")
    }
}
